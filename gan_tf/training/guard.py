"""Detection of failed training: losses, gradients, a winning discriminator, mode collapse."""

import math
from collections.abc import Mapping

import numpy as np

from data_tools.errors import InputError

#: The discriminator has won if D(real) is above the first and D(fake) below the second.
WON = (0.99, 0.01)
#: Samples have collapsed if their share of the real images' diversity falls below the first of
#: these after reaching the second.
COLLAPSED_SHARE = 0.1
GROWN_SHARE = 0.3
MIN_LOSS_SCALE = 2.0**-10
#: A loss has exploded beyond this. The scores of a critic with gradients of norm 1 differ by at
#: most the distance of two images, 2 sqrt(256 * 256 * 3) = 887 at 256x256 pixels in color. If its
#: gradients are ten times as steep, its loss with the penalty 10 (10 - 1)^2 is still below 1e4.
#: This bound is a hundred times that; losses with a probability are far smaller.
MAX_LOSS = 1e6
#: Gradients have vanished if their norm is below Adam's epsilon, 1e-7: it then exceeds the
#: denominator of every weight's step, and weights hardly move.
MIN_GRADIENT_NORM = 1e-7


class Alarm(InputError):
    """Training has failed; the message has the failure, the step and the remedy."""


class NotFiniteAlarm(Alarm):
    """A loss or gradient is NaN or infinite: the weights are lost and must not be saved."""


def require_finite(metrics: Mapping[str, float], step: int, remedy: str) -> None:
    """Check that all metrics are finite, and that gradients are finite at some loss scale.

    Args:
      metrics: the metrics of a step.
      step: its number.
      remedy: the last part of the message.

    Raises:
      NotFiniteAlarm: one of them is not.
    """
    for name, value in metrics.items():
        if name.startswith("loss_scale/") and value < MIN_LOSS_SCALE:
            raise NotFiniteAlarm(
                f"gradients of the {name.removeprefix('loss_scale/')} are not finite at step "
                f"{step} with any loss scale; {remedy}"
            )
        if not math.isfinite(value):
            raise NotFiniteAlarm(f"{name} is {value} at step {step}; {remedy}")


class Guard:
    """Detector of GAN failures in logged metrics and samples.

    Args:
      patience: number of consecutive checks in which the discriminator must win, a loss be frozen,
        or gradients have vanished, before an alarm is raised.
      real_diversity: ``diversity`` of as many real images as a sample grid has.
    """

    def __init__(self, patience: int, real_diversity: float):
        self._patience = patience
        self._real_diversity = real_diversity
        self._num_won = 0
        self._num_frozen = 0
        self._num_vanished = 0
        self._num_exploded = 0
        self._losses: dict[str, float] = {}
        self._has_grown = False

    def check_bounds(self, step: int, metrics: Mapping[str, float]) -> None:
        """Check the size of the losses.

        Raises:
          Alarm: one has exploded; at once, then again only after another ``patience`` checks.
        """
        exploded = [
            (name, value)
            for name, value in metrics.items()
            if name.startswith("loss/") and abs(value) > MAX_LOSS
        ]
        if not exploded:
            self._num_exploded = 0
            return
        self._num_exploded += 1
        if (self._num_exploded - 1) % self._patience == 0:
            name, value = exploded[0]
            raise Alarm(
                f"{name} has exploded at step {step}: {value:.3g} is beyond {MAX_LOSS:g}; start a "
                "new run with a lower --learning_rate"
            )

    def check_metrics(self, step: int, metrics: Mapping[str, float]) -> None:
        """Check what goes wrong gradually: probabilities, frozen losses, gradients.

        Raises:
          Alarm: a discriminator has won, a loss is frozen, or gradients have vanished. Each is
            raised once, then again only after another ``patience`` checks.
        """
        won = [pair for pair in _probabilities(metrics) if pair[0] > WON[0] and pair[1] < WON[1]]
        self._num_won = self._num_won + 1 if won else 0
        losses = {name: value for name, value in metrics.items() if name.startswith("loss/")}
        frozen = bool(losses) and any(self._losses.get(k) == v for k, v in losses.items())
        self._num_frozen = self._num_frozen + 1 if frozen else 0
        self._losses = losses
        vanished = _vanished(metrics)
        self._num_vanished = self._num_vanished + 1 if vanished else 0
        if self._num_won >= self._patience:
            self._num_won = 0
            real, fake = won[0]
            raise Alarm(
                f"the discriminator has won at step {step}: D(real) {real:.3f} and D(fake) "
                f"{fake:.3f} in {self._patience} consecutive checks; lower "
                "--discriminator_learning_rate or raise --generator_steps"
            )
        if self._num_frozen >= self._patience:
            self._num_frozen = 0
            raise Alarm(
                f"a loss is frozen at step {step}: the same value in {self._patience} consecutive "
                "checks; raise --learning_rate or use --precision=float32"
            )
        if self._num_vanished >= self._patience:
            self._num_vanished = 0
            raise Alarm(
                f"the gradients of the {vanished[0]} have vanished at step {step}: their norm is "
                f"below {MIN_GRADIENT_NORM:g} in {self._patience} consecutive checks; start a new "
                "run with a lower --learning_rate or another --loss"
            )

    def check_samples(self, step: int, sample_diversity: float) -> None:
        """Check the ``diversity`` of a sample grid.

        Raises:
          Alarm: it has collapsed after having grown.
        """
        if sample_diversity >= GROWN_SHARE * self._real_diversity:
            self._has_grown = True
        elif self._has_grown and sample_diversity < COLLAPSED_SHARE * self._real_diversity:
            self._has_grown = False
            raise Alarm(
                f"the generator has collapsed at step {step}: the diversity of its samples is "
                f"{sample_diversity:.1f}, that of real images {self._real_diversity:.1f}; lower "
                "--learning_rate or return to an earlier checkpoint"
            )


def _vanished(metrics: Mapping[str, float]) -> list[str]:
    """Return the networks whose gradients have vanished, other than by a skipped update."""
    prefix = "gradient_norm/"
    return [
        name.removeprefix(prefix)
        for name, value in metrics.items()
        if name.startswith(prefix)
        and value < MIN_GRADIENT_NORM
        and not metrics.get(name.replace(prefix, "skipped/"))
    ]


def _probabilities(metrics: Mapping[str, float]) -> list[tuple[float, float]]:
    """Return D(real) and D(fake) of each discriminator."""
    real = "probability/real"
    return [
        (value, metrics[name.replace(real, "probability/fake")])
        for name, value in metrics.items()
        if name.startswith(real)
    ]


def diversity(rows: np.ndarray) -> float:
    """Return the standard deviation over the images of a row, averaged over pixels and rows.

    Args:
      rows: uint8 [rows, columns, height, width, channels].

    Returns:
      A number of gray levels, 0 if the images of each row are equal.
    """
    return float(rows.astype(np.float32).std(axis=1).mean())
