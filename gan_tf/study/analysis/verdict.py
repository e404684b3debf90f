"""The conclusion that a paired difference supports, in words."""

from typing import NamedTuple

from gan_tf.study.analysis.statistics.estimate import Estimate
from gan_tf.study.analysis.statistics.sample_size import (
    POWER,
    num_replicates_needed,
    num_replicates_range,
    num_test_images_needed,
)

SIGNIFICANCE = 0.05

HELPS = "helps"
HURTS = "hurts"
NO_DIFFERENCE = "no difference shown"
INCONCLUSIVE = "inconclusive"
OUTCOMES = (HELPS, HURTS, NO_DIFFERENCE, INCONCLUSIVE)


class Verdict(NamedTuple):
    """One of the four outcomes, its reason, and what would settle an inconclusive one.

    Attributes:
      outcome: HELPS, HURTS, NO_DIFFERENCE or INCONCLUSIVE.
      replicates_needed: number of replicates that would find a difference of the smallest effect;
        None if the outcome is conclusive, there are as many, or no number would suffice.
      test_images_needed: number of test images that would find it, if the test set is the limit;
        else None.
      reason: the figures behind the outcome, to follow it.
    """

    outcome: str
    replicates_needed: int | None
    test_images_needed: int | None
    reason: str


def verdict(
    difference: Estimate,
    adjusted_p: float | None,
    num_test_images: int,
    smallest_effect: float,
    num_compared: int = 1,
) -> Verdict:
    """Judge the paired difference between an arm and ``real``.

    Args:
      difference: arm minus real, as a fraction (0.01 is one percentage point).
      adjusted_p: its Holm-adjusted p-value; None with a single replicate.
      num_test_images: number of test images (``difference`` has their number of groups).
      smallest_effect: the smallest difference of interest. A difference that is not significant is
        "no difference shown" if its whole interval is within this, else "inconclusive".
      num_compared: number of differences over which the p-value is adjusted.
    """
    if difference.num_test_groups == 1:
        reason = "test images of a single group give no confidence interval"
        return Verdict(INCONCLUSIVE, None, None, reason)
    noun = "GAN run" if difference.of_gan_runs else "replicate"
    if adjusted_p is None:
        reason = f"a single {noun} gives no confidence interval; at least 2 are needed"
        return Verdict(INCONCLUSIVE, 2, None, reason)
    figures = f"{interval_text(difference)}, Holm-adjusted p {p_text(adjusted_p)}"
    if adjusted_p < SIGNIFICANCE:
        return Verdict(HELPS if difference.mean > 0 else HURTS, None, None, figures)
    if max(-difference.low, difference.high) <= smallest_effect:
        return Verdict(NO_DIFFERENCE, None, None, figures)
    level = SIGNIFICANCE / num_compared
    effect = f"a difference of {_points(100 * smallest_effect)}"
    num_replicates = num_replicates_needed(difference, smallest_effect, level)
    if num_replicates is None:
        num_images = num_test_images_needed(difference, num_test_images, smallest_effect, level)
        advice = (
            f"no number of {noun}s on {images_text(num_test_images, difference.num_test_groups)} "
            f"finds {effect} in {POWER:.0%} of studies: about {num_images} test images are needed"
        )
        return Verdict(INCONCLUSIVE, None, num_images, f"{figures}; {advice}")
    if num_replicates <= difference.num_replicates:
        advice = f"{effect} would be found in {POWER:.0%} of studies like this one"
        return Verdict(INCONCLUSIVE, None, None, f"{figures}; {advice}")
    low, high = num_replicates_range(difference, smallest_effect, level)
    range_text = f"{low} to {high}" if high is not None else f"{low} or more"
    advice = (
        f"finding {effect} in {POWER:.0%} of studies takes about {num_replicates} {noun}s "
        f"({range_text})"
    )
    return Verdict(INCONCLUSIVE, num_replicates, None, f"{figures}; {advice}")


def _points(number: float) -> str:
    return f"{number:g} percentage point{'' if number == 1 else 's'}"


def images_text(num_test_images: int, num_groups: int | None) -> str:
    """Return the number of test images, with the number of groups if these are fewer.

    >>> images_text(2536, 1389), images_text(400, 400)
    ('2536 test images in 1389 groups', '400 test images')
    """
    text = f"{num_test_images} test images"
    return text if num_groups in (None, num_test_images) else f"{text} in {num_groups} groups"


def interval_text(difference: Estimate) -> str:
    """Return a difference in percentage points with its confidence interval.

    >>> interval_text(Estimate(0.012, 0.004, 0.02, 0.003, 0.01, 5, 0.0, 0.0))
    '+1.20 points (95% CI +0.40 to +2.00)'
    """
    low, high = 100 * difference.low, 100 * difference.high
    return f"{100 * difference.mean:+.2f} points (95% CI {low:+.2f} to {high:+.2f})"


def p_text(p_value: float) -> str:
    """Return a p-value as printed: "= 0.012" or "< 0.001"."""
    return "< 0.001" if p_value < 0.001 else f"= {p_value:.3f}"
