"""Unpaired images of two domains, on which a translator is trained."""

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from data_tools.errors import InputError
from data_tools.sources.source import LazyExamples, Source
from gan_tf.inputs.combined.parts import Parts, part_seeds
from gan_tf.inputs.share import WHOLE, Share
from gan_tf.inputs.training_images import TrainingImages

if TYPE_CHECKING:
    import tensorflow as tf


class TwoDomains(Parts):
    """Two domains as one data set of two classes; see ``TrainingImages``.

    Its batches have ``image_a`` and ``image_b``, in two independent orders.

    Args:
      a, b: the images of the domains; their labels are ignored.
      names: names of the domains.

    Raises:
      InputError: the domains have images of different shapes.
    """

    def __init__(self, a: TrainingImages, b: TrainingImages, names: tuple[str, str]):
        super().__init__(a, b, [f"'{name}'" for name in names])
        self.class_names = names
        self.name = a.name if a.name == b.name else f"{a.name} and {b.name}"
        self.labels = np.repeat(np.arange(2, dtype=np.int32), [len(a.labels), len(b.labels)])

    @property
    def epoch_size(self) -> int:
        """Number of images of the larger domain; an epoch has each of them once."""
        return max(len(domain.labels) for domain in self._parts)

    def epoch_batches(self, batch_size: int) -> Fraction:
        """Number of batches of an epoch."""
        return Fraction(self.epoch_size, batch_size)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the domains, their names and their order."""
        return self._fingerprint(self.class_names)

    def dataset(
        self, batch_size: int, seed: int, *, first_batch: int = 0, share: Share = WHOLE
    ) -> "tf.data.Dataset":
        """Return the endless batches, with ``batch_size`` images of each domain."""
        import tensorflow as tf

        from gan_tf.inputs.pipeline import finished

        a, b = (
            domain.dataset(batch_size, domain_seed, first_batch=first_batch, share=share)
            for domain, domain_seed in zip(self._parts, part_seeds(seed), strict=True)
        )
        return finished(
            tf.data.Dataset.zip({"image_a": a.map(_image_of), "image_b": b.map(_image_of)})
        )

    def require_readable(self, batch_size: int, seed: int, batch: int) -> None:
        """Raise InputError naming the first bad image among those that are read for a batch."""
        for domain, domain_seed in zip(self._parts, part_seeds(seed), strict=True):
            domain.require_readable(batch_size, domain_seed, batch)


def _image_of(batch: Mapping[str, "tf.Tensor"]) -> "tf.Tensor":
    return batch["image"]


def two_domains(
    a: Source,
    b: Source | None,
    labels: Sequence[str],
    load: Callable[[Source], TrainingImages],
) -> TwoDomains:
    """Open two domains from one source or from two.

    Args:
      a: the source of the first domain (``--data``).
      b: the source of the second (``--data_b``); None if it is the same.
      labels: the label of each domain in its source (``--domains``). Without labels, a domain is
        all images of its own source, or one of the two labels of a common source.
      load: loads the images of a source.

    Raises:
      InputError: a label has no images, the labels are not two, or the images of the domains
        have different shapes.
    """
    second = a if b is None else b
    if b is None and not labels and len(a.class_names) == 2:
        labels = a.class_names
    if not labels:
        if b is None:
            raise InputError(
                f"--data has {len(a.class_names)} labels; choose two of them with "
                "--domains=FIRST,SECOND, or give the second domain as --data_b"
            )
        return TwoDomains(load(a), load(second), (_domain_name(a), _domain_name(second)))
    if len(labels) != 2:
        raise InputError(f"--domains={','.join(labels)} must name two labels; give FIRST,SECOND")
    if b is None and labels[0] == labels[1]:
        raise InputError(f"--domains names '{labels[0]}' twice; give two labels, or --data_b")
    sources = (
        with_labels(a, [labels[0]], "--domains", "--data"),
        with_labels(second, [labels[1]], "--domains", "--data" if b is None else "--data_b"),
    )
    return TwoDomains(*map(load, sources), tuple(labels))


def with_labels(source: Source, labels: Sequence[str], flag: str, data_flag: str) -> Source:
    """Return the source restricted to some labels, in the source's order.

    Args:
      source: the source to restrict.
      labels: labels to keep.
      flag: flag that named the labels, for error messages.
      data_flag: flag that named the source, for error messages.

    Raises:
      InputError: a label has no images.
    """
    indices = array(
        "q", (i for i, example in enumerate(source.examples) if example.label in labels)
    )
    present = {source.examples[index].label for index in indices}
    for label in labels:
        if label not in present:
            raise InputError(
                f"{flag} names '{label}', but {data_flag}={source.spec} has no such images; its "
                f"labels are {', '.join(source.class_names)}"
            )
    names = tuple(name for name in source.class_names if name in labels)
    examples = LazyExamples(source.examples.__getitem__, indices)
    return replace(source, class_names=names, examples=examples, split_ids=None)


def _domain_name(source: Source) -> str:
    return source.class_names[0] if len(source.class_names) == 1 else source.name
