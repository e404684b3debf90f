"""Errors that name the layout that was found, and what reads it without losing an image."""

from collections.abc import Sequence
from pathlib import Path

from data_tools.errors import InputError
from data_tools.folders.entries import FolderReader, image_files, is_image_file

_NUM_NAMED = 3


def refuse_loose_images(reader: FolderReader, folder: str, names: Sequence[str]) -> None:
    """Raise InputError if any of the files beside label folders is an image."""
    loose = [name for name in names if is_image_file(reader.root / folder / name)]
    if loose:
        raise InputError(
            f"{reader.root / folder} has {_images(len(loose))} ({_listed(loose)}) beside its label "
            "folders; move them into the folder of their label, or pass --unlabeled "
            "--nested=flatten (convert, inspect, train) to read all images as one class"
        )


def no_label_folders(reader: FolderReader, names: Sequence[str]) -> InputError:
    """Return the error for a folder without folders."""
    root = reader.root
    num_images = sum(is_image_file(root / name) for name in names)
    if num_images:
        return InputError(
            f"{root} has {_images(num_images)} and no label folders; put them into one folder per "
            "label, sort them by a table with --op=sort_by_csv, or pass --unlabeled for one class"
        )
    what = "is empty" if not names else "has no label folders and no images"
    hidden = "".join(f"; {path!r} {reason}" for path, reason in reader.unexpected()[:1])
    return InputError(f"{root} {what}{hidden}; expected one folder of images per label")


def no_images(reader: FolderReader, folder: str) -> InputError:
    """Return the error for a label folder without images."""
    reasons = "".join(f" ({path!r} {reason})" for path, reason in reader.unexpected(folder)[:1])
    return InputError(
        f"label folder {str(reader.root / folder)!r} has no images{reasons}; add some or remove it"
    )


def nested_folders(
    reader: FolderReader, nested: Sequence[tuple[str, tuple[str, ...]]]
) -> InputError:
    """Return the error for folders inside label folders.

    Args:
      reader: reader of the root.
      nested: relative path of each, and the parts of its joined label.
    """
    root = reader.root
    folders = [folder for folder, _ in nested]
    num_images = sum(_num_images(root / folder) for folder in folders)
    label, joined_label = nested[0][1][0], "_".join(nested[0][1])
    return InputError(
        f"{root} has {_images(num_images)} in folders inside label folders ({_listed(folders)}); "
        f"{_split_hint(folders)}pass --nested=flatten (convert, inspect, train) to read "
        f"{folders[0]!r} as the label {label!r}, or --nested=join as {joined_label!r}"
    )


def unlabeled_splits(
    reader: FolderReader, unlabeled: Sequence[str], labeled: Sequence[str]
) -> InputError:
    """Return the error for splits without label folders beside splits that have them."""
    root, folder = reader.root, unlabeled[0]
    num_images = _num_images(root / folder)
    if not num_images:
        return InputError(f"{root / folder} has no images; add some or remove it")
    alone = " or ".join(str(root / one) for one in labeled)
    return InputError(
        f"{root / folder} has {_images(num_images)} without label folders, but "
        f"{_listed(labeled)} has label folders; give {alone} alone; {root / folder} alone is read "
        "as one class with --unlabeled, or sorted by a table with --op=sort_by_csv"
    )


def unknown_splits(
    reader: FolderReader, others: Sequence[str], splits: Sequence[str]
) -> InputError:
    """Return the error for folders beside splits whose names mean no split."""
    root = reader.root
    num_images = sum(_num_images(root / folder) for folder in others)
    return InputError(
        f"{_listed(others)} in {root} ({_images(num_images)}) does not name a split, but "
        f"{_listed(splits)} does; rename it (train, validation or test), move it out of {root}, "
        f"or give {root / splits[0]} alone"
    )


def same_split(reader: FolderReader, folders: Sequence[str], split: str) -> InputError:
    """Return the error for two folders that mean the same split."""
    return InputError(
        f"{' and '.join(map(repr, folders))} in {reader.root} both mean the split {split!r}; "
        "move the images into one of them, or rename one"
    )


def folders_of_one_class(root: Path, folder: str, names: Sequence[str]) -> InputError:
    """Return the error for ``--unlabeled`` with folders in the root or in a split."""
    num_images = sum(_num_images(root / folder / name) for name in names)
    return InputError(
        f"{root / folder} has folders ({_listed(names)}) with {_images(num_images)}; remove "
        "--unlabeled, or add --nested=flatten to read all images as one class"
    )


def repeated_note(folders: Sequence[str]) -> str | None:
    """Return the line that names folders of the same name inside each other, None for none."""
    if not folders:
        return None
    return f"folders inside folders of the same name are read as one: {_listed(folders)}"


def _split_hint(folders: Sequence[str]) -> str:
    """Return a hint if all label folders have the same folders inside, as splits or folds do."""
    inside: dict[str, set[str]] = {}
    for folder in folders:
        parent, _, name = folder.rpartition("/")
        inside.setdefault(parent, set()).add(name)
    sets = list(inside.values())
    if len(sets) < 2 or not set.intersection(*sets):
        return ""
    return f"if {_listed(list(inside))} are splits, name them train, validation or test, else "


def _num_images(folder: Path) -> int:
    return sum(1 for _ in image_files(folder))


def _images(number: int) -> str:
    return f"{number} image" + ("" if number == 1 else "s")


def _listed(names: Sequence[str]) -> str:
    more = ", ..." if len(names) > _NUM_NAMED else ""
    return ", ".join(map(repr, names[:_NUM_NAMED])) + more
