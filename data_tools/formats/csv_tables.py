"""CSV tables that describe images: one row per image, identified by its file name."""

import csv
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from data_tools.errors import InputError
from data_tools.files.locations import candidate_paths

# Columns of the ISIC challenges and of HAM10000.
KNOWN_ID_COLUMNS = ("image", "image_id", "image_name", "isic_id")
KNOWN_LABEL_COLUMNS = ("dx", "label")
KNOWN_GROUP_COLUMNS = ("lesion_id", "patient_id")


class Table(NamedTuple):
    """A CSV table.

    Attributes:
      name: name in error messages.
      columns: column names in order.
      rows: values by column name.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]

    def column(self, name: str | None, known: Sequence[str], flag: str) -> str:
        """Return the name of a column.

        Args:
          name: name of the column, None for the first known one.
          known: names that the column usually has.
          flag: flag that sets the name, for the error message.

        Raises:
          InputError: the table has no such column.
        """
        for candidate in known if name is None else (name,):
            if candidate in self.columns:
                return candidate
        wanted = name or " or ".join(known)
        raise InputError(
            f"{self.name} has no column {wanted}; pass {flag}, one of {', '.join(self.columns)}"
        )


def read_table(file: str) -> Table:
    """Read a CSV file, looked up here and in $GAN_TF_DATA_DIR.

    Raises:
      InputError: there is no such file, or it is not a table.
    """
    path = _find_file(file)
    try:
        with open(path, newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream, strict=True)
            columns = tuple(reader.fieldnames or ())
            rows = tuple(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is not a CSV file ({error})") from None
    if not rows or len(set(columns)) != len(columns):
        raise InputError(f"{path} has no rows or duplicate column names")
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise InputError(f"{path}, line {number} does not have {len(columns)} values")
    return Table(str(path), columns, rows)


def groups_by_id(table: Table, id_column: str | None, group_column: str | None) -> dict[str, str]:
    """Return the groups of the images that have one; an empty cell is no group.

    Args:
      table: one row per image.
      id_column: None for a known one.
      group_column: None for a known one.
    """
    ids = table.column(id_column, KNOWN_ID_COLUMNS, "--id_column")
    groups = table.column(group_column, KNOWN_GROUP_COLUMNS, "--group_column")
    return {file_id(row[ids]): row[groups] for row in table.rows if row[groups]}


def file_id(name: str) -> str:
    """Return what identifies an image in a table: its file name without folders and suffix.

    >>> file_id("images/ISIC_0000001.jpg")
    'ISIC_0000001'
    """
    path = PurePosixPath(name)
    suffixes = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".tif", ".tiff", ".bmp")
    return path.stem if path.suffix.lower() in suffixes else path.name


def _find_file(file: str) -> Path:
    for candidate in candidate_paths(file):
        if candidate.is_file():
            return candidate
    raise InputError(f"there is no file {file!r}; check the path")
