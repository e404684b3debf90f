"""Runs an experiment: the stages that a flagfile lists, in order, each once.

  python -m gan_tf.experiment --flagfile=experiments/digits.flags

A stage that finished earlier under the same flags and inputs is skipped. One that has changed runs
again, and its old output is renamed, never deleted. An interrupted run goes on when the same
command is given again.
"""

import json
import shlex
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from absl import flags

import gan_tf
from data_tools import command_line
from data_tools.errors import InputError, UsageError
from data_tools.flag_table import FlagTable
from gan_tf import cli
from gan_tf.pipeline import process as stage_process
from gan_tf.pipeline import records as stage_records
from gan_tf.pipeline.stages import Stage, stages_from

INTERRUPTED = {-2: 130, 130: 130, -15: 143, 143: 143}


def define_flags() -> flags.FlagValues:
    """The flags of this command."""
    define = FlagTable()
    define.text("name", None, "Name of the experiment.")
    define.text("work_dir", None, "Folder of all outputs; runs/<name> by default.")
    define.texts(
        "stage",
        "'name: module --flag=value ...'; {stage} is a stage's output, {value} a --let value; "
        "'name[seed]: ...' is a stage for each value of --let=seed=1,2,3.",
    )
    define.texts("let", "name=value; a later one of the same name wins.")
    define.names("only", "", "Run only these stages (comma-separated).")
    define.text("from", None, "Run this stage and all after it even if finished.")
    define.switch("dry_run", "Print the stages and which would run, and stop.")
    return define.values


def run(flagfile: str, *only: str, work_dir: str = "", **values: object) -> Path:
    """Runs an experiment from Python, as in a notebook.

    Args:
      flagfile: the experiment.
      *only: run only these stages; all of them unless given.
      work_dir: folder of all outputs; runs/<name> by default.
      **values: in place of the flagfile's values of these names.

    Returns:
      The folder of all outputs, where each stage's has its name.

    Raises:
      InputError: what the command would end with.
      KeyboardInterrupt: it was interrupted; the same call goes on.
    """
    arguments = [f"--flagfile={flagfile}", f"--only={','.join(only)}", f"--work_dir={work_dir}"]
    arguments += [f"--let={name}={value}" for name, value in values.items()]
    flag_values = cli.parse(define_flags(), arguments)
    if main(flag_values):
        raise KeyboardInterrupt
    return _work_dir(flag_values)


def main(flag_values: flags.FlagValues) -> int:
    """Runs the stages; returns 0, or 130 or 143 when interrupted."""
    command_line.require(flag_values, "name")
    work_dir = _work_dir(flag_values)
    stages = stages_from(flag_values.stage, flag_values.let, work_dir, cli.expanded)
    fingerprints = stage_records.fingerprints(stages, gan_tf.__version__, work_dir)
    wanted = _wanted(stages, flag_values.only)
    forced = _forced(stages, flag_values["from"].value)

    def is_due(stage: Stage) -> bool:
        finished = stage_records.is_finished(stage, fingerprints[stage.name])
        return stage.name in wanted and (stage.name in forced or not finished)

    if flag_values.dry_run:
        for stage in stages:
            print(
                f"[{'would run' if is_due(stage) else 'would skip'}] {stage.name}: {_shown(stage)}"
            )
        return 0
    with stage_records.locked(work_dir):
        return _run_all(stages, fingerprints, is_due)


def _work_dir(flag_values: flags.FlagValues) -> Path:
    return Path(flag_values.work_dir or Path("runs") / flag_values.name)


def _run_all(
    stages: Sequence[Stage], fingerprints: dict[str, str], is_due: Callable[[Stage], bool]
) -> int:
    skipped: list[Stage] = []
    for number, stage in enumerate(stages, 1):
        title = f"[{number}/{len(stages)}] {stage.name}"
        fingerprint = fingerprints[stage.name]
        if not is_due(stage):
            finished = stage_records.is_finished(stage, fingerprint)
            print(f"{title}: skipped, {'finished earlier' if finished else 'not asked for'}")
            skipped += [stage] if finished else []
            continue
        for need in stages[: number - 1]:
            if need.name in stage.needs and not stage_records.is_finished(
                need, fingerprints[need.name]
            ):
                raise InputError(f"stage '{stage.name}' needs '{need.name}'; add it to --only")
        print(f"{title}: {_shown(stage)}", flush=True)
        started = time.monotonic()
        if code := _run_one(stage, fingerprint):
            return code
        print(f"{title}: finished in {time.monotonic() - started:.0f} s", flush=True)
    _print_reports(skipped)
    return 0


def _run_one(stage: Stage, fingerprint: str) -> int:
    """Runs a stage and records it; returns 0, or 130 or 143 when interrupted."""
    if aside := stage_records.make_room(stage, fingerprint):
        print(f"the earlier {stage.output} is now {aside}", flush=True)
    stage_records.write_record(stage, fingerprint, finished=False)
    log_path = stage_records.log_path(stage)
    code = stage_process.run(stage, log_path)
    if code in INTERRUPTED:
        print(f"stopped in stage '{stage.name}'; the same command goes on from here")
        return INTERRUPTED[code]
    if code:
        said = stage_process.last_line(log_path).removeprefix("error: ") or "it said nothing"
        how = f"exit code {code}" if code > 0 else f"signal {-code}"
        raise InputError(f"stage '{stage.name}' ended with {how}: {said} (all of it: {log_path})")
    if not stage.output.exists():
        raise InputError(f"stage '{stage.name}' made no {stage.output}; mend its command")
    stage_records.write_record(stage, fingerprint, finished=True)
    return 0


def _wanted(stages: Sequence[Stage], only: Sequence[str]) -> set[str]:
    names = [stage.name for stage in stages]
    for name in only:
        _refuse_unknown("only", name, names)
    return set(only or names)


def _forced(stages: Sequence[Stage], first: str | None) -> set[str]:
    names = [stage.name for stage in stages]
    if first is None:
        return set()
    _refuse_unknown("from", first, names)
    return set(names[names.index(first) :])


def _refuse_unknown(flag: str, name: str, names: Sequence[str]) -> None:
    if name not in names:
        raise UsageError(f"--{flag}={name} is no stage; known are {', '.join(names)}")


def _shown(stage: Stage) -> str:
    return shlex.join(["python", *stage_process.command_of(stage)[1:]])


def _print_reports(stages: Sequence[Stage]) -> None:
    """Says what came of stages that did not run now and so did not say it themselves."""
    for stage in stages:
        results = stage.output / "results.json"
        if results.is_file():
            verdict = json.loads(results.read_text(encoding="utf-8")).get("verdict")
            print(f"verdict of '{stage.name}': {verdict}")
        if (report := stage.output / "report.html").is_file():
            print(f"report: {report}")


if __name__ == "__main__":
    cli.run(define_flags, main, __doc__)
