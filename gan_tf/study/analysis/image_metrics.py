"""Metrics between the synthetic sets of a study and its real training images."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from data_tools.errors import InputError
from gan_tf.metrics.compute import ExtractorOptions, build_comparison, comparison_indices
from gan_tf.study.data.loading import StudyImages

MAX_IMAGES = 2000
SEED = 0


def image_metrics(images: StudyImages, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return metrics of every synthetic set, for results.json.

    Each set is compared with the same real training images, of which as many synthetic images are
    drawn at most. Extractors are trained on the other real training images, never on test images.

    Args:
      images: of the study.
      names: metrics in ``IMAGE_METRICS``.

    Returns:
      For each set, its name, the numbers of real and synthetic images compared, and the values by
      name; empty without names.

    Raises:
      InputError: fewer than two images would be compared.
    """
    if not names or not images.synthetic:
        return []
    real = images.data.real
    indices = comparison_indices(len(real.labels), MAX_IMAGES, names, SEED)
    compared = indices[0]
    if min(len(compared), *(len(one.images) for one in images.synthetic)) < 2:
        raise InputError("--metrics compares 2 images or more of each set; add images")
    num_classes = len(images.real.class_names)
    compare = build_comparison(
        names,
        indices,
        real.images.__getitem__,
        real.labels,
        num_classes,
        ExtractorOptions(seed=SEED),
    )
    entries = []
    for synthetic in images.synthetic:
        drawn = np.random.default_rng(SEED).permutation(len(synthetic.images))[: len(compared)]
        entries.append(
            {
                "set": synthetic.name,
                "num_real": len(compared),
                "num_synthetic": len(drawn),
                "values": compare(synthetic.images[drawn]),
            }
        )
    return entries
