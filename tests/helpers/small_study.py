"""The study that tests share."""

from pathlib import Path

from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.study.data.loading import Sources
from gan_tf.study.design.cells import planned_replicates
from gan_tf.study.design.options import StudyOptions

FIT_OPTIONS = FitOptions(steps=12, batch_size=16)


def sources(digit_sets: dict[str, Path]) -> Sources:
    """Return the session's folders of digits as sources."""
    return Sources(
        str(digit_sets["real"]), (str(digit_sets["synthetic"]),), str(digit_sets["test"])
    )


def study_options(*arms: str, **changes) -> StudyOptions:
    """Return options of two seeds of every arm."""
    return StudyOptions(**{"arms": arms, "seeds": 2, "curve_points": 3} | changes)


OPTIONS = study_options("real", "mixed", "class_weighted", metrics=("frechet_pixels",))
REPLICATES = planned_replicates(OPTIONS, num_synthetic_sets=1)
