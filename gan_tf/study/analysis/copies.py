"""Near copies in a study: of training images in synthetic sets, of test images in training sets."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from data_tools.formats.images import pixels_sha256
from gan_tf.inputs.images import LabeledImages
from gan_tf.metrics.near_copies import Matches, NearCopies

#: A set has copies if its share of near copies exceeds that of unseen images at this level.
SIGNIFICANCE = 0.01
#: More of the unseen images than this are no accident, so they do not excuse synthetic ones.
MOST_BY_CHANCE = 0.02
NUM_SHOWN = 10
KINDS = "moved by a pixel, mirrored, turned, cropped, brighter, noisy or compressed"


class Copies:
    """Compares the sets of a study; the training images are searched once.

    Args:
      real: the training images of the study, assumed to be what the GANs were trained on.
      synthetic: one set per GAN run; images identical to one in the set's list of GAN training
        images count as copies too.
      test: real images that no GAN was trained on.
    """

    def __init__(
        self, real: LabeledImages, synthetic: Sequence[LabeledImages], test: LabeledImages
    ):
        self._real, self._synthetic, self._test = real, synthetic, test
        self._hashes = {pixels_sha256(pixels) for pixels in real.images}
        self._near = NearCopies(real.images)
        self._of_test = self._near.matches(test.images)

    def in_synthetic_sets(self) -> list[dict[str, Any]]:
        """Return the copies of training images in each synthetic set, for results.json."""
        return [self._entry(images) for images in self._synthetic]

    def in_test_images(self) -> list[dict[str, Any]]:
        """Return the test images that are near copies of training images, with the latter."""
        matches = [(self._real, self._of_test)]
        for images in self._synthetic:
            matches.append((images, NearCopies(images.images).matches(self._test.images)))
        return [
            {
                "test": self._test.examples[index].path,
                "training": training.examples[found.training[index]].path,
                "set": training.name,
                "ratio": float(found.ratios[index].min()),
                "change": found.changes[index],
            }
            for training, found in matches
            for index in np.flatnonzero(found.are_copies)
        ]

    def _entry(self, images):
        matches = self._near.matches(images.images)
        seen = self._hashes | {image.pixels_sha256 for image in images.trained_on}
        num_equal = sum(pixels_sha256(pixels) in seen for pixels in images.images)
        num_near, num_unseen = (int(x.are_copies.sum()) for x in (matches, self._of_test))
        p_value = excess_p(num_near, len(images.images), num_unseen, len(self._test.images))
        return {
            "set": images.name,
            "num_images": len(images.images),
            "num_equal": num_equal,
            "num_near": num_near,
            "num_unseen": len(self._test.images),
            "num_unseen_near": num_unseen,
            "p_value": p_value,
            "nearest": self._nearest(images, matches),
            "sentence": _sentence(
                images.name,
                len(images.images),
                num_equal,
                num_near,
                f"{num_unseen} of {len(self._test.images)}",
                p_value,
            ),
        }

    def _nearest(self, images, matches: Matches):
        ratios = matches.ratios.min(axis=1)
        return [
            {
                "synthetic": images.examples[index].path,
                "training": self._real.examples[matches.training[index]].path,
                "synthetic_index": int(index),
                "training_index": int(matches.training[index]),
                "ratio": float(ratios[index]),
                "change": matches.changes[index],
            }
            for index in np.argsort(ratios, kind="stable")[:NUM_SHOWN]
        ]


def excess_p(num_near: int, num_images: int, num_unseen_near: int, num_unseen: int) -> float:
    """Return the one-sided p-value of Fisher's exact test that more images are near copies.

    Args:
      num_near, num_images: near copies among the images in question.
      num_unseen_near, num_unseen: near copies among images that cannot be copies; more than
        ``MOST_BY_CHANCE`` of them count as copies that were overlooked.
    """
    by_chance = min(num_unseen_near, int(np.ceil(MOST_BY_CHANCE * num_unseen)))
    table = [[num_near, num_images - num_near], [by_chance, num_unseen - by_chance]]
    return float(stats.fisher_exact(table, alternative="greater").pvalue)


def _sentence(name, num_images, num_equal, num_near, unseen, p_value):
    finding = f"No copies of these kinds in '{name}'"
    if num_equal:
        finding = f"'{name}' contains copies of training images"
    elif p_value < SIGNIFICANCE:
        finding = f"'{name}' contains near copies of training images (see the pairs)"
    return (
        f"{finding}: {num_equal} of {num_images} synthetic images are identical to a training "
        f"image; near copies of one ({KINDS}) are {num_near} of them, and {unseen} unseen real "
        "images."
    )
