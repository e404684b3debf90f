"""The rows of a table joined with the images of a source."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from data_tools.conversion.options import ConversionOptions
from data_tools.conversion.unmatched import difference, samples
from data_tools.errors import InputError
from data_tools.formats.csv_tables import KNOWN_GROUP_COLUMNS, Table, read_table
from data_tools.formats.image_ids import Found, ImageIndex, ImageName
from data_tools.options import option
from data_tools.sources import Example, Source


@dataclass(frozen=True, kw_only=True)
class JoinOptions(ConversionOptions):
    """Options of an operation that joins tables with images."""

    id_column: str | None = option(
        None,
        "Column with the name or path of the image, its extension optional; default: a known one.",
    )
    group_csv: str | None = option(None, "Table with the group of each image.")
    group_column: str = option(
        "auto", "Column with the groups; auto uses a known one, none ignores groups."
    )
    on_unmatched: str = option(
        "refuse",
        "Images without a row and rows without an image: refuse either, report the rows but "
        "refuse the images, or report both.",
        choices=("refuse", "report_rows", "report"),
    )


@dataclass(frozen=True)
class Join:
    """Which rows of a table describe which images.

    Attributes:
      table: the table.
      source: the source.
      rows: positions of the rows of each image that has any, by index of the image.
      unmatched_rows: positions of the rows without an image.
      note: what a user should know about how ids were matched, "" for nothing.
    """

    table: Table
    source: Source
    rows: Mapping[int, Sequence[int]]
    unmatched_rows: Sequence[int]
    note: str = ""

    def values(self, column: Sequence[str]) -> dict[int, str]:
        """Return the value of each image that has one in a column, by index of the image.

        Args:
          column: the values of all rows, "" for none.

        Raises:
          InputError: two rows of an image contradict each other.
        """
        values = {}
        for image, rows in self.rows.items():
            stated = [row for row in rows if column[row]]
            for row in stated[1:]:
                if column[row] != column[stated[0]]:
                    raise InputError(self._contradiction(image, stated[0], row, column))
            if stated:
                values[image] = column[stated[0]]
        return values

    def checked(self, images: Collection[int], on_unmatched: str) -> str:
        """Return the numbers of matched and unmatched images and rows, in one line for the user.

        Args:
          images: indices of the images that should have a row.
          on_unmatched: ``JoinOptions.on_unmatched``.

        Raises:
          InputError: none of the images has a row, or the option refuses what has no match.
        """
        images_without_row = self.images_without_row(images)
        if len(images_without_row) == len(images):
            raise InputError(self._no_match(images_without_row))
        rows_without_image = self.rows_without_image()
        num_images, num_rows = len(images), len(self.table.rows)
        note = (
            f"{self.table.name}: {num_images - len(images_without_row)} of {num_images} images "
            f"have a row, {num_rows - len(rows_without_image)} of {num_rows} rows have an image"
            f"{self.note}"
        )
        if images_without_row:
            note += f"; without a row: {samples(images_without_row)}"
        if rows_without_image:
            note += f"; without an image: {samples(rows_without_image)}"
        needed = "report" if images_without_row else "report_rows"
        is_complete = not images_without_row and not rows_without_image
        if is_complete or on_unmatched in ("report", needed):
            return note
        found = difference(rows_without_image, images_without_row)
        reason = f" ({found})" if found else ""
        raise InputError(f"{note}{reason}; mend the table or pass --on_unmatched={needed}")

    def images_without_row(self, images: Collection[int]) -> list[str]:
        """Return the paths of those images that have no row."""
        return [self.source.examples[image].path for image in images if image not in self.rows]

    def rows_without_image(self) -> list[str]:
        """Return the ids in the rows that have no image."""
        ids = self.table.ids
        return [ids[row] for row in self.unmatched_rows]

    def _no_match(self, paths: Sequence[str]) -> str:
        ids = self.table.ids
        what = f"no row of {self.table.name} names an image of {self.source.spec}"
        mend = "write the ids as the images are named"
        if found := difference(self.rows_without_image(), paths):
            return f"{what}: {found}; {mend}"
        return (
            f"{what}: line {self.table.lines[0]} has {ids[0]!r}, the first image is {paths[0]!r}; "
            f"{mend}, or pass --id_column"
        )

    def _contradiction(self, image: int, first: int, second: int, column: Sequence[str]) -> str:
        lines = self.table.lines
        return (
            f"{self.table.name}: lines {lines[first]} and {lines[second]} name the same image "
            f"{self.source.examples[image].source_path!r} with {column[first]!r} and "
            f"{column[second]!r}; keep one"
        )


def joined(table: Table, source: Source, index: ImageIndex, extension: str | None = None) -> Join:
    """Return the join of a table with a source.

    A row matches as much of a path as its id gives. If ids begin with folders above the source, as
    ``data/raw/`` in ``data/raw/a/001.jpg``, these must be the same in all rows; of several, those
    that the source is in are meant, and the other rows name images elsewhere.

    Args:
      table: one or several rows for each image.
      source: the images.
      index: ``image_index(source)``.
      extension: suffix of the images whose ids have none; None for any.

    Raises:
      InputError: an id may mean several images, or it is open which folder the source is.
    """
    ids = table.ids
    found = [index.find(image_id, extension) for image_id in ids]
    for row, (images, *_) in enumerate(found):
        if len(images) > 1:
            _refuse_ambiguous(table, row, [source.examples[image] for image in images])
    meant = _folders_meant(table, source, found)
    rows: dict[int, list[int]] = {}
    unmatched = []
    for row, (images, excess, _) in enumerate(found):
        if not images or excess not in meant:
            unmatched.append(row)
            continue
        for image in images:
            rows.setdefault(image, []).append(row)
    other = [ids[row] for row, one in enumerate(found) if one.has_other_suffix]
    note = f"; with another extension than their images: {samples(other)}" if other else ""
    return Join(table, source, rows, unmatched, note)


def image_index(source: Source) -> ImageIndex:
    """Return the index of a source's images by their paths, before earlier conversions too."""
    return ImageIndex(_names(source))


def group_join(
    source: Source, options: JoinOptions, index: ImageIndex, extension: str | None = None
) -> tuple[Join, dict[int, str]] | None:
    """Return the join with ``--group_csv`` and the groups by index, None without that table.

    An empty cell is no group.

    Raises:
      InputError: see ``joined`` and ``Join.values``.
    """
    if options.group_csv is None or options.group_column == "none":
        return None
    join = joined(read_table(options.group_csv, options.id_column), source, index, extension)
    return join, join.values(group_cells(join.table, options))


def group_cells(table: Table, options: JoinOptions) -> list[str]:
    """Return the group in each row, "" for none."""
    name = None if options.group_column == "auto" else options.group_column
    column = table.column(name, KNOWN_GROUP_COLUMNS, "--group_column")
    return [row[column] for row in table.rows]


def _names(source: Source) -> Iterator[ImageName]:
    for image, example in enumerate(source.examples):
        yield ImageName(image, example.path)
        if example.file is not None:
            yield ImageName(image, example.file)
        for step in example.history:
            if "path" in step:
                yield ImageName(image, step["path"], step.get("source", ""))


def _refuse_ambiguous(table: Table, row: int, examples: Sequence[Example]) -> None:
    """Raise InputError unless the images were made from one original, as the tiles of a crop."""
    first, *others = examples
    for other in others:
        if _original(other) != _original(first):
            raise InputError(
                f"{table.name}, line {table.lines[row]}: {table.ids[row]!r} names "
                f"{first.source_path!r} and {other.source_path!r}; write as much of the path "
                "or extension as tells them apart"
            )


def _original(example: Example) -> tuple[str, ...]:
    for step in islice(example.history, 1):
        if "path" in step:
            return step.get("source", ""), step["path"], step.get("sha256", "")
    return (example.source_path,)


def _folders_meant(table: Table, source: Source, found: Sequence[Found]) -> set[str]:
    """Return what the ids may have before the paths of images, of all that they have."""
    rows = {one.excess: row for row, one in enumerate(found) if one.images}
    common = partial(_num_common, _folders_above(source))
    here = max(rows, key=lambda excess: (common(excess), len(excess)), default="")
    for excess, row in rows.items():
        if common(excess) == common(here) and not _may_be_one(excess, here):
            first, second = (
                f"line {table.lines[one]} {table.ids[one]!r}" for one in sorted((row, rows[here]))
            )
            raise InputError(
                f"{table.name} has in {first} and in {second}, and {source.spec} is only one of "
                "the two folders; begin the ids with the folders inside it"
            )
    return {excess for excess in rows if _may_be_one(excess, here)}


def _folders_above(source: Source) -> tuple[str, ...]:
    """Return the folders that the paths of a source's images are relative to."""
    if source.folder is None:
        return ()
    folder = source.folder.resolve()
    # The paths of an unlabeled folder begin with its own name.
    is_unlabeled = source.class_names == (folder.name,) and not Path(folder, folder.name).is_dir()
    return (folder.parent if is_unlabeled else folder).parts


def _num_common(folders: Sequence[str], excess: str) -> int:
    """Return how many folders at the end of a path and of an id's excess agree."""
    number = 0
    for one, other in zip(reversed(folders), reversed(excess.split("/")), strict=False):
        if one != other:
            break
        number += 1
    return number


def _may_be_one(one: str, other: str) -> bool:
    """Return whether two paths agree as far as both go; "" agrees with any."""
    shorter, longer = sorted((one, other), key=len)
    return not shorter or f"/{longer}".endswith(f"/{shorter}")
