"""The study that tests of this folder share."""

from pathlib import Path

from gan_tf.study.data.loading import Sources
from gan_tf.study.design.amounts import Amount
from gan_tf.study.design.cells import Run, cells, runs
from gan_tf.study.design.settings import Settings

SETTINGS = Settings(steps=12, batch_size=16, num_curve_points=3)


def sources(digit_sets: dict[str, Path]) -> Sources:
    """The session's folders of digits."""
    return Sources(
        str(digit_sets["real"]), (str(digit_sets["synthetic"]),), str(digit_sets["test"])
    )


def few_runs(*arms: str) -> list[Run]:
    """Two seeds of every arm."""
    return runs(cells(arms, [Amount("all")], [None]), num_seeds=2, num_gan_runs=1)


PLAN = few_runs("real", "mixed", "class_weighted")
