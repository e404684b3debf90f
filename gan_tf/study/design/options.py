"""What a user chooses of a study."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from data_tools.errors import InputError
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.classifiers.recipe import CLASSIFIERS


@dataclass(frozen=True)
class StudyOptions:
    """What a study compares.

    Attributes:
      arms: names in ARMS.
      synthetic_images_per_class: amounts of synthetic images, see ``Amount``.
      synthetic_classes: labels that get synthetic images; every label if empty.
      real_images_per_class: numbers of real training images of each class, or "all"; all if empty.
      cut: "label:share" texts: the share of a class's real training images that is kept.
      augment: names in AUGMENTATIONS that the augmented arm uses.
      seeds: replicates of every cell.
      curve_points: points of the learning curves.
      patience: points of the curve without a better validation accuracy that end a replicate, whose
        best point then counts; used where there are validation images, but see ``stops_early``.
      primary: name in ``results.PRIMARY`` of the score that is tested.
      smallest_effect: the smallest difference that matters, as a fraction.
    """

    arms: tuple[str, ...] = ("real", "synthetic", "mixed")
    synthetic_images_per_class: tuple[str, ...] = ("all",)
    synthetic_classes: tuple[str, ...] = ()
    real_images_per_class: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()
    augment: tuple[str, ...] = ("shift", "rotation", "color")
    seeds: int = 5
    curve_points: int = 10
    patience: int = 5
    primary: str = "accuracy"
    smallest_effect: float = 0.01

    @property
    def kept_shares(self) -> dict[str, float]:
        """Share 0..1 of the real training images of a class that is kept, by label."""
        return parse_shares(self.cut)


def parse_shares(texts: Sequence[str]) -> dict[str, float]:
    """Return shares by label from texts such as "melanoma:0.1".

    Raises:
      InputError: a text of another form, or a share outside 0..1.
    """
    shares = {}
    for text in texts:
        label, _, share = text.rpartition(":")
        try:
            value = float(share)
        except ValueError:
            value = 0.0
        if not label or not 0 < value <= 1:
            raise InputError(f"--cut={text} is not label:share with a share above 0 and up to 1")
        shares[label] = value
    return shares


def replicate_options(options: StudyOptions, fit_options: FitOptions) -> dict[str, Any]:
    """Return what decides the result of a replicate, as JSON; a patience without effect is None."""
    stops_early = not CLASSIFIERS[fit_options.classifier].is_one_cycle
    return {
        "classifier": fit_options.classifier,
        "steps": fit_options.steps,
        "epochs": fit_options.epochs,
        "batch_size": fit_options.batch_size,
        "augment": options.augment,
        "kept_shares": options.kept_shares,
        "num_curve_points": options.curve_points,
        "patience": options.patience if stops_early else None,
        "weights": fit_options.weights_identity,
    }
