"""Coverage of a study's intervals and its rate of false verdicts, by simulation.

  python benchmarks/coverage.py --studies=1000

Each image has a chance of its own to be classified wrongly, from a beta distribution whose mean is
the error rate and which makes two replicates' errors on an image agree with a correlation of 0.5.
The odds of an error vary from replicate to replicate and from GAN run to GAN run, and in each arm
from image to image. Both arms are drawn alike, so a difference is never there; "helps" and "hurts"
are false.

Printed are the share of intervals of the accuracy that contain the true one, the share of
differences with p < 0.05, and the median half width of the interval of a difference, in points.
"""

import argparse
from typing import NamedTuple

import numpy as np

from gan_tf.study.analysis.statistics.estimate import DIFFERENCE, SHARE, estimate

#: Correlation of two replicates' errors on an image.
CORRELATION = 0.5
#: Standard deviation, over images, of the logarithm of an arm's odds of an error.
IMAGE_SPREAD = 1.0


class Design(NamedTuple):
    """What is simulated.

    Attributes:
      num_images, accuracy: of the test set.
      num_replicates: classifiers of each arm.
      num_runs: GAN runs among them; 0 if replicates do not differ in it.
      spread: standard deviation, over replicates, of the logarithm of the odds of an error.
      group_size: images of a group, which all have the same chance.
      is_balanced: whether balanced accuracy is estimated, of two classes with a tenth and the rest.
    """

    num_images: int
    accuracy: float
    num_replicates: int = 5
    num_runs: int = 0
    spread: float = 0.1
    group_size: int = 1
    is_balanced: bool = False


DESIGNS = [
    *(Design(n, a) for n in (50, 200, 1000, 10_000) for a in (0.9, 0.99, 0.999)),
    *(Design(1000, 0.9, num_replicates=r) for r in (2, 3, 10)),
    *(Design(50, 0.95, num_replicates=r) for r in (2, 3, 10)),
    Design(1000, 0.9, spread=0.0),
    Design(1000, 0.9, spread=0.4),
    Design(1000, 0.9, num_replicates=6, num_runs=3, spread=0.2),
    Design(1000, 0.9, group_size=4),
    Design(200, 0.95, group_size=4),
    Design(1000, 0.9, is_balanced=True),
    Design(200, 0.95, is_balanced=True),
]


def main() -> None:
    """Print a line for each design."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=1000, help="of each design")
    options = parser.parse_args()
    print("images accuracy replicates runs spread group balanced | covered  false  half width")
    for design in DESIGNS:
        covered, is_false, widths = simulated(design, options.studies)
        print(
            f"{design.num_images:6} {design.accuracy:8.3f} {design.num_replicates:10} "
            f"{design.num_runs:4} {design.spread:6.1f} {design.group_size:5} "
            f"{design.is_balanced!s:8} | {covered:7.1%} {is_false:6.1%} {100 * widths:8.2f}",
            flush=True,
        )


def simulated(design: Design, num_studies: int) -> tuple[float, float, float]:
    """Return coverage of the accuracy, share of false verdicts and median half width."""
    rng = np.random.default_rng(0)
    truth = true_accuracy(design)
    groups = np.arange(design.num_images) // design.group_size
    strata = classes(design) if design.is_balanced else None
    runs = np.arange(design.num_replicates) % design.num_runs if design.num_runs else None
    covered, is_false, widths = [], [], []
    for _ in range(num_studies):
        chances = beta(rng, design, groups.max() + 1)[groups]
        correct, other = (drawn(rng, chances, design, runs) for _ in range(2))
        share = estimate(correct, strata, runs, groups, SHARE).within(0.0, 1.0)
        covered.append(share.low <= truth <= share.high)
        difference = estimate(correct - other, strata, runs, groups, DIFFERENCE)
        is_false.append(difference.p_value < 0.05)
        widths.append(difference.half_width)
    return float(np.mean(covered)), float(np.mean(is_false)), float(np.median(widths))


def classes(design: Design) -> np.ndarray:
    """Return the class of each image: a tenth are of class 1, spread evenly."""
    return (np.arange(design.num_images) // design.group_size % 10 == 0).astype(int)


def beta(rng: np.random.Generator, design: Design, size: int) -> np.ndarray:
    """Return chances of an error."""
    total = 1 / CORRELATION - 1
    return rng.beta(total * (1 - design.accuracy), total * design.accuracy, size)


def drawn(
    rng: np.random.Generator, chances: np.ndarray, design: Design, runs: np.ndarray | None
) -> np.ndarray:
    """Return whether each replicate is right about each image, float [R, n]."""
    shift = rng.normal(0, design.spread, design.num_replicates)
    if runs is not None:
        shift = shift + rng.normal(0, design.spread, design.num_runs)[runs]
    of_images = rng.normal(0, IMAGE_SPREAD, len(chances))
    shifted = changed(chances, shift[:, np.newaxis] + of_images)
    return (rng.random(shifted.shape) >= shifted).astype(float)


def changed(chances: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Return chances whose odds are multiplied by exp(shift)."""
    return chances / (chances + (1 - chances) * np.exp(-shift))


def true_accuracy(design: Design) -> float:
    """Return the mean accuracy over images and replicates, from many of each."""
    rng = np.random.default_rng(1)
    spread = (design.spread**2 * (2 if design.num_runs else 1) + IMAGE_SPREAD**2) ** 0.5
    chances = beta(rng, design, 2_000_000)
    return 1 - float(changed(chances, rng.normal(0, spread, len(chances))).mean())


if __name__ == "__main__":
    main()
