"""CSV tables that describe images: one row per image, identified by its name or path."""

import csv
import io
import operator
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from data_tools.errors import InputError
from data_tools.files.locations import candidate_paths
from data_tools.files.text import read_text

# Columns of the ISIC challenges and of HAM10000.
KNOWN_ID_COLUMNS = ("image", "image_id", "image_name", "isic_id")
KNOWN_LABEL_COLUMNS = ("dx", "label")
KNOWN_GROUP_COLUMNS = ("lesion_id", "patient_id")

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
# What spreadsheets in Western Europe and America save unless told otherwise.
_FALLBACK_ENCODING = "cp1252"
# First line of some spreadsheets' exports, which names the delimiter.
_DELIMITER_LINE = re.compile(r'"?sep=([,;\t|])"?[\r\n]+')


class Record(NamedTuple):
    """The values between delimiters.

    Attributes:
      line: number of the line where they begin.
      values: the values, composed and without blanks around them.
      num_changed: number of values that are written in another way.
    """

    line: int
    values: list[str]
    num_changed: int


class Table(NamedTuple):
    """A CSV table.

    Attributes:
      name: name in error messages.
      columns: column names in order.
      rows: values by column name, in Unicode's composed form (NFC), without blanks around them.
      lines: number of the line where each row begins.
      id_column: the column that identifies the image.
      notes: what a user should know about how the file was read.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    lines: tuple[int, ...]
    id_column: str
    notes: tuple[str, ...]

    @property
    def ids(self) -> list[str]:
        """The image id in each row."""
        return [row[self.id_column] for row in self.rows]

    def known_column(self, known: Sequence[str]) -> str | None:
        """Return the first known column that the table has, or None."""
        return _known_column(self.columns, known)

    def column(self, name: str | None, known: Sequence[str], flag: str) -> str:
        """Return the name of a column.

        Args:
          name: name of the column, None for the first known one.
          known: names that the column usually has; their letter case does not matter.
          flag: flag that sets the name, for the error message.

        Raises:
          InputError: the table has no such column.
        """
        return _column(self.name, self.columns, name, known, flag)


def read_table(file: str, id_column: str | None) -> Table:
    """Read a CSV file, looked up here and in $GAN_TF_DATA_DIR.

    The delimiter is the comma, semicolon, tab or pipe that divides the header, the encoding UTF-8,
    UTF-16 with a byte order mark, or else cp1252. Blanks around a value are no part of it, and
    rows without any value are left out.

    Args:
      file: path of the file.
      id_column: the column that identifies the image, None for a known one.

    Raises:
      InputError: there is no such file, it is not a table, or a row has no image id.
    """
    path = _find_file(file)
    text = read_text(path, fallback=_FALLBACK_ENCODING)
    content, first_line, delimiter = text.content, 1, None
    if declared := _DELIMITER_LINE.match(content):
        content, first_line, delimiter = content[declared.end() :], 2, declared[1]
    names = KNOWN_ID_COLUMNS if id_column is None else (id_column,)
    delimiter = delimiter or _delimiter(content, names)
    try:
        records = list(_records(content, delimiter, first_line))
    except _NotCsv as error:
        raise InputError(
            f"{path}, line {error.line} is not CSV ({error}); check the quotation marks"
        ) from None
    if len(records) < 2:
        raise InputError(f"{path} has no rows; expected a header and a row for each image")
    columns = tuple(_without_empty_end(records[0].values))
    if len(set(columns)) != len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        raise InputError(f"{path} has two columns {twice!r}; rename one")
    ids = _column(str(path), columns, id_column, KNOWN_ID_COLUMNS, "--id_column")
    rows = tuple(_row(path, columns, record, delimiter, ids) for record in records[1:])
    notes = []
    if text.encoding == _FALLBACK_ENCODING:
        notes.append(f"{path} is read as {text.encoding}")
    if num_changed := sum(record.num_changed for record in records):
        notes.append(
            f"{path}: blanks around values and decomposed characters make no difference "
            f"({num_changed} values)"
        )
    lines = tuple(record.line for record in records[1:])
    return Table(str(path), columns, rows, lines, ids, tuple(notes))


class _NotCsv(Exception):
    """A fault in the syntax, with the line of the record that has it."""

    def __init__(self, error: csv.Error, line: int):
        super().__init__(str(error))
        self.line = line


def _records(text: str, delimiter: str, first_line: int = 1) -> Iterator[Record]:
    """Yield the records that have a value, normalized; the first is the header."""
    # newline="" keeps line breaks inside quotation marks as they are.
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True
    )
    while True:
        line = first_line + reader.line_num
        try:
            written = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _NotCsv(error, line) from None
        values = [unicodedata.normalize("NFC", value).strip() for value in written]
        if any(values):
            yield Record(line, values, sum(map(operator.ne, values, written)))


def _delimiter(text: str, id_columns: Sequence[str]) -> str:
    """Return what divides the header into columns of which one has the id of the image.

    A delimiter that is part of a column's name makes no such column, so there are never two.
    """
    num_columns = {}
    for delimiter in _DELIMITERS:
        try:
            header = next(_records(text, delimiter)).values
        except (StopIteration, _NotCsv):
            continue
        if _known_column(header, id_columns) is not None:
            return delimiter
        num_columns[delimiter] = len(header)
    return max(num_columns, key=num_columns.__getitem__, default=",")


def _row(
    path: Path, columns: Sequence[str], record: Record, delimiter: str, id_column: str
) -> dict[str, str]:
    line, values, _ = record
    excess = values[len(columns) :]
    if len(values) < len(columns) or any(excess):
        raise InputError(
            f"{path}, line {line} has {len(values)} values, its header {len(columns)}; quote a "
            f"value that has a {_DELIMITERS[delimiter]} in it"
        )
    row = dict(zip(columns, values, strict=False))
    if not row[id_column]:
        raise InputError(f"{path}, line {line} has no {id_column}; name the image or remove it")
    return row


def _without_empty_end(values: list[str]) -> list[str]:
    """Return the values without empty ones at the end, which a delimiter too many makes."""
    while values and not values[-1]:
        values = values[:-1]
    return values


def _known_column(columns: Sequence[str], known: Sequence[str]) -> str | None:
    for name in known:
        if name in columns:
            return name
    by_folded = {column.casefold(): column for column in columns}
    return next((by_folded[name] for name in map(str.casefold, known) if name in by_folded), None)


def _column(
    table_name: str, columns: Sequence[str], name: str | None, known: Sequence[str], flag: str
) -> str:
    found = _known_column(columns, known if name is None else (name,))
    if found is None:
        wanted = name or " or ".join(known)
        raise InputError(
            f"{table_name} has no column {wanted}; pass {flag}, one of {', '.join(columns)}, "
            "or begin the table with a line of column names"
        )
    return found


def _find_file(file: str) -> Path:
    for candidate in candidate_paths(file):
        if candidate.is_file():
            return candidate
    raise InputError(f"there is no file {file!r}; check the path")
