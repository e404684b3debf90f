"""Training that has gone wrong is named with its step, never masked."""

import math
from collections.abc import Mapping

import numpy as np

from data_tools.errors import InputError

WON = (0.99, 0.01)
COLLAPSED_SHARE = 0.1
GROWN_SHARE = 0.3
LEAST_LOSS_SCALE = 2.0**-10


class Alarm(InputError):
    """Training has gone wrong; the message says how, at which step, and what to do."""


class NotFiniteAlarm(Alarm):
    """A loss or gradient is NaN or infinite: the weights are lost and must not be saved."""


def require_finite(metrics: Mapping[str, float], step: int) -> None:
    """Raises NotFiniteAlarm if a loss or gradient is NaN or infinite, with whatever loss scale."""
    for name, value in metrics.items():
        if name.startswith("loss_scale/") and value < LEAST_LOSS_SCALE:
            raise NotFiniteAlarm(
                f"gradients of the {name.removeprefix('loss_scale/')} are not finite at step "
                f"{step} with any loss scale; use --precision=float32 or --on_alarm=roll_back"
            )
        if not math.isfinite(value):
            raise NotFiniteAlarm(
                f"{name} is {value} at step {step}; lower --learning_rate, use "
                "--precision=float32 or --on_alarm=roll_back"
            )


class Guard:
    """Watches what is logged for the ways in which GANs fail.

    Args:
      patience: how many looks in a row must agree before a network has won or a loss is frozen.
      real_diversity: ``diversity`` of real images in the form of the sample grid.
    """

    def __init__(self, patience: int, real_diversity: float):
        self._patience = patience
        self._real_diversity = real_diversity
        self._num_won = 0
        self._num_frozen = 0
        self._losses: dict[str, float] = {}
        self._grown = False

    def look_at_metrics(self, step: int, metrics: Mapping[str, float]) -> None:
        """Raises Alarm if the discriminator has won or a loss is frozen.

        Either is raised once; it takes ``patience`` looks again to raise it again.
        """
        won = [pair for pair in _judgments(metrics) if pair[0] > WON[0] and pair[1] < WON[1]]
        self._num_won = self._num_won + 1 if won else 0
        losses = {name: value for name, value in metrics.items() if name.startswith("loss/")}
        frozen = bool(losses) and any(self._losses.get(k) == v for k, v in losses.items())
        self._num_frozen = self._num_frozen + 1 if frozen else 0
        self._losses = losses
        if self._num_won >= self._patience:
            self._num_won = 0
            real, fake = won[0]
            raise Alarm(
                f"the discriminator has won at step {step}: D(real) {real:.3f} and D(fake) "
                f"{fake:.3f} for {self._patience} looks; give it a lower "
                "--discriminator_learning_rate or the generator more --generator_steps"
            )
        if self._num_frozen >= self._patience:
            self._num_frozen = 0
            raise Alarm(
                f"a loss is frozen at step {step}: the same number for {self._patience} looks; "
                "raise --learning_rate or use --precision=float32"
            )

    def look_at_samples(self, step: int, found: float) -> None:
        """Raises Alarm if the samples' ``diversity`` has grown and then collapsed."""
        if found >= GROWN_SHARE * self._real_diversity:
            self._grown = True
        elif self._grown and found < COLLAPSED_SHARE * self._real_diversity:
            self._grown = False
            raise Alarm(
                f"the generator has collapsed at step {step}: its samples differ by {found:.1f} "
                f"where real images differ by {self._real_diversity:.1f}; lower --learning_rate or "
                "go back to an earlier checkpoint"
            )


def _judgments(metrics: Mapping[str, float]) -> list[tuple[float, float]]:
    """Probabilities of "real" on real and on fake images, a pair for each discriminator."""
    real = "probability/real"
    return [
        (value, metrics[name.replace(real, "probability/fake")])
        for name, value in metrics.items()
        if name.startswith(real)
    ]


def diversity(rows: np.ndarray) -> float:
    """How much images of one row differ: deviation over a row, averaged over pixels and rows.

    Args:
      rows: uint8 [rows, columns, height, width, channels].

    Returns:
      A number of gray levels, 0 where the images of each row are equal.
    """
    return float(rows.astype(np.float32).std(axis=1).mean())
