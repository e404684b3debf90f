"""Where images come from: a spec opens to the same kind of `Source`, whatever is behind it.

A new kind of source is one file here and one line in `SOURCES`; its module has
`matches(spec, folder) -> bool` and `open_spec(spec, folder, unlabeled) -> Source`.
"""

from pathlib import Path
from types import ModuleType

from data_tools.errors import InputError
from data_tools.files.locations import find_folder
from data_tools.sources import digits, folder, idx, records, tfds
from data_tools.sources.source import Example, Source, split_or_all

#: Kinds of sources; the first that matches a spec opens it, a plain folder matches last.
SOURCES: dict[str, ModuleType] = {
    "sklearn": digits,
    "tfds": tfds,
    "records": records,
    "idx": idx,
    "folder": folder,
}

# Specs that begin so name a library's data set, all others a folder.
_LIBRARIES = ("sklearn:", "tfds:")

__all__ = ["SOURCES", "Example", "Source", "is_flat_folder", "open_source", "split_or_all"]


def open_source(
    spec: str | Path, *, unlabeled: bool = False, allow_unexpected: bool = False
) -> Source:
    """Opens a data set without reading its images.

    Args:
      spec: a folder root/<label>/<image> or root/{train,validation,test}/<label>/<image>, a folder
        of TFRecords, a folder of MNIST idx files, "sklearn:digits" or "tfds:NAME". A relative path
        is sought in the working directory, then in $GAN_TF_DATA_DIR.
      unlabeled: takes a folder of images without label folders as one class.
      allow_unexpected: leaves what is neither label folder nor image in `Source.unexpected_files`
        instead of refusing it.

    Raises:
      InputError: if there is no such source, or it is not laid out as one.
    """
    spec = str(spec)
    path = None if spec.startswith(_LIBRARIES) else find_folder(spec)
    for kind in SOURCES.values():
        if kind.matches(spec, path):
            source = kind.open_spec(spec, path, unlabeled)
            break
    if not source.examples and not source.unexpected_files:
        raise InputError(f"{spec} holds no images")
    if source.unexpected_files and not allow_unexpected:
        unexpected = source.unexpected_files[0]
        raise InputError(f"{unexpected.path!r} in {spec} {unexpected.reason}; move it away")
    return source


def is_flat_folder(spec: str) -> bool:
    """Whether a spec names a folder without folders in it, other than TFRecords or idx files."""
    if spec.startswith(_LIBRARIES):
        return False
    path = find_folder(spec)
    if any(SOURCES[kind].matches(spec, path) for kind in ("records", "idx")):
        return False
    return not any(child.is_dir() and not child.name.startswith(".") for child in path.iterdir())
