"""The operations of `python -m data_tools convert`.

A new operation is one module here with `plan(sources, options) -> Plan`, and one entry in
`OPERATIONS`; flags that no other operation has go into `flags.FLAGS`.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

#: Stands for the default of a flag that has to be given.
REQUIRED = object()
#: On a root that is split, operations change `train` and carry the rest over.
TRAIN_ONLY = ("train",)


class Operation(NamedTuple):
    """One operation.

    Attributes:
      module: has `plan(sources, options) -> Plan`; imported only when it runs.
      summary: one line for `--help`.
      flags: the flags it has beside those of all operations, with their defaults.
      num_sources: how many `--data_dir` it takes at least, and at most (None for any number).
    """

    module: str
    summary: str
    flags: Mapping[str, Any]
    num_sources: tuple[int, int | None] = (1, 1)


def _operation(name: str, summary: str, num_sources: tuple = (1, 1), **flags: Any) -> Operation:
    return Operation(f"data_tools.operations.{name}", summary, flags, num_sources)


OPERATIONS: dict[str, Operation] = {
    "convert_to_tfrecords": _operation(
        "convert_to_tfrecords",
        "write shards that TensorFlow Datasets opens",
        seed=0,
        num_shards=None,
        encoding="keep",
        mode=None,
        runner=None,
        beam_options=None,
    ),
    "crop_images": _operation(
        "crop_images",
        "cut every image into tiles",
        height=28,
        width=28,
        remainder="drop",
        splits=TRAIN_ONLY,
    ),
    "export_labels": _operation("export_labels", "write the two text files that list a data set"),
    "idx_to_images": _operation("to_images", "write MNIST's idx files as PNG folders"),
    "invert_images": _operation(
        "invert_images", "replace every value by its complement", splits=TRAIN_ONLY
    ),
    "merge_datasets": _operation(
        "merge_datasets", "put several data sets into one", num_sources=(2, None)
    ),
    "remove_duplicates": _operation(
        "remove_duplicates",
        "keep one image of each set of equals",
        by="pixels",
        distance=4,
        splits=TRAIN_ONLY,
    ),
    "resize_images": _operation(
        "resize_images",
        "bring all images to one size",
        height=64,
        width=64,
        fit="stretch",
        filter="lanczos",
        fill=0,
        splits=TRAIN_ONLY,
    ),
    "select_classes": _operation(
        "select_classes",
        "keep, drop, unite or cap classes",
        keep=None,
        drop=None,
        map=None,
        cap=None,
        seed=0,
    ),
    "slice_dataset": _operation(
        "slice_dataset",
        "draw so many images of each label",
        size=REQUIRED,
        seed=0,
        on_short="fail",
        splits=TRAIN_ONLY,
    ),
    "sort_by_csv": _operation(
        "sort_by_csv",
        "put images into label folders after a table",
        csv=REQUIRED,
        id_column=None,
        label_column=None,
        extension=None,
        zero_label=None,
        unknown="drop",
        group_csv=None,
        group_column="auto",
        on_unmatched="report",
    ),
    "split_dataset": _operation(
        "split_dataset",
        "divide into train, validation and test",
        fractions=None,
        counts=None,
        group_column="auto",
        group_csv=None,
        id_column=None,
        seed=0,
    ),
    "tfrecords_to_images": _operation("to_images", "write the images in TFRecords as folders"),
}
