"""A folder of images, with our manifest or without."""

import os
from array import array
from dataclasses import dataclass
from pathlib import Path

from data_tools.errors import InputError
from data_tools.formats.dataset_info import DatasetInfo, read_dataset_info
from data_tools.formats.image_folder import (
    FolderListing,
    ImageFile,
    ImageFiles,
    list_labeled_folder,
    list_unlabeled_folder,
)
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
    RecordedExample,
    Source,
    read_checked_manifest,
)


@dataclass(frozen=True, slots=True)
class FileLoader:
    """Reads one file of a folder."""

    root: str
    path: str

    def __call__(self) -> bytes:
        """Returns the content of the file."""
        # Half the time of `open`, which counts where 60,000 files are small.
        file = os.open(f"{self.root}/{self.path}", os.O_RDONLY)
        try:
            return os.read(file, os.fstat(file).st_size)
        finally:
            os.close(file)


def matches(spec: str, folder: Path | None) -> bool:
    """Any folder that no other kind has claimed."""
    return folder is not None


@dataclass(frozen=True, slots=True)
class FileExample:
    """Makes the example of a file by its number."""

    root: str
    files: ImageFiles
    prefix: str

    def __call__(self, index: int) -> Example:
        """Returns the example; a file without manifest is taken for a real image."""
        path, label, split = self.files[index]
        return Example(self.prefix + path, label, split, None, REAL, FileLoader(self.root, path))


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """Finds the file of a line of the manifest."""

    root: str

    def __call__(self, index: int, record: ImageRecord) -> FileLoader:
        """Returns what loads it."""
        return FileLoader(self.root, record.path)


def open_spec(spec: str, folder: Path, unlabeled: bool) -> Source:
    """Opens a labeled folder, or with `unlabeled` a folder of images as one class."""
    info = read_dataset_info(folder)
    dataset_name = info.name if info else ""
    scan = list_unlabeled_folder if unlabeled else list_labeled_folder
    listing = scan(folder, dataset_name)
    root = str(folder.resolve())
    class_names, splits, split_ids = listing.class_names, listing.splits, None
    if info is not None and (folder / MANIFEST_FILE).is_file() and not unlabeled:
        lines, split_ids = _checked_manifest(spec, folder, info, listing)
        examples = LazyExamples(RecordedExample(lines, RecordedFile(root)), range(len(lines)))
        class_names, splits = info.classes, info.splits
    else:
        prefix = f"{class_names[0]}/" if unlabeled else ""
        make = FileExample(root, listing.files, prefix)
        examples = LazyExamples(make, range(len(listing.files)))
    return Source(
        spec=spec,
        name=dataset_name or folder.resolve().name,
        class_names=class_names,
        splits=splits,
        examples=examples,
        unexpected_files=listing.unexpected_files,
        trained_on=tuple(read_trained_on(folder)),
        folder=folder,
        split_ids=split_ids,
    )


def _checked_manifest(
    spec: str, folder: Path, info: DatasetInfo, listing: FolderListing
) -> tuple[Manifest, array]:
    """Returns the manifest's lines, if they name the files that the folder holds, and split ids."""
    # A sum of hashes compares the two sets of paths without holding either in memory.
    recorded = 0

    def visit(record: ImageRecord) -> None:
        nonlocal recorded
        recorded += hash((record.path, record.label, record.split))

    lines, split_ids = read_checked_manifest(spec, folder, info, visit)
    if recorded != sum(map(hash, listing.files)):
        _refuse_difference(spec, set(listing.files), lines)
    return lines, split_ids


def _refuse_difference(spec: str, found: set[ImageFile], lines: Manifest) -> None:
    for record in lines:
        file = ImageFile(record.path, record.label, record.split)
        if file not in found:
            raise InputError(
                f"{spec}: {record.path!r} of its manifest is missing; see data_tools verify"
            )
        found.remove(file)
    for file in sorted(found):
        raise InputError(
            f"{spec}: {file.path!r} is not in its manifest; remove it, "
            "or remove manifest.jsonl and dataset.json to take the folder as it is"
        )
