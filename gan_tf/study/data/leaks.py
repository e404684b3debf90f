"""Leaks: held-out images seen in training, by bytes, pixels, original file or group."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from data_tools.errors import InputError
from data_tools.formats.manifest import REAL, TrainedOnImage
from gan_tf.inputs.images import LabeledImages

MAX_NAMES = 5

IDENTICAL_BYTES = "identical bytes"
IDENTICAL_PIXELS = "identical pixels"
SAME_ORIGINAL = "same original file"
SAME_GROUP = "same group"


class Leak(NamedTuple):
    """A held-out image that was seen in training.

    Attributes:
      path: of the held-out image.
      seen_path: of the training image; "" if the generator's list was stripped of paths.
      kind: IDENTICAL_BYTES, IDENTICAL_PIXELS, SAME_ORIGINAL or SAME_GROUP.
    """

    path: str
    seen_path: str
    kind: str


def leaks(held_out: Iterable[TrainedOnImage], seen: Iterable[TrainedOnImage]) -> list[Leak]:
    """Return the held-out images that occur in ``seen``, each once, by the strongest evidence.

    Images that were resized or cropped from one image share the original file in their histories.
    """
    by_bytes, by_pixels, by_original, by_group = {}, {}, {}, {}
    for record in seen:
        path = record.path or ""
        by_bytes.setdefault(record.sha256, path)
        by_pixels.setdefault(record.pixels_sha256, path)
        by_original.setdefault(record.first_sha256, path)
        if record.group is not None:
            by_group.setdefault(record.group, path)
    leaked = []
    for record in held_out:
        for kind, key, seen_paths in (
            (IDENTICAL_BYTES, record.sha256, by_bytes),
            (IDENTICAL_PIXELS, record.pixels_sha256, by_pixels),
            (SAME_ORIGINAL, record.first_sha256, by_original),
            (SAME_GROUP, record.group, by_group),
        ):
            if key in seen_paths:
                leaked.append(Leak(record.path, seen_paths[key], kind))
                break
    return leaked


def refuse_synthetic(images: LabeledImages, flag: str, remedy: str) -> None:
    """Raise an InputError that names the synthetic images of a set that must be real."""
    paths = [example.path for example in images.examples if example.origin != REAL]
    if paths:
        raise InputError(
            f"{flag} has {_counted(len(paths), 'synthetic image')} ({_listed(paths)}); {remedy}"
        )


def refuse_leaks(
    kind: str,
    held_out: Sequence[TrainedOnImage],
    seen_by: Iterable[tuple[str, Iterable[TrainedOnImage]]],
) -> None:
    """Check that no held-out image was trained on.

    Args:
      kind: "test" or "validation".
      held_out: ``identities`` of the images of ``--<kind>_data``.
      seen_by: name and records of every training set: ("--data", records), ("the training data of
        --synthetic=x", records).

    Raises:
      InputError: an image was seen; names the files, the training set and the evidence.
    """
    for training_set, seen in seen_by:
        pairs = [_pair(leak) for leak in leaks(held_out, seen)]
        if pairs:
            raise InputError(
                f"--{kind}_data has {_counted(len(pairs), f'{kind} image')} that "
                f"{'occurs' if len(pairs) == 1 else 'occur'} in {training_set}: {_listed(pairs)}; "
                "use images that were never trained on"
            )


def _pair(leak: Leak) -> str:
    seen = f" = {leak.seen_path}" if leak.seen_path else ""
    return f"{leak.path}{seen} ({leak.kind})"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count > 1 else ''}"


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - MAX_NAMES
    return ", ".join(names[:MAX_NAMES]) + (f" and {rest} more" if rest > 0 else "")
