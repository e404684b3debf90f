"""Label folders from a table with a label column (HAM10000) or one column per class.

The tables of [Segura2019], [Fossen2020] and [Wolyniec2020] have one column per class.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from data_tools.conversion.options import ConversionOptions
from data_tools.conversion.plan import JoinedExamples, Plan
from data_tools.conversion.plan_helpers import history_arguments, relocated
from data_tools.errors import InputError
from data_tools.files.paths import natural_key
from data_tools.formats.csv_tables import (
    KNOWN_GROUP_COLUMNS,
    KNOWN_ID_COLUMNS,
    KNOWN_LABEL_COLUMNS,
    Table,
    file_id,
    groups_by_id,
    read_table,
)
from data_tools.options import REQUIRED, option
from data_tools.sources import Example, Source

_UNKNOWN = "UNK"
_NUM_NAMED = 3
_RECORDED_OPTIONS = (
    *("csv", "id_column", "label_column", "extension", "zero_label", "unknown"),
    *("group_csv", "group_column"),
)


@dataclass(frozen=True, kw_only=True)
class Options(ConversionOptions):
    """Options of ``sort_by_csv``."""

    csv: str = option(REQUIRED, "Table with one row per image.")
    id_column: str | None = option(
        None, "Column with the file name, also of --group_csv; default: a known one."
    )
    label_column: str | None = option(
        None, "Column with the label; default: a known one, else one-hot columns."
    )
    extension: str | None = option(
        None, "Extension of the image files, if the ids in the table have none."
    )
    zero_label: str | None = option(None, "Label of rows whose one-hot columns are all 0.")
    unknown: str = option(
        "drop", "Drop or keep the images of the one-hot class UNK.", choices=("drop", "keep")
    )
    group_csv: str | None = option(None, "Table with the group of each image; default: --csv.")
    group_column: str = option(
        "auto", "Column with the groups; auto uses a known one, none ignores groups."
    )
    on_unmatched: str = option(
        "report",
        "Rows without a file and files without a row: report or refuse them.",
        choices=("report", "refuse"),
    )


@dataclass(frozen=True)
class SortByTable:
    """Placement of each image by its label and group in the table."""

    labels: Mapping[str, str]
    groups: Mapping[str, str]
    extension: str | None

    def __call__(self, index: int, example: Example) -> Example:
        """Return the example with its label and group."""
        label = self.labels[self.key(example)]
        return relocated(example, label=label, group=self.groups.get(file_id(example.path)))

    def key(self, example: Example) -> str | None:
        """Return the table's id of an image, or None if the image has another extension."""
        name = example.path.rpartition("/")[2]
        if self.extension is None:
            return file_id(name)
        return name.removesuffix(self.extension) if name.endswith(self.extension) else None


class _Match(NamedTuple):
    """Which examples have a row, which have none, and which rows have no example."""

    indices: list[int]
    without_row: list[str]
    without_file: list[str]


def plan(sources: Sequence[Source], options: Options) -> Plan:
    """Return the plan that puts each image with a row into the folder of its label."""
    (source,) = sources
    table = read_table(options.csv)
    labels = labels_by_id(table, options)
    kept = {key: label for key, label in labels.items() if not _is_dropped(label, options)}
    extension = options.extension
    if extension is not None and not extension.startswith("."):
        extension = f".{extension}"
    place = SortByTable(kept, _groups(table, options), extension)
    match = _matched(source, place, labels)
    if options.on_unmatched == "refuse" and (match.without_row or match.without_file):
        raise InputError(f"{_unmatched_note(table, match)}; pass --on_unmatched=report")
    if not match.indices:
        raise InputError(f"no file of {source.spec} has a row in {table.name}; see --id_column")
    labels_used = {kept[place.key(source.examples[index])] for index in match.indices}
    notes = []
    if match.without_row or match.without_file:
        notes.append(_unmatched_note(table, match))
    if num_dropped := len(labels) - len(kept):
        notes.append(f"{num_dropped} rows are {_UNKNOWN} and dropped (--unknown=keep keeps them)")
    return Plan(
        class_names=tuple(sorted(labels_used, key=natural_key)),
        examples=JoinedExamples(sources),
        order=match.indices,
        place=place,
        arguments=history_arguments(options, *_RECORDED_OPTIONS),
        trained_on=source.trained_on,
        notes=tuple(notes),
        extra={
            "files_without_row": match.without_row,
            "rows_without_file": match.without_file,
        },
    )


def labels_by_id(table: Table, options: Options) -> dict[str, str]:
    """Return the label of each image in a table.

    Raises:
      InputError: an image has two rows, no label or several labels, or no column has labels.
    """
    id_column = table.column(options.id_column, KNOWN_ID_COLUMNS, "--id_column")
    label_column = options.label_column
    if label_column is not None:
        label_column = table.column(label_column, (), "--label_column")
    else:
        label_column = next((c for c in KNOWN_LABEL_COLUMNS if c in table.columns), None)
    columns = () if label_column else _one_hot_columns(table, id_column)
    labels = {}
    for row in table.rows:
        key = file_id(row[id_column])
        if key in labels:
            raise InputError(f"{table.name} has two rows of {key!r}; keep one")
        label = row[label_column] if label_column else _one_hot_label(row, columns, options)
        if not label:
            raise InputError(
                f"{table.name} has no label for {key!r}; if that is a class of its own, "
                "name it with --zero_label"
            )
        labels[key] = label
    return labels


def _one_hot_columns(table: Table, id_column: str) -> tuple[str, ...]:
    """Return the columns that contain only 0 and 1."""
    columns = tuple(
        column
        for column in table.columns
        if column != id_column and all(_is_bit(row[column]) for row in table.rows)
    )
    if not columns:
        raise InputError(
            f"{table.name} has no columns of 0 and 1; pass --label_column, "
            f"one of {', '.join(table.columns)}"
        )
    return columns


def _is_bit(text: str) -> bool:
    try:
        return float(text) in (0.0, 1.0)
    except ValueError:
        return False


def _one_hot_label(row: Mapping[str, str], columns: Sequence[str], options: Options) -> str:
    hot = [column for column in columns if float(row[column]) == 1.0]
    if len(hot) > 1:
        raise InputError(f"{options.csv} has a row with labels {hot[0]!r} and {hot[1]!r}; fix it")
    return hot[0] if hot else options.zero_label or ""


def _is_dropped(label: str, options: Options) -> bool:
    return label == _UNKNOWN and options.unknown == "drop"


def _groups(table: Table, options: Options) -> dict[str, str]:
    if options.group_column == "none":
        return {}
    column = None if options.group_column == "auto" else options.group_column
    if options.group_csv is not None:
        return groups_by_id(read_table(options.group_csv), options.id_column, column)
    if column is None and not set(KNOWN_GROUP_COLUMNS) & set(table.columns):
        return {}
    return groups_by_id(table, options.id_column, column)


def _matched(source: Source, place: SortByTable, labels: Mapping[str, str]) -> _Match:
    indices, without_row = [], []
    used = set()
    for index, example in enumerate(source.examples):
        key = place.key(example)
        if key in labels:
            used.add(key)
            if key in place.labels:
                indices.append(index)
        else:
            without_row.append(example.path)
    return _Match(indices, without_row, [key for key in labels if key not in used])


def _unmatched_note(table: Table, match: _Match) -> str:
    parts = []
    for names, what in (
        (match.without_file, "rows without a file"),
        (match.without_row, "files without a row"),
    ):
        if names:
            shown = ", ".join(map(repr, names[:_NUM_NAMED]))
            more = ", ..." if len(names) > _NUM_NAMED else ""
            parts.append(f"{len(names)} {what} ({shown}{more})")
    return f"{table.name}: {' and '.join(parts)}"
