"""Whether a run's images are held in memory or streamed from disk."""

import os
from pathlib import Path

import numpy as np

from data_tools.sources import Source
from gan_tf.inputs.images import images_in_memory, open_split
from gan_tf.inputs.stream import streamed_images
from gan_tf.inputs.training_images import TrainingImages

#: Decoded images are held in memory up to this share of it.
MEMORY_SHARE = 0.25
_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def open_images(
    spec: str, how: str, *, unlabelled: bool = False, num_workers: int = 1
) -> tuple[TrainingImages, str]:
    """Opens the training images of a source.

    Args:
      spec: what ``data_tools.sources.open_source`` takes; of a split source ``train`` is taken.
      how: a value of ``gan_tf.inputs.INPUTS``; auto streams what would fill more than
        ``MEMORY_SHARE`` of memory when decoded.
      unlabelled: True to read a folder of images without label folders as one class.
      num_workers: see ``load_images``.

    Returns:
      The images, and whether they come from "memory" or by "stream".

    Raises:
      InputError: no such source or split, no images, images of several shapes.
    """
    return images_of(open_split(spec, "train", unlabelled=unlabelled), how, num_workers)


def images_of(source: Source, how: str, num_workers: int = 1) -> tuple[TrainingImages, str]:
    """The images of a source, and whether they come from memory; see ``open_images``."""
    if how == "auto":
        fits = decoded_bytes(source) <= MEMORY_SHARE * memory_bytes()
        how = "memory" if fits else "stream"
    if how == "stream":
        return streamed_images(source), how
    return images_in_memory(source, num_workers), how


def decoded_bytes(source: Source) -> int:
    """Bytes of all images when decoded, if all are as large as the first."""
    return len(source.examples) * int(np.prod(source.examples[0].pixels().shape))


def memory_bytes() -> int:
    """Memory of the machine, or of the container where that is less."""
    sizes = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for file in _CGROUP_LIMITS:
        try:
            sizes.append(int(file.read_text(encoding="utf-8")))
        except (OSError, ValueError):  # No such file, or "max".
            continue
    return min(sizes)
