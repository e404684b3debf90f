"""Test images that training has seen: found by bytes, pixels, original and group, and refused."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from data_tools.errors import InputError
from data_tools.formats.manifest import REAL, TrainedOnImage
from gan_tf.inputs.images import LabeledImages

MOST_NAMES = 5

EQUAL_BYTES = "equal bytes"
EQUAL_PIXELS = "equal pixels"
SAME_ORIGINAL = "made of the same file"
SHARED_GROUP = "shared group"


class Leak(NamedTuple):
    """An image that training should not have seen and has.

    Attributes:
      path: of that image.
      seen_path: what training saw; "" where the generator's list was stripped of names.
      kind: EQUAL_BYTES, EQUAL_PIXELS, SAME_ORIGINAL or SHARED_GROUP.
    """

    path: str
    seen_path: str
    kind: str


def leaks(test: Iterable[TrainedOnImage], seen: Iterable[TrainedOnImage]) -> list[Leak]:
    """The test images that occur among what was seen, each once, by the strongest evidence.

    Images that were brought to different sizes, or cut out of one image, have the file in common
    that their histories begin with.
    """
    by_bytes, by_pixels, by_original, by_group = {}, {}, {}, {}
    for record in seen:
        path = record.path or ""
        by_bytes.setdefault(record.sha256, path)
        by_pixels.setdefault(record.pixels_sha256, path)
        by_original.setdefault(record.first_sha256, path)
        if record.group is not None:
            by_group.setdefault(record.group, path)
    found = []
    for record in test:
        for kind, key, known in (
            (EQUAL_BYTES, record.sha256, by_bytes),
            (EQUAL_PIXELS, record.pixels_sha256, by_pixels),
            (SAME_ORIGINAL, record.first_sha256, by_original),
            (SHARED_GROUP, record.group, by_group),
        ):
            if key in known:
                found.append(Leak(record.path, known[key], kind))
                break
    return found


def refuse_synthetic(images: LabeledImages, flag: str, mend: str) -> None:
    """Raises InputError naming the synthetic images of a set that must be real."""
    unreal = [example.path for example in images.examples if example.origin != REAL]
    if unreal:
        raise InputError(
            f"{flag} has {_counted(len(unreal), 'synthetic image')} ({_listed(unreal)}); {mend}"
        )


def refuse_leaks(
    kind: str,
    images: Sequence[TrainedOnImage],
    seen_by: Iterable[tuple[str, Iterable[TrainedOnImage]]],
) -> None:
    """Checks that no image that is kept apart was trained on.

    Args:
      kind: "test" or "validation".
      images: ``identities`` of the images of ``--<kind>_data``.
      seen_by: who saw what: ("--data", records), ("the training data of --synthetic=x", records).

    Raises:
      InputError: an image was seen; names the files, by whom and how it is known.
    """
    for who, seen in seen_by:
        found = leaks(images, seen)
        if found:
            pairs = [_pair(leak) for leak in found]
            raise InputError(
                f"{_counted(len(found), f'{kind} image')} of --{kind}_data seen in {who}: "
                f"{_listed(pairs)}; give images that training never saw"
            )


def _pair(leak: Leak) -> str:
    seen = f" = {leak.seen_path}" if leak.seen_path else ""
    return f"{leak.path}{seen} ({leak.kind})"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count > 1 else ''}"


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")
