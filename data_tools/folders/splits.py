"""Which folders of a root are splits: those that people name so, and whose folders are labels."""

from typing import NamedTuple

from data_tools.folders import layout_errors
from data_tools.folders.entries import Entries, FolderReader, joined
from data_tools.formats.dataset_info import SPLITS, split_named, split_note


class SplitFolders(NamedTuple):
    """Folders whose folders are labels.

    Attributes:
      folders: relative paths ("" for the root) by split ("" if there is none), in order.
      notes: lines that say how names were read.
    """

    folders: dict[str, str]
    notes: tuple[str, ...]


def find_splits(reader: FolderReader, top: Entries) -> SplitFolders:
    """Return the splits of a root with label folders; the root itself if it has no splits.

    Args:
      reader: reader of the root.
      top: entries of the root.

    Raises:
      InputError: a folder beside splits is none, has no labels, or means the split of another.
    """
    named = {name: split for name in top.folders if (split := split_named(name))}
    paths = {name: innermost(reader, name) for name in named}
    labeled = [name for name in named if reader.entries(paths[name]).folders]
    if not labeled:
        return SplitFolders({"": ""}, _read_as_labels(list(named)))
    if others := [name for name in top.folders if name not in named]:
        raise layout_errors.unknown_splits(reader, others, list(named))
    folders = one_folder_per_split(reader, list(named))
    if unlabeled := [name for name in named if name not in labeled]:
        raise layout_errors.unlabeled_splits(reader, unlabeled, labeled)
    return split_folders({split: paths[name] for split, name in folders.items()})


def one_folder_per_split(reader: FolderReader, names: list[str]) -> dict[str, str]:
    """Return the folder of each split, in the order of ``SPLITS``.

    Raises:
      InputError: two folders mean the same split.
    """
    folders = {}
    for split in SPLITS:
        if same := [name for name in names if split_named(name) == split]:
            if len(same) > 1:
                raise layout_errors.same_split(reader, same, split)
            folders[split] = same[0]
    return folders


def split_folders(folders: dict[str, str]) -> SplitFolders:
    """Return splits by the paths of their folders, with the line about other names."""
    note = split_note(folders)
    return SplitFolders(folders, (note,) if note else ())


def innermost(reader: FolderReader, folder: str) -> str:
    """Return the innermost of folders of the same name inside each other."""
    while inside := repeated_folder(reader, folder, reader.entries(folder)):
        folder = inside
    return folder


def repeated_folder(reader: FolderReader, folder: str, entries: Entries) -> str | None:
    """Return the path of a folder of the same name that is all that a folder has, or None.

    Archives are often unpacked into a folder of the name that they contain.
    """
    inside = joined(folder, folder.rpartition("/")[2])
    is_repeated = entries == Entries([folder.rpartition("/")[2]], [])
    return inside if is_repeated and not reader.is_link(inside) else None


def _read_as_labels(named: list[str]) -> tuple[str, ...]:
    if not named:
        return ()
    return (
        f"{' and '.join(map(repr, named))} would name a split, but has no label folders, and is "
        "read as a label; if these are splits of one class, pass --unlabeled",
    )
