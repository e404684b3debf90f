"""The execution of an experiment's stages, in order, skipping those that are up to date."""

import json
import shlex
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from data_tools.errors import InputError, UsageError
from gan_tf.pipeline.process import last_log_line, run_process, stage_command
from gan_tf.pipeline.records import (
    clear_output,
    fingerprint_stages,
    is_finished,
    lock_work_dir,
    log_path,
    write_record,
)
from gan_tf.pipeline.stages import Stage

#: Exit codes of an interrupted stage -> exit codes of the experiment.
_INTERRUPTED = {-2: 130, 130: 130, -15: 143, 143: 143}


class Selection(NamedTuple):
    """Which stages to execute.

    Attributes:
      only: names of the stages to execute; empty for all.
      first: name of the first stage to execute even if finished, with all that follow; or None.
    """

    only: Sequence[str] = ()
    first: str | None = None


class Experiment:
    """Stages in a work directory.

    Args:
      stages: the stages, in order.
      work_dir: folder of their outputs.
      version: version of this package; another version executes everything again.
      selection: stages to execute.

    Raises:
      UsageError: the selection names an unknown stage.
    """

    def __init__(self, stages: Sequence[Stage], work_dir: Path, version: str, selection: Selection):
        names = [stage.name for stage in stages]
        for name in selection.only:
            _refuse_unknown("only", name, names)
        if selection.first is not None:
            _refuse_unknown("from", selection.first, names)
        self._stages = stages
        self._work_dir = work_dir
        self._fingerprints = fingerprint_stages(stages, version, work_dir)
        self._selected = set(selection.only or names)
        self._forced = set(
            names[names.index(selection.first) :] if selection.first is not None else ()
        )

    def print_dry_run(self) -> None:
        """Print the command of every stage and whether it would be executed."""
        for stage in self._stages:
            print(
                f"[{'would run' if self._is_due(stage) else 'would skip'}] {stage.name}: "
                f"{_command_text(stage)}"
            )

    def execute(self) -> int:
        """Execute the stages and return 0, or 130 or 143 if interrupted.

        Raises:
          InputError: a stage fails or lacks its input, or the work directory is in use.
        """
        with lock_work_dir(self._work_dir):
            skipped: list[Stage] = []
            for number, stage in enumerate(self._stages, 1):
                title = f"[{number}/{len(self._stages)}] {stage.name}"
                if not self._is_due(stage):
                    finished = self._is_finished(stage)
                    print(f"{title}: skipped, {'already finished' if finished else 'not selected'}")
                    skipped += [stage] if finished else []
                    continue
                self._refuse_missing_input(stage)
                print(f"{title}: {_command_text(stage)}", flush=True)
                started = time.monotonic()
                if code := _execute_stage(stage, self._fingerprints[stage.name]):
                    return code
                print(f"{title}: finished in {time.monotonic() - started:.0f} s", flush=True)
            _print_results(skipped)
            return 0

    def _is_finished(self, stage: Stage) -> bool:
        return is_finished(stage, self._fingerprints[stage.name])

    def _is_due(self, stage: Stage) -> bool:
        return stage.name in self._selected and (
            stage.name in self._forced or not self._is_finished(stage)
        )

    def _refuse_missing_input(self, stage: Stage) -> None:
        for needed in self._stages:
            if needed.name in stage.needs and not self._is_finished(needed):
                raise InputError(f"stage '{stage.name}' needs '{needed.name}'; add it to --only")


def _execute_stage(stage: Stage, fingerprint: str) -> int:
    """Execute and record a stage; return 0, or 130 or 143 if interrupted."""
    if aside := clear_output(stage, fingerprint):
        print(f"moved the earlier {stage.output} to {aside}", flush=True)
    write_record(stage, fingerprint, finished=False)
    log = log_path(stage)
    code = run_process(stage, log)
    if code in _INTERRUPTED:
        print(f"interrupted in stage '{stage.name}'; the same command resumes here")
        return _INTERRUPTED[code]
    if code:
        message = last_log_line(log).removeprefix("error: ") or "no output"
        reason = f"exit code {code}" if code > 0 else f"signal {-code}"
        raise InputError(f"stage '{stage.name}' ended with {reason}: {message} (log: {log})")
    if not stage.output.exists():
        raise InputError(f"stage '{stage.name}' did not write {stage.output}; fix its command")
    write_record(stage, fingerprint, finished=True)
    return 0


def _refuse_unknown(flag: str, name: str, names: Sequence[str]) -> None:
    if name not in names:
        raise UsageError(f"--{flag}={name} is not a stage; choose from {', '.join(names)}")


def _command_text(stage: Stage) -> str:
    return shlex.join(["python", *stage_command(stage)[1:]])


def _print_results(stages: Sequence[Stage]) -> None:
    """Print verdicts and reports of skipped stages, which did not print them this time."""
    for stage in stages:
        results = stage.output / "results.json"
        if results.is_file():
            verdict = json.loads(results.read_text(encoding="utf-8")).get("verdict")
            print(f"verdict of '{stage.name}': {verdict}")
        if (report := stage.output / "report.html").is_file():
            print(f"report: {report}")
