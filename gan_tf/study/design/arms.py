"""ARMS: the training sets that a study compares, without heavy imports."""

import pkgutil
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from gan_tf.study.design.training_sets import Draw, TrainingSet

_FUNCTIONS = "gan_tf.study.design.training_sets"


class Arm(NamedTuple):
    """An entry of ARMS.

    Attributes:
      function: "module:function" from the images that a replicate has drawn to its training set.
      title: name in tables.
      uses_real: False if the training set has no real image.
      uses_amount: True if the training set depends on the number of synthetic images.
      is_control: True if no synthetic image is used and it is not the baseline.
    """

    function: str
    title: str
    uses_real: bool = True
    uses_amount: bool = False
    is_control: bool = False

    def training_set(self, draw: "Draw") -> "TrainingSet":
        """Return what the arm trains on."""
        return pkgutil.resolve_name(self.function)(draw)


BASELINE = "real"

ARMS = {
    "real": Arm(f"{_FUNCTIONS}:real", "real"),
    "synthetic": Arm(
        f"{_FUNCTIONS}:synthetic", "synthetic only", uses_real=False, uses_amount=True
    ),
    "mixed": Arm(f"{_FUNCTIONS}:mixed", "real + synthetic", uses_amount=True),
    "augmented": Arm(f"{_FUNCTIONS}:augmented", "real, augmented", is_control=True),
    "oversampled": Arm(
        f"{_FUNCTIONS}:oversampled_real", "real, oversampled", uses_amount=True, is_control=True
    ),
    "class_weighted": Arm(f"{_FUNCTIONS}:class_weighted", "real, class-weighted", is_control=True),
}
