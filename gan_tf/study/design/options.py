"""Options of a study."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from data_tools.errors import InputError
from data_tools.options import option
from gan_tf.classifiers import AUGMENTATIONS, CLASSIFIERS
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.metrics import IMAGE_METRICS
from gan_tf.study.design.arms import ARMS, BASELINE

#: Scores that can be tested, and whether they are means over classes.
PRIMARY_SCORES = {"accuracy": False, "balanced_accuracy": True}


@dataclass(frozen=True)
class StudyOptions:
    """What a study compares; ``cells`` and ``Amount`` say how the texts are read."""

    arms: tuple[str, ...] = option(
        (BASELINE, "synthetic", "mixed"),
        "Training sets to compare; real is the baseline, and "
        + ", ".join(name for name, arm in ARMS.items() if arm.is_control)
        + " are controls.",
        choices=ARMS,
    )
    synthetic_images_per_class: tuple[str, ...] = option(
        ("all",),
        "Amounts of synthetic images: a number per class (250), a ratio to the real images (0.5x), "
        "'balance' (fill every class up to the largest) or 'all'. Smaller amounts are subsets of "
        "larger ones.",
    )
    synthetic_classes: tuple[str, ...] = option(
        (), "Labels that get synthetic images; default: every label."
    )
    real_images_per_class: tuple[str, ...] = option(
        (), "Numbers of real training images per class, or 'all'; default: all."
    )
    cut: tuple[str, ...] = option(
        (),
        "Shares of real training images to keep, as label:share pairs; other labels keep all.",
    )
    augment: tuple[str, ...] = option(
        ("shift", "rotation", "color"),
        "Augmentations of the arm 'augmented'; leave out flip for digits and letters.",
        choices=AUGMENTATIONS,
    )
    seeds: int = option(
        5, "Replicates of every arm; those of a seed start from the same weights.", lower=1
    )
    curve_points: int = option(10, "Points of each learning curve.", lower=1)
    patience: int = option(
        5,
        "With --validation_data: stop training after this many points of the curve without a "
        "better validation accuracy. Ignored for ResNets, whose one-cycle schedule must be "
        "completed; their best point still counts.",
        lower=1,
    )
    primary: str = option("accuracy", "Score to test.", choices=PRIMARY_SCORES)
    smallest_effect: float = option(
        0.01,
        "Smallest difference of interest, as a fraction: 0.01 is one percentage point.",
        lower=1e-6,
        upper=1.0,
    )
    metrics: tuple[str, ...] = option(
        (),
        "Metrics of each synthetic set against the real training images; the lenet metrics train a "
        "classifier first.",
        choices=IMAGE_METRICS,
    )

    @property
    def kept_shares(self) -> dict[str, float]:
        """Share 0..1 of the real training images that is kept, by label."""
        return parse_shares(self.cut)


def parse_shares(texts: Sequence[str]) -> dict[str, float]:
    """Return shares by label from texts such as "melanoma:0.1".

    Raises:
      InputError: a text has another form, a share is not in 0..1, or a label is given twice.
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
        if label in shares:
            raise InputError(f"--cut names '{label}' twice")
        shares[label] = value
    return shares


def replicate_options(options: StudyOptions, fit_options: FitOptions) -> dict[str, Any]:
    """Return the options that decide the result of a replicate, as JSON.

    A patience without effect is None, and a file of weights is named by its hash.
    """
    is_one_cycle = CLASSIFIERS[fit_options.classifier].is_one_cycle
    return {
        "classifier": fit_options.classifier,
        "steps": fit_options.steps,
        "epochs": fit_options.epochs,
        "batch_size": fit_options.batch_size,
        "augment": options.augment,
        "kept_shares": options.kept_shares,
        "num_curve_points": options.curve_points,
        "patience": None if is_one_cycle else options.patience,
        "weights": fit_options.weights_identity,
    }
