"""Run an experiment: the stages that a flagfile lists, in order.

  python -m gan_tf.experiment --flagfile=experiments/digits.flags

A stage that is already finished with the same flags and inputs is skipped. One that has changed is
executed again; its old output is renamed, never deleted. The same command resumes an interrupted
experiment.
"""

from pathlib import Path

from absl import flags

import gan_tf
from data_tools import command_line
from data_tools.flag_table import FlagTable
from gan_tf import cli
from gan_tf.pipeline.execution import Experiment, Selection
from gan_tf.pipeline.stages import parse_stages


def define_flags() -> flags.FlagValues:
    """Return the flags of this command, not yet parsed."""
    define = FlagTable()
    define.text("name", None, "Name of the experiment.")
    define.folder("work_dir", "Folder of all outputs; default: runs/<name>.")
    define.texts(
        "stage",
        "A command as 'name: module --flag=value ...'. {stage} stands for the output of a stage, "
        "{value} for a --let value. 'name[seed]: ...' is a stage for each value of "
        "--let=seed=1,2,3.",
    )
    define.texts("let", "A value as name=value; the last one for a name wins.")
    define.names("only", "", "Execute only these stages (comma-separated).")
    define.text("from", None, "Execute this stage and all later ones even if finished.")
    define.switch("dry_run", "Print the stages and whether each would be executed, and exit.")
    return define.values


def run(flagfile: str, *only: str, work_dir: str = "", **values: object) -> Path:
    """Run an experiment from Python, for example in a notebook.

    Args:
      flagfile: flagfile of the experiment.
      *only: names of the stages to execute; default: all.
      work_dir: folder of all outputs; default: runs/<name>.
      **values: override the ``--let`` values of the flagfile.

    Returns:
      The folder of all outputs; the output of a stage has the stage's name.

    Raises:
      InputError: the command would fail; the message is that of the command.
      KeyboardInterrupt: the experiment was interrupted; the same call resumes it.
    """
    arguments = [f"--flagfile={flagfile}", f"--only={','.join(only)}", f"--work_dir={work_dir}"]
    arguments += [f"--let={name}={value}" for name, value in values.items()]
    flag_values = cli.parse(define_flags(), arguments)
    if main(flag_values):
        raise KeyboardInterrupt
    return _work_dir(flag_values)


def main(values: flags.FlagValues) -> int:
    """Execute the stages and return 0, or 130 or 143 if interrupted."""
    command_line.require(values, "name")
    work_dir = _work_dir(values)
    experiment = Experiment(
        parse_stages(values.stage, values.let, work_dir, cli.expanded),
        work_dir,
        gan_tf.__version__,
        Selection(values.only, values["from"].value),
    )
    if values.dry_run:
        experiment.print_dry_run()
        return 0
    return experiment.execute()


def _work_dir(values: flags.FlagValues) -> Path:
    return Path(values.work_dir or Path("runs") / values.name)


if __name__ == "__main__":
    cli.run(define_flags, main, __doc__)
