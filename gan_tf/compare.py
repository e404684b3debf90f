"""Join finished studies into one table with one verdict, adjusted for all comparisons.

  python -m gan_tf.compare --study=runs/a/study --study=runs/b/study --dest=table

The studies (--dest of gan_tf.evaluate) must share real images, test images, labels and options, and
differ only in their synthetic images. Every arm is compared with the real arm of its own study.
p-values are Holm-adjusted over all comparisons that answer one question: adding synthetic images,
replacing real ones, controls. --dest holds table.csv, results.json and report.html.
"""

from pathlib import Path

from absl import flags

from data_tools import command_line
from data_tools.flag_table import FlagTable
from gan_tf import cli


def define_flags() -> flags.FlagValues:
    """Return the flags of this command, not yet parsed."""
    define = FlagTable()
    define.sources("study", "Folder of a finished study; repeat for each study.")
    define.names(
        "classes", "", "Labels whose precision and recall are shown; default: every label."
    )
    define.folder("dest", "Folder to create; must not exist.")
    return define.values


def main(values: flags.FlagValues) -> None:
    """Write the table that the flags describe and print it with its verdict."""
    command_line.require(values, "study", "dest")
    command_line.require_absent(values.dest)

    from gan_tf.study.report.comparison_folder import write_comparison
    from gan_tf.study.report.tables import comparison_table

    folders = [Path(folder) for folder in values.study]
    results = write_comparison(folders, values.classes, Path(values.dest))
    print(comparison_table(results))
    print(f"\n{results['verdict']}")
    print(f"report: {Path(values.dest) / 'report.html'}")


if __name__ == "__main__":
    cli.run(define_flags, main, __doc__)
