"""Rehash the files and pixels of a data set and compare them with its manifest.

  python -m data_tools verify records

Prints one line for each missing, changed or unexpected file, and exits with 1 if there is any.
"""

from absl import flags

from data_tools import command_line
from data_tools.flag_table import FlagTable


def define_flags() -> flags.FlagValues:
    """Return the flags of this command, not yet parsed."""
    define = FlagTable()
    define.source(
        "data_dir",
        "Data set written by convert, or the URL of its copy; --data_dir= may be omitted.",
    )
    define.workers()
    return define.values


def main(values: flags.FlagValues) -> int:
    """Verify a data set; return 1 if it has problems."""
    command_line.require(values, "data_dir")

    from data_tools.checks.verification import find_problems
    from data_tools.workers import default_num_workers

    num_workers = values.workers or default_num_workers()
    problems, num_images, address = find_problems(values.data_dir, num_workers)
    for problem in problems:
        print(problem)
    if problems:
        return command_line.INPUT_ERROR
    print(f"{num_images} images in {address} match the manifest")
    return 0
