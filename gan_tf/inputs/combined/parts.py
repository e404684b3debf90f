"""Two data sets of images of one size, as one."""

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from data_tools.errors import InputError
from data_tools.formats.dataset_info import Fingerprint
from data_tools.formats.manifest import TrainedOnImage
from data_tools.sources import Example
from gan_tf.inputs.training_images import TrainingImages, resize_command, size_text


class Parts:
    """What combinations of two data sets have in common; see ``TrainingImages``.

    Args:
      first, second: the images; those of the second follow those of the first.
      names: names of both in an error message.
      advice: what the message says after its command.

    Raises:
      InputError: they have images of different shapes.
    """

    def __init__(
        self,
        first: TrainingImages,
        second: TrainingImages,
        names: Sequence[str],
        advice: str = "",
    ):
        if first.image_shape != second.image_shape:
            raise InputError(
                f"images of {names[0]} are {size_text(first.image_shape)}, those of {names[1]} "
                f"{size_text(second.image_shape)}; bring both to one size and mode with "
                f"{resize_command(*first.image_shape)}{advice}"
            )
        self.image_shape = first.image_shape
        self.examples = _Joined(first.examples, second.examples)
        self.trained_on = (*first.trained_on, *second.trained_on)
        self._parts = (first, second)

    def pixels(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return images by index, uint8 [*indices.shape, height, width, channels]."""
        indices = np.asarray(indices)
        images = np.empty((*indices.shape, *self.image_shape), np.uint8)
        first = 0
        for part in self._parts:
            is_in_part = (indices >= first) & (indices < first + len(part.labels))
            images[is_in_part] = part.pixels(indices[is_in_part] - first)
            first += len(part.labels)
        return images

    def identities(self, *, only_real: bool = False) -> Iterator[TrainedOnImage]:
        """Yield the hashes, path and group of every image, or of those that are real, in order."""
        return chain.from_iterable(part.identities(only_real=only_real) for part in self._parts)

    def _fingerprint(self, names: Sequence[str]) -> str:
        """Return the hash of the parts, their names and their order."""
        fingerprint = Fingerprint()
        for place, name, part in zip("ab", names, self._parts, strict=True):
            fingerprint.add(place, name, part.fingerprint)
        return fingerprint.hexdigest()


class _Joined(Sequence):
    """The examples of two data sets, which may be read on access, one after the other."""

    def __init__(self, first: Sequence[Example], second: Sequence[Example]):
        self._first, self._second = first, second

    def __len__(self) -> int:
        return len(self._first) + len(self._second)

    def __getitem__(self, index: int) -> Example:
        index = range(len(self))[index]
        num_first = len(self._first)
        return self._first[index] if index < num_first else self._second[index - num_first]


def part_seeds(seed: int) -> list[int]:
    """Return a seed for each part.

    With one seed, parts of equal size would be paired alike in every epoch.
    """
    return np.random.SeedSequence(seed).generate_state(2).tolist()
