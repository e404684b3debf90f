"""Report counts, sizes, duplicates and leaks between splits of a data set.

  python -m data_tools inspect my_images
  python -m data_tools inspect records --dest=inspection

Accepts any source that convert accepts. Writes report.json and contact_sheet.png to a new folder.
"""

from pathlib import Path

from absl import flags

from data_tools import command_line
from data_tools.flag_table import FlagTable
from data_tools.folders.options import FolderOptions
from data_tools.formats.record_keys import SchemaOptions
from data_tools.options import define_options
from data_tools.path_flags import refuse_output_in_source


def define_flags() -> flags.FlagValues:
    """Return the flags of this command, not yet parsed."""
    define = FlagTable()
    define.source("data_dir", "Source to inspect; --data_dir= may be omitted.")
    define.folder("dest", "Folder to create; default: NAME_inspection in the working directory.")
    define.integer(
        "distance",
        4,
        "Bits in which the perceptual hashes of near-duplicates may differ.",
        lower=0,
        upper=64,
    )
    define_options(define, FolderOptions)
    define_options(define, SchemaOptions)
    define.workers()
    return define.values


def main(values: flags.FlagValues) -> None:
    """Inspect a data set."""
    command_line.require(values, "data_dir")
    if values.dest is not None:
        command_line.require_absent(values.dest)

    from data_tools.checks.image_stats import compute_all_stats
    from data_tools.checks.inspection import inspect_source
    from data_tools.checks.inspection_report import report_lines, write_inspection
    from data_tools.sources import open_source
    from data_tools.workers import default_num_workers

    source = open_source(
        values.data_dir,
        unlabeled=values.unlabeled,
        nested=values.nested,
        allow_unexpected=True,
        schema=values.schema,
    )
    dest = Path(values.dest or _unused_folder(f"{source.name}_inspection"))
    refuse_output_in_source(
        f"--dest={dest}", dest, f"--data_dir={values.data_dir}", values.data_dir
    )
    num_workers = values.workers or default_num_workers()
    stats = compute_all_stats(source.examples, "inspect", num_workers)
    inspection = inspect_source(source, stats, values.distance)
    for line in report_lines(inspection):
        print(line)
    for unexpected in source.unexpected_files:
        print(f"unexpected: {unexpected.path!r} {unexpected.reason}")
    written = write_inspection(inspection, source, dest)
    print(f"{' and '.join(written)} in {dest}")


def _unused_folder(name: str) -> Path:
    folder = Path(name)
    number = 2
    while folder.exists():
        folder = Path(f"{name}_{number}")
        number += 1
    return folder
