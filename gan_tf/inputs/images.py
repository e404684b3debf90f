"""A whole source in memory, decoded once to uint8."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from data_tools.card import Fingerprint
from data_tools.errors import InputError
from data_tools.images import bytes_sha256, decode, to_uint8
from data_tools.sources import Example, open_source, split_for


class LabelledImages(NamedTuple):
    """Decoded images of one split.

    Attributes:
      images: uint8 [num_images, height, width, channels].
      labels: int32 [num_images], positions in ``class_names``.
      class_names: in the source's order.
      name: the source's name.
      fingerprint: hash over the content, see ``data_tools.card.Fingerprint``.
      examples: where each image came from, in the same order, each with its hash.
    """

    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    name: str
    fingerprint: str
    examples: Sequence[Example]


def load_images(spec: str, split: str = "train", *, unlabelled: bool = False) -> LabelledImages:
    """Reads and decodes a source.

    Args:
      spec: what ``data_tools.sources.open_source`` takes.
      split: which split of a source that is split; one that is not gives all of itself.
      unlabelled: True to read a folder of images without label folders as one class.

    Raises:
      InputError: no such source or split, no images, images of several shapes.
    """
    source = split_for(open_source(spec, unlabelled=unlabelled), split)
    if not source.examples:
        raise InputError(f"'{spec}' has no images; give a folder <label>/<image>")
    number = {name: index for index, name in enumerate(source.class_names)}
    images, examples, fingerprint = None, [], Fingerprint()
    for index, example in enumerate(source.examples):
        encoded = example.read()
        pixels = to_uint8(decode(encoded, example.path))
        if images is None:
            images = np.empty((len(source.examples), *pixels.shape), np.uint8)
        if pixels.shape != images.shape[1:]:
            raise InputError(
                f"'{example.path}' in '{spec}' is {_size(pixels)} but '{examples[0].path}' "
                f"is {_size(images[0])}; bring all to one size and mode with "
                "`data_tools convert --op=resize_images`"
            )
        images[index] = pixels
        examples.append(replace(example, sha256=example.sha256 or bytes_sha256(encoded)))
        fingerprint.add(example.path, example.label, examples[-1].sha256)
    labels = np.array([number[example.label] for example in examples], np.int32)
    return LabelledImages(
        images, labels, source.class_names, source.name, fingerprint.hexdigest(), examples
    )


def _size(pixels: np.ndarray) -> str:
    height, width, channels = pixels.shape
    return f"{width}x{height} pixels with {channels} channel{'s' if channels > 1 else ''}"
