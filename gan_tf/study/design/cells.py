"""The cells of a study, one per (arm, amount, number of real images), and their replicates."""

from collections.abc import Sequence
from typing import NamedTuple

from data_tools.errors import InputError
from gan_tf.study.design.amounts import Amount, parse_amount
from gan_tf.study.design.arms import ARMS, BASELINE
from gan_tf.study.design.options import StudyOptions


class Cell(NamedTuple):
    """A row of the result table.

    Attributes:
      arm: name in ARMS.
      amount: synthetic images; None for an arm that does not depend on them.
      real_images_per_class: real training images of each class; None for all.
    """

    arm: str
    amount: Amount | None = None
    real_images_per_class: int | None = None

    @property
    def name(self) -> str:
        """A file-safe name, unique in the study.

        >>> Cell("mixed", Amount("250"), 10).name
        'mixed_250_real10'
        """
        parts = [self.arm]
        if self.amount is not None and self.amount.text != "all":
            parts.append(self.amount.text)
        if self.real_images_per_class is not None:
            parts.append(f"real{self.real_images_per_class}")
        return "_".join(parts)

    @property
    def baseline(self) -> "Cell":
        """The cell of real images that this one is compared with."""
        return Cell(BASELINE, None, self.real_images_per_class)


class Replicate(NamedTuple):
    """One classifier of a cell.

    Attributes:
      cell: what it trains on.
      seed: of the classifier and of the draw of images.
      gan_run: index of the synthetic set, one per GAN run.
    """

    cell: Cell
    seed: int
    gan_run: int

    @property
    def name(self) -> str:
        """A file-safe name, unique in the study."""
        return f"{self.cell.name}-seed{self.seed}"


def planned_replicates(options: StudyOptions, num_synthetic_sets: int) -> list[Replicate]:
    """Return every replicate of a study.

    Args:
      options: arms, amounts, numbers of real images and seeds.
      num_synthetic_sets: one per GAN run; 0 for a study of real images only.

    Raises:
      InputError: see ``cells``, ``real_slices``, ``parse_amount`` and ``replicates``; an arm needs
        synthetic images and there are none.
    """
    amounts = [
        parse_amount(text, options.synthetic_classes) for text in options.synthetic_images_per_class
    ]
    study_cells = cells(options.arms, amounts, real_slices(options.real_images_per_class))
    if not num_synthetic_sets:
        for cell in study_cells:
            if ARMS[cell.arm].uses_amount:
                raise InputError(f"--arms names '{cell.arm}', which needs --synthetic")
    return replicates(study_cells, options.seeds, max(1, num_synthetic_sets))


def cells(
    arms: Sequence[str], amounts: Sequence[Amount], real_slices: Sequence[int | None]
) -> list[Cell]:
    """Return every cell: each baseline first, then its arms in the given order.

    An arm without real images has one cell per amount, with the largest slice.

    Raises:
      InputError: an arm is unknown or named twice, or ``real`` is missing.
    """
    for arm in arms:
        if arm not in ARMS:
            raise InputError(f"--arms names '{arm}', which is not one of {', '.join(ARMS)}")
        if list(arms).count(arm) > 1:
            raise InputError(f"--arms names '{arm}' twice")
    if BASELINE not in arms:
        raise InputError("--arms lacks 'real', with which every other arm is compared")
    ordered = [BASELINE, *(arm for arm in arms if arm != BASELINE)]
    largest = max(real_slices, key=lambda size: float("inf") if size is None else size)
    study_cells = []
    for size in real_slices:
        for arm in ordered:
            if not ARMS[arm].uses_real and size != largest:
                continue
            arm_amounts = amounts if ARMS[arm].uses_amount else [None]
            study_cells += [Cell(arm, amount, size) for amount in arm_amounts]
    for cell in study_cells:
        if study_cells.count(cell) > 1:
            raise InputError(f"'{cell.name}' is requested twice; give each amount and size once")
    return study_cells


def real_slices(texts: Sequence[str]) -> list[int | None]:
    """Return the numbers of real images per class from their texts; no text means all images.

    Raises:
      InputError: a text is neither "all" nor an integer above 0.
    """
    slices = []
    for text in texts or ["all"]:
        if text != "all" and not (text.isdecimal() and int(text) > 0):
            raise InputError(
                f"--real_images_per_class={text} is not a number of images; give 10 or all"
            )
        slices.append(None if text == "all" else int(text))
    return slices


def replicates(study_cells: Sequence[Cell], num_seeds: int, num_gan_runs: int) -> list[Replicate]:
    """Return every replicate, seed by seed, so that an interrupted study has complete seeds.

    Seed s uses GAN run s modulo their number.

    Raises:
      InputError: the GAN runs would not be used equally often.
    """
    if num_seeds % num_gan_runs:
        more = num_gan_runs * (num_seeds // num_gan_runs + 1)
        raise InputError(
            f"--seeds={num_seeds} is not a multiple of the {num_gan_runs} synthetic sets, so some "
            f"would count more than others; give --seeds={more}"
        )
    return [
        Replicate(cell, seed, seed % num_gan_runs)
        for seed in range(num_seeds)
        for cell in study_cells
    ]
