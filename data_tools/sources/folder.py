"""A folder of images, with or without our manifest."""

import os
import warnings
from array import array
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from data_tools.errors import Caution, InputError
from data_tools.folders.labeled_folder import list_labeled_folder
from data_tools.folders.listing import FolderListing, ImageFile, ImageFiles, expected_names
from data_tools.folders.recorded_folder import list_recorded_folder
from data_tools.folders.unlabeled_folder import list_unlabeled_folder
from data_tools.formats.dataset_info import DatasetInfo, read_dataset_info
from data_tools.formats.manifest import (
    MANIFEST_FILE,
    REAL,
    ImageRecord,
    Manifest,
    read_trained_on,
)
from data_tools.sources.source import (
    Example,
    LazyExamples,
    ManifestExamples,
    Source,
    read_checked_manifest,
)


@dataclass(frozen=True, slots=True)
class FileLoader:
    """Loader of a file in a folder."""

    root: str
    path: str

    @property
    def file(self) -> str:
        """Path of the file."""
        return f"{self.root}/{self.path}"

    def __call__(self) -> bytes:
        """Return the content of the file."""
        # Half the time of ``open``, which matters for 60,000 small files.
        file = os.open(self.file, os.O_RDONLY)
        try:
            return os.read(file, os.fstat(file).st_size)
        finally:
            os.close(file)


def matches(spec: str, path: Path | None) -> bool:
    """Return whether the spec names a folder."""
    return path is not None and path.is_dir()


def open_spec(spec: str, folder: Path, unlabeled: bool, nested: str | None = None) -> Source:
    """Open a folder of images; see ``data_tools.sources.open_source``."""
    info = read_dataset_info(folder)
    dataset_name = info.name if info else folder.resolve().name
    known = expected_names(dataset_name, folder.resolve().name)
    root = str(folder.resolve())
    split_ids, shape = None, None
    if info is not None and (folder / MANIFEST_FILE).is_file() and not unlabeled:
        listing = list_recorded_folder(folder, known, info.classes, info.splits)
        manifest, split_ids = _checked_manifest(spec, folder, info, listing)
        make = ManifestExamples(manifest, partial(_recorded_loader, root))
        num_examples, shape = len(manifest), info.common_shape
    else:
        list_folder = list_unlabeled_folder if unlabeled else list_labeled_folder
        listing = list_folder(folder, known, nested)
        make = partial(_file_example, root, listing.files)
        num_examples = len(listing.files)
    for note in listing.notes:
        warnings.warn(f"{spec}: {note}", Caution, stacklevel=2)
    return Source(
        spec=spec,
        name=dataset_name,
        class_names=listing.class_names,
        splits=listing.splits,
        examples=LazyExamples(make, range(num_examples)),
        unexpected_files=listing.unexpected_files,
        trained_on=tuple(read_trained_on(folder)),
        folder=folder,
        split_ids=split_ids,
        shape=shape,
    )


def _recorded_loader(root: str, index: int, record: ImageRecord) -> FileLoader:
    return FileLoader(root, record.path)


def _file_example(root: str, files: ImageFiles, index: int) -> Example:
    path, label, split, file = files[index]
    # Without a manifest, images count as real.
    moved = None if file == path else file
    return Example(path, label, split, None, REAL, FileLoader(root, file), file=moved)


def _checked_manifest(
    spec: str, folder: Path, info: DatasetInfo, listing: FolderListing
) -> tuple[Manifest, array]:
    """Return the manifest and its split ids if it names exactly the files in the folder."""
    # A sum of hashes compares the two sets of paths without storing either.
    recorded = 0

    def visit(record: ImageRecord) -> None:
        nonlocal recorded
        recorded += hash(_file_of(record))

    manifest, split_ids = read_checked_manifest(spec, folder, info, visit)
    if recorded != sum(map(hash, listing.files)):
        _refuse_difference(spec, set(listing.files), manifest)
    return manifest, split_ids


def _file_of(record: ImageRecord) -> ImageFile:
    return ImageFile(record.path, record.label, record.split, record.path)


def _refuse_difference(spec: str, files: set[ImageFile], manifest: Manifest) -> None:
    for record in manifest:
        file = _file_of(record)
        if file not in files:
            raise InputError(
                f"{spec}: {record.path!r} of its manifest is missing; see data_tools verify"
            )
        files.remove(file)
    for file in sorted(files):
        raise InputError(
            f"{spec}: {file.path!r} is not in its manifest; remove it, "
            "or remove manifest.jsonl and dataset.json to use the folder as it is"
        )
