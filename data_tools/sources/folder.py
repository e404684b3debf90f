"""A folder of images, with our manifest or without."""

from dataclasses import dataclass
from pathlib import Path

from data_tools.errors import InputError
from data_tools.folders import FolderListing, list_labelled_folder, list_unlabelled_folder
from data_tools.manifest import (
    MANIFEST_FILE,
    REAL,
    Card,
    ImageRecord,
    read_card,
    read_manifest,
    read_trained_on,
)
from data_tools.sources.source import Example, Source


@dataclass(frozen=True, slots=True)
class FileBytes:
    """Reads one file of a folder."""

    root: str
    path: str

    def __call__(self) -> bytes:
        """Returns the content of the file."""
        with open(f"{self.root}/{self.path}", "rb") as file:
            return file.read()


def matches(spec: str, folder: Path | None) -> bool:
    """Any folder that no other kind has claimed."""
    return folder is not None


def open_kind(spec: str, folder: Path, unlabelled: bool) -> Source:
    """Opens a labelled folder, or with `unlabelled` a folder of images as one class."""
    card = read_card(folder)
    card_name = card.name if card else ""
    scan = list_unlabelled_folder if unlabelled else list_labelled_folder
    listing = scan(folder, card_name)
    records = {}
    if card is not None and (folder / MANIFEST_FILE).is_file() and not unlabelled:
        records = {record.path: record for record in read_manifest(folder)}
        _check_listing(spec, listing, card, records)
    root = str(folder.resolve())
    prefix = f"{listing.class_names[0]}/" if unlabelled else ""
    examples = []
    for path, label, split in listing.files:
        record = records.get(path)
        examples.append(
            Example(
                path=prefix + path,
                label=label,
                split=split,
                group=record.group if record else None,
                origin=record.origin if record else REAL,
                load=FileBytes(root, path),
                sha256=record.sha256 if record else None,
                history=record.history if record else (),
            )
        )
    return Source(
        spec=spec,
        name=card_name or folder.resolve().name,
        class_names=card.classes if records else listing.class_names,
        splits=listing.splits,
        examples=examples,
        strays=listing.strays,
        trained_on=tuple(read_trained_on(folder)),
    )


def _check_listing(
    spec: str, listing: FolderListing, card: Card, records: dict[str, ImageRecord]
) -> None:
    found = {file.path: file for file in listing.files}
    for path, record in records.items():
        file = found.get(path)
        if file is None:
            raise InputError(f"{spec}: {path!r} of its manifest is missing; see data_tools verify")
        if (file.label, file.split) != (record.label, record.split):
            raise InputError(f"{spec}: {path!r} is not where its manifest has it")
        if record.label not in card.classes:
            raise InputError(f"{spec}: {path!r} has a label that dataset.json does not know")
    for path in found:
        if path not in records:
            raise InputError(
                f"{spec}: {path!r} is not in its manifest; remove it, "
                "or remove manifest.jsonl and dataset.json to take the folder as it is"
            )
