"""Whether a run's images are held in memory or streamed from disk."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from data_tools.sources import Source
from gan_tf.inputs.domains import TwoDomains, two_domains
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
    spec: str, how: str, *, unlabeled: bool = False, num_workers: int = 1
) -> tuple[TrainingImages, str]:
    """Opens the training images of a source.

    Args:
      spec: what ``data_tools.sources.open_source`` takes; of a split source ``train`` is taken.
      how: a value of ``gan_tf.inputs.INPUTS``; auto streams what would fill more than
        ``MEMORY_SHARE`` of memory when decoded.
      unlabeled: True to read a folder of images without label folders as one class.
      num_workers: see ``images_in_memory``.

    Returns:
      The images, and whether they come from "memory" or by "stream".

    Raises:
      InputError: no such source or split, no images, images of several shapes.
    """
    return images_of(open_split(spec, "train", unlabeled=unlabeled), how, num_workers)


def images_of(source: Source, how: str, num_workers: int = 1) -> tuple[TrainingImages, str]:
    """The images of a source, and whether they come from memory; see ``open_images``."""
    how = chosen_input(how, [source])
    if how == "stream":
        return streamed_images(source), how
    return images_in_memory(source, num_workers), how


def open_domains(
    spec: str,
    second_spec: str | None,
    labels: Sequence[str],
    how: str,
    *,
    unlabeled: bool = False,
    num_workers: int = 1,
) -> tuple[TwoDomains, str]:
    """Opens the training images of two domains; see ``open_images`` and ``two_domains``.

    Args:
      spec: of the first domain.
      second_spec: of the second; None where it is in the same source.
      labels: of the domains; none for all of each source.
      how, unlabeled, num_workers: as in ``open_images``.
    """
    a = open_split(spec, "train", unlabeled=unlabeled)
    b = open_split(second_spec, "train", unlabeled=unlabeled) if second_spec else None
    how = chosen_input(how, [a, b] if b else [a])
    return two_domains(a, b, labels, lambda one: images_of(one, how, num_workers)[0]), how


def chosen_input(how: str, sources: Sequence[Source]) -> str:
    """Where images come from, "memory" or "stream", when ``how`` is asked for."""
    if how != "auto":
        return how
    fits = sum(map(decoded_bytes, sources)) <= MEMORY_SHARE * memory_bytes()
    return "memory" if fits else "stream"


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
