"""The operations of ``python -m data_tools convert``.

A new operation is one module here and one line in ``OPERATIONS``. The module has
``plan(sources, options) -> Plan`` and, if it has options of its own, a frozen dataclass ``Options``
that extends ``ConversionOptions``: each of its fields is a flag.
"""

import importlib
from types import ModuleType
from typing import NamedTuple

from data_tools.conversion.options import ConversionOptions


class Operation(NamedTuple):
    """One operation.

    Attributes:
      module: name of its module in this package, imported only when it is used.
      summary: one line for ``--help``.
      num_sources: smallest and largest number of ``--data_dir`` flags (None for no limit).
      takes_flat_folder: True if the source may be a folder of images without label folders.
    """

    module: str
    summary: str
    num_sources: tuple[int, int | None] = (1, 1)
    takes_flat_folder: bool = False

    def load(self) -> ModuleType:
        """Import and return the module."""
        return importlib.import_module(f"{__name__}.{self.module}")

    def options_class(self) -> type[ConversionOptions]:
        """Return the dataclass of the operation's options."""
        return getattr(self.load(), "Options", ConversionOptions)


OPERATIONS: dict[str, Operation] = {
    "convert_to_tfrecords": Operation(
        "convert_to_tfrecords", "write shards that TensorFlow Datasets opens"
    ),
    "crop_images": Operation("crop_images", "cut every image into tiles"),
    "export_labels": Operation("export_labels", "write the two text files that list a data set"),
    "idx_to_images": Operation("to_images", "write MNIST's idx files as PNG folders"),
    "invert_images": Operation("invert_images", "replace every value by its complement"),
    "merge_datasets": Operation("merge_datasets", "merge several data sets into one", (2, None)),
    "remove_duplicates": Operation("remove_duplicates", "keep one image of each set of duplicates"),
    "resize_images": Operation("resize_images", "resize all images to one size"),
    "select_classes": Operation("select_classes", "keep, drop, rename, merge or limit classes"),
    "slice_dataset": Operation("slice_dataset", "draw a fixed number of random images per label"),
    "sort_by_csv": Operation(
        "sort_by_csv", "sort images into label folders by a table", takes_flat_folder=True
    ),
    "split_dataset": Operation("split_dataset", "split into train, validation and test"),
    "tfrecords_to_images": Operation("to_images", "write the images in TFRecords as folders"),
}
