"""What a paired difference allows us to say, in words."""

from typing import NamedTuple

from gan_tf.study.analysis.statistics import Estimate, num_replicates_needed, num_test_images_needed

SIGNIFICANCE = 0.05

HELPS = "helps"
HURTS = "hurts"
NO_DIFFERENCE = "no difference shown"
TOO_FEW = "too few runs to tell"
OUTCOMES = (HELPS, HURTS, NO_DIFFERENCE, TOO_FEW)


class Verdict(NamedTuple):
    """One of the four outcomes, why, and what would settle it.

    Attributes:
      outcome: HELPS, HURTS, NO_DIFFERENCE or TOO_FEW.
      replicates_needed: how many replicates would tell a difference of the smallest effect of
        interest; None where the outcome needs none, or where no number would do.
      test_images_needed: how many test images would, where the test set is what limits.
      reason: the figures behind the outcome, as the end of a sentence.
    """

    outcome: str
    replicates_needed: int | None
    test_images_needed: int | None
    reason: str


def verdict(
    difference: Estimate, adjusted_p: float | None, num_test_images: int, smallest_effect: float
) -> Verdict:
    """Judges the paired difference of an arm to ``real``.

    Args:
      difference: arm minus real, as a fraction (0.01 is one percentage point).
      adjusted_p: its p-value after Holm's correction; None with a single replicate.
      num_test_images: size of the test set; the difference knows of how many groups.
      smallest_effect: the smallest difference that matters. A difference that is not significant
        is "no difference shown" where the interval's half width is at most this, else "too few
        runs to tell".
    """
    if difference.num_test_groups == 1:
        return Verdict(TOO_FEW, None, None, "test images of one group have no interval")
    noun = "GAN run" if difference.of_gan_runs else "run"
    if adjusted_p is None:
        return Verdict(TOO_FEW, 2, None, f"one {noun} has no interval; at least 2 are needed")
    figures = f"{interval_text(difference)}, Holm p {p_text(adjusted_p)}"
    if adjusted_p < SIGNIFICANCE:
        return Verdict(HELPS if difference.mean > 0 else HURTS, None, None, figures)
    if difference.half_width <= smallest_effect:
        return Verdict(NO_DIFFERENCE, None, None, figures)
    needed = num_replicates_needed(difference, num_test_images, smallest_effect)
    effect = _points(100 * smallest_effect)
    if needed is not None:
        advice = f"about {needed} {noun}s would tell a difference of {effect}"
        return Verdict(TOO_FEW, needed, None, f"{figures}; {advice}")
    images = num_test_images_needed(difference, num_test_images, smallest_effect)
    advice = (
        f"no number of {noun}s on {images_text(num_test_images, difference.num_test_groups)} would "
        f"tell a difference of {effect}, more than {images} test images are needed"
    )
    return Verdict(TOO_FEW, None, images, f"{figures}; {advice}")


def _points(number: float) -> str:
    return f"{number:g} percentage point{'' if number == 1 else 's'}"


def images_text(num_test_images: int, num_groups: int | None) -> str:
    """How many test images there are, and of how many groups where these are fewer.

    >>> images_text(2536, 1389), images_text(400, 400)
    ('2536 test images of 1389 groups', '400 test images')
    """
    text = f"{num_test_images} test images"
    return text if num_groups in (None, num_test_images) else f"{text} of {num_groups} groups"


def interval_text(difference: Estimate) -> str:
    """A difference in percentage points with its interval.

    >>> interval_text(Estimate(0.012, 0.004, 0.02, 0.003, 0.01, 5, 0.0, 0.0))
    '+1.20 points (95 % interval +0.40 to +2.00)'
    """
    low, high = 100 * difference.low, 100 * difference.high
    return f"{100 * difference.mean:+.2f} points (95 % interval {low:+.2f} to {high:+.2f})"


def p_text(p_value: float) -> str:
    """A p-value as it is printed: "= 0.012" or "< 0.001"."""
    return "< 0.001" if p_value < 0.001 else f"= {p_value:.3f}"
