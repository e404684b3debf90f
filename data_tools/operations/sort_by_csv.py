"""Label folders from a table with a label column (HAM10000) or one column per class.

The tables of [Segura2019], [Fossen2020] and [Wolyniec2020] have one column per class.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data_tools.conversion.plan import JoinedExamples, Plan
from data_tools.conversion.plan_helpers import history_arguments, relocated
from data_tools.conversion.table_join import (
    Join,
    JoinOptions,
    group_cells,
    group_join,
    image_index,
    joined,
)
from data_tools.errors import InputError
from data_tools.files.paths import natural_key
from data_tools.formats.csv_tables import (
    KNOWN_GROUP_COLUMNS,
    KNOWN_LABEL_COLUMNS,
    Table,
    read_table,
)
from data_tools.formats.image_ids import ImageIndex
from data_tools.options import REQUIRED, option
from data_tools.sources import Example, Source

_UNKNOWN = "UNK"
_RECORDED_OPTIONS = (
    *("csv", "id_column", "label_column", "extension", "zero_label", "unknown"),
    *("group_csv", "group_column"),
)


@dataclass(frozen=True, kw_only=True)
class Options(JoinOptions):
    """Options of ``sort_by_csv``."""

    csv: str = option(REQUIRED, "Table with the label of each image.")
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


@dataclass(frozen=True)
class SortByTable:
    """Placement of each image by its label and group, both by the index of the image."""

    labels: Mapping[int, str]
    groups: Mapping[int, str]

    def __call__(self, index: int, example: Example) -> Example:
        """Return the example with its label and group."""
        return relocated(example, label=self.labels[index], group=self.groups.get(index))


def plan(sources: Sequence[Source], options: Options) -> Plan:
    """Return the plan that puts each image with a row into the folder of its label."""
    (source,) = sources
    table = read_table(options.csv, options.id_column)
    labels_of_rows = row_labels(table, options)
    extension = options.extension
    if extension is not None and not extension.startswith("."):
        extension = f".{extension}"
    index = image_index(source)
    join = joined(table, source, index, extension)
    labels = join.values(labels_of_rows)
    notes = [*table.notes, join.checked(range(len(source.examples)), options.on_unmatched)]
    kept = {image: label for image, label in labels.items() if not _is_dropped(label, options)}
    if not kept:
        raise InputError(f"{table.name} has no label but {_UNKNOWN}; pass --unknown=keep")
    if num_dropped := len(labels) - len(kept):
        notes.append(f"{num_dropped} images are {_UNKNOWN} and dropped (--unknown=keep keeps them)")
    order = sorted(kept)
    groups, group_notes = _groups(join, index, order, extension, options)
    return Plan(
        class_names=tuple(sorted(set(kept.values()), key=natural_key)),
        examples=JoinedExamples(sources),
        order=order,
        place=SortByTable(kept, groups),
        arguments=history_arguments(options, *_RECORDED_OPTIONS),
        trained_on=source.trained_on,
        notes=(*notes, *group_notes),
        extra={
            "files_without_row": join.images_without_row(range(len(source.examples))),
            "rows_without_file": join.rows_without_image(),
        },
    )


def row_labels(table: Table, options: Options) -> list[str]:
    """Return the label in each row of a table.

    Raises:
      InputError: a row has no label or several, or no column has labels.
    """
    label_column = table.known_column(KNOWN_LABEL_COLUMNS)
    if options.label_column is not None:
        label_column = table.column(options.label_column, (), "--label_column")
    columns = () if label_column else _one_hot_columns(table)
    labels = []
    for line, row in zip(table.lines, table.rows, strict=True):
        where = f"{table.name}, line {line}"
        label = row[label_column] if label_column else _one_hot_label(row, columns, where, options)
        if not label:
            mend = "write one" if label_column else "name a class of such images with --zero_label"
            raise InputError(f"{where} has no label for {row[table.id_column]!r}; {mend}")
        labels.append(label)
    return labels


def _one_hot_columns(table: Table) -> tuple[str, ...]:
    """Return the columns that contain only 0 and 1."""
    columns = tuple(
        column
        for column in table.columns
        if column != table.id_column and all(_is_bit(row[column]) for row in table.rows)
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


def _one_hot_label(
    row: Mapping[str, str], columns: Sequence[str], where: str, options: Options
) -> str:
    hot = [column for column in columns if float(row[column]) == 1.0]
    if len(hot) > 1:
        raise InputError(f"{where} has the labels {hot[0]!r} and {hot[1]!r}; keep one")
    return hot[0] if hot else options.zero_label or ""


def _is_dropped(label: str, options: Options) -> bool:
    return label == _UNKNOWN and options.unknown == "drop"


def _groups(
    join: Join, index: ImageIndex, images: Sequence[int], extension: str | None, options: Options
) -> tuple[dict[int, str], tuple[str, ...]]:
    """Return the groups of the images by their indices, and notes about the table they are from."""
    if other := group_join(join.source, options, index, extension):
        group_table, groups = other
        counts = group_table.checked(images, options.on_unmatched)
        return groups, (*group_table.table.notes, counts)
    is_named = options.group_column != "auto" or join.table.known_column(KNOWN_GROUP_COLUMNS)
    if options.group_column == "none" or not is_named:
        return {}, ()
    return join.values(group_cells(join.table, options)), ()
