"""Images of two domains that need not belong together, as a translator learns from them."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property
from itertools import chain

import numpy as np

from data_tools.errors import InputError
from data_tools.formats.dataset_info import Fingerprint
from data_tools.formats.manifest import TrainedOnImage
from data_tools.sources.source import LazyExamples, Source
from gan_tf.inputs.training_images import Feed, TrainingImages, size_text


class TwoDomains:
    """Two sets of images as one data set of two classes; see ``TrainingImages``.

    Its batches have ``image_a`` and ``image_b``, drawn from two independent orders.

    Args:
      a, b: the images of the domains; labels within them do not count.
      names: of the domains.

    Raises:
      InputError: images of two shapes.
    """

    def __init__(self, a: TrainingImages, b: TrainingImages, names: tuple[str, str]):
        if a.image_shape != b.image_shape:
            raise InputError(
                f"images of '{names[0]}' are {size_text(a.image_shape)}, those of '{names[1]}' "
                f"{size_text(b.image_shape)}; bring all to one size and mode with "
                "`data_tools convert --op=resize_images`"
            )
        self._domains = (a, b)
        self.class_names = names
        self.name = a.name if a.name == b.name else f"{a.name} and {b.name}"
        self.image_shape = a.image_shape
        self.examples = (*a.examples, *b.examples)
        self.trained_on = (*a.trained_on, *b.trained_on)
        self.labels = np.repeat(np.arange(2, dtype=np.int32), [len(a.labels), len(b.labels)])

    @property
    def epoch_size(self) -> int:
        """Images of the larger domain: an epoch has each of them once."""
        return max(len(domain.labels) for domain in self._domains)

    @cached_property
    def fingerprint(self) -> str:
        """Tells the domains and their order apart."""
        fingerprint = Fingerprint()
        for place, name, domain in zip("ab", self.class_names, self._domains, strict=True):
            fingerprint.add(place, name, domain.fingerprint)
        return fingerprint.hexdigest()

    def pixels(self, numbers: Sequence[int] | np.ndarray) -> np.ndarray:
        """Some images, uint8 [*numbers.shape, height, width, channels]; those of b come last."""
        numbers = np.asarray(numbers)
        images = np.empty((*numbers.shape, *self.image_shape), np.uint8)
        first = 0
        for domain in self._domains:
            held = (numbers >= first) & (numbers < first + len(domain.labels))
            images[held] = domain.pixels(numbers[held] - first)
            first += len(domain.labels)
        return images

    def identities(self) -> Iterator[TrainedOnImage]:
        """The hashes, path and group of every image, in order."""
        return chain.from_iterable(domain.identities() for domain in self._domains)

    @contextmanager
    def batches(self, batch_size: int, seed: int) -> Iterator[Feed]:
        """Batches of as many images of either domain."""
        with ExitStack() as stack:
            # Domains of one size must not meet in the same pairs every time.
            seeds = np.random.SeedSequence(seed).generate_state(2).tolist()
            a, b = (
                stack.enter_context(domain.batches(batch_size, own_seed))
                for domain, own_seed in zip(self._domains, seeds, strict=True)
            )
            yield lambda index: {"image_a": a(index)["image"], "image_b": b(index)["image"]}


def two_domains(
    a: Source,
    b: Source | None,
    labels: Sequence[str],
    load: Callable[[Source], TrainingImages],
) -> TwoDomains:
    """Makes two domains of one source or of two.

    Args:
      a: the source of the first domain (``--data``).
      b: the source of the second (``--data_b``), None where it is the same.
      labels: the label of each domain in its source (``--domains``); none takes all images of two
        sources, and the labels of one source that has two.
      load: gives the images of a source.

    Raises:
      InputError: labels that are not there or too few or many; see ``TwoDomains``.
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
        return TwoDomains(load(a), load(second), (_own_name(a), _own_name(second)))
    if len(labels) != 2:
        raise InputError(f"--domains={','.join(labels)} must name two labels")
    if b is None and labels[0] == labels[1]:
        raise InputError(f"--domains names '{labels[0]}' twice; give two labels, or --data_b")
    sources = (
        with_labels(a, [labels[0]], "--domains", "--data"),
        with_labels(second, [labels[1]], "--domains", "--data" if b is None else "--data_b"),
    )
    return TwoDomains(*map(load, sources), tuple(labels))


def with_labels(source: Source, labels: Sequence[str], flag: str, data_flag: str) -> Source:
    """The images of some labels, which stay in the source's order.

    Raises:
      InputError: there are none of a label; names the two flags.
    """
    numbers = array("q", (n for n, one in enumerate(source.examples) if one.label in labels))
    found = {source.examples[number].label for number in numbers}
    for label in labels:
        if label not in found:
            raise InputError(
                f"{flag} names '{label}', of which {data_flag}={source.spec} has no images; it has "
                f"{', '.join(source.class_names)}"
            )
    names = tuple(name for name in source.class_names if name in labels)
    examples = LazyExamples(source.examples.__getitem__, numbers)
    return replace(source, class_names=names, examples=examples, split_ids=None)


def _own_name(source: Source) -> str:
    return source.class_names[0] if len(source.class_names) == 1 else source.name
