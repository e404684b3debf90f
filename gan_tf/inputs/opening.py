"""Opening a run's images, held in memory or streamed from disk."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np

from data_tools.errors import InputError
from data_tools.folders.options import FLATTEN
from data_tools.formats.record_keys import RecordSchema
from data_tools.sources import Source, has_manifest, takes_schema
from data_tools.sources.source import ArrayLoader
from gan_tf.inputs.combined.domains import TwoDomains, two_domains
from gan_tf.inputs.combined.partly_labeled import PartlyLabeled
from gan_tf.inputs.images import images_in_memory, open_split
from gan_tf.inputs.streamed import streamed_images
from gan_tf.inputs.training_images import TrainingImages

#: The largest share of memory that decoded images may fill.
MEMORY_SHARE = 0.25
_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def open_images(
    spec: str,
    input_mode: str,
    *,
    unlabeled: bool = False,
    nested: str | None = None,
    schema: RecordSchema | None = None,
    num_workers: int = 1,
) -> tuple[TrainingImages, str]:
    """Open the training images of a source.

    Args:
      spec: see ``data_tools.sources.open_source``; a source with splits is read from ``train``.
      input_mode: a value of ``gan_tf.inputs.INPUTS``; auto streams images that would fill more than
        ``MEMORY_SHARE`` of memory when decoded.
      unlabeled, nested, schema: see ``data_tools.sources.open_source``.
      num_workers: see ``images_in_memory``.

    Returns:
      The images, and "memory" or "stream".

    Raises:
      InputError: there is no such source or split, no images, or images of different shapes.
    """
    source = open_split(spec, "train", unlabeled=unlabeled, nested=nested, schema=schema)
    return open_source_images(source, input_mode, num_workers)


def open_source_images(
    source: Source, input_mode: str, num_workers: int = 1
) -> tuple[TrainingImages, str]:
    """Open the images of a source that is already open; see ``open_images``."""
    input_mode = resolve_input(input_mode, [source])
    if input_mode == "stream":
        return streamed_images(source), input_mode
    return images_in_memory(source, num_workers), input_mode


def open_domains(
    spec: str,
    second_spec: str | None,
    labels: Sequence[str],
    input_mode: str,
    *,
    unlabeled: bool = False,
    nested: str | None = None,
    schema: RecordSchema | None = None,
    num_workers: int = 1,
) -> tuple[TwoDomains, str]:
    """Open the training images of two domains; see ``open_images`` and ``two_domains``.

    Args:
      spec: source of the first domain.
      second_spec: source of the second; None if it is the same.
      labels: labels of the domains; see ``two_domains``.
      input_mode, unlabeled, nested, schema, num_workers: see ``open_images``.
    """
    open_train = partial(
        open_split, split="train", unlabeled=unlabeled, nested=nested, schema=schema
    )
    a = open_train(spec)
    b = open_train(second_spec) if second_spec else None
    input_mode = resolve_input(input_mode, [a, b] if b else [a])
    return two_domains(
        a, b, labels, lambda source: open_source_images(source, input_mode, num_workers)[0]
    ), input_mode


def open_partly_labeled(
    spec: str,
    unlabeled_spec: str,
    unlabeled_share: float,
    input_mode: str,
    *,
    unlabeled: bool = False,
    nested: str | None = None,
    schema: RecordSchema | None = None,
    num_workers: int = 1,
) -> tuple[PartlyLabeled, str]:
    """Open labeled training images and others without labels; see ``open_images``.

    Args:
      spec: source of the labeled images.
      unlabeled_spec: source of the others: folders of any depth, or any other source, whose labels
        are ignored.
      unlabeled_share: share of unlabeled images in a batch.
      input_mode, unlabeled, nested, schema, num_workers: see ``open_images``.
    """
    labeled = open_split(spec, "train", unlabeled=unlabeled, nested=nested, schema=schema)
    with _named("--unlabeled_data"):
        others = open_split(
            unlabeled_spec,
            "train",
            unlabeled=not has_manifest(unlabeled_spec),
            nested=FLATTEN,
            schema=schema if takes_schema(unlabeled_spec) else None,
        )
    input_mode = resolve_input(input_mode, [labeled, others])
    labeled_images, _ = open_source_images(labeled, input_mode, num_workers)
    with _named(f"--unlabeled_data={unlabeled_spec}"):
        other_images, _ = open_source_images(others, input_mode, num_workers)
    return PartlyLabeled(labeled_images, other_images, unlabeled_share), input_mode


@contextmanager
def _named(source: str) -> Iterator[None]:
    """Begin the message of an InputError with the name of the source that it is about."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{source}: {error}") from None


def resolve_input(input_mode: str, sources: Sequence[Source]) -> str:
    """Return "memory" or "stream" for a value of ``gan_tf.inputs.INPUTS``."""
    if input_mode != "auto":
        return input_mode
    if any(isinstance(source.examples[0].load, ArrayLoader) for source in sources):
        return "memory"  # They are there already.
    fits = sum(map(decoded_bytes, sources)) <= MEMORY_SHARE * memory_bytes()
    return "memory" if fits else "stream"


def decoded_bytes(source: Source) -> int:
    """Return the bytes of all images when decoded, assuming that all have the size of the first."""
    return len(source.examples) * int(np.prod(source.examples[0].pixels().shape))


def memory_bytes() -> int:
    """Return the bytes of memory of the machine, or of the container if that is less."""
    sizes = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for file in _CGROUP_LIMITS:
        try:
            sizes.append(int(file.read_text(encoding="utf-8")))
        except (OSError, ValueError):  # No such file, or "max".
            continue
    return min(sizes)
