"""Invalid experiments and failing stages."""

from pathlib import Path

import pytest
from small_experiment import TWO_STAGES, run

from data_tools.errors import InputError


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "--name is missing"),
        (["--name=e"], "no --stage is given"),
        (["--name=e", "--stage=parts"], "--stage=parts is not of the form 'name: module"),
        (["--name=e", "--stage=A b: parts {x}"], "is not of the form 'name: module"),
        (["--name=e", "--stage=a:"], "--stage=a has no command"),
        (["--name=e", "--stage=a: parts '{a}"], "--stage=a cannot be split into words"),
        (["--name=e", "--stage=a: partz {a}"], "--stage=a: there is no Python module 'partz'"),
        (["--name=e", "--stage=a: no.such {a}"], "--stage=a: there is no Python module 'no.such'"),
        (["--name=e", "--stage=a: parts --text=t"], "--stage=a does not contain {a}"),
        (["--name=e", "--stage=a: parts {a} {b}"], "{b}, neither a stage nor a --let value"),
        (
            ["--name=e", "--stage=a: parts {a} {b}", "--stage=b: parts {b} {a}"],
            "--stage=a refers to {b}, a later stage",
        ),
        (["--name=e", "--stage=a: parts {a}", "--stage=a: parts {a}"], "--stage=a: the name"),
        (["--name=e", "--let=a=1", "--stage=a: parts {a}"], "--stage=a: the name is taken"),
        (["--name=e", "--stage=stages: parts {stages}"], "--stage=stages: the name is taken"),
        (["--name=e", "--let=size", "--stage=a: parts {a}"], "--let=size is not of the form"),
        (["--name=e", "--let=sise=1", "--stage=a: parts {a}"], "--let=sise=...: no stage uses"),
        (
            ["--name=e", "--only=b", "--stage=a: parts {a}"],
            "--only=b is not a stage; choose from a",
        ),
        (
            ["--name=e", "--from=b", "--stage=a: parts {a}"],
            "--from=b is not a stage; choose from a",
        ),
        (["--name=e", "--stage=a: parts {a} --flagfile=no.flags"], "--flagfile=no.flags does not"),
        (["--name=e", "--stage=a[s]: parts {a}"], "--stage=a[s]: give the values as --let=s=1,2,3"),
        (["--name=e", "--let=s=1,,2", "--stage=a[s]: parts {a}"], "--let=s=1,,2: a stage is repe"),
        (["--name=e", "--let=s=1,1", "--stage=a[s]: parts {a}"], "--let=s=1,1: a stage is repeat"),
        (["--name=e", "--let=s=a/b", "--stage=a[s]: parts {a}"], "--let=s=a/b: a stage is repeat"),
        (["--name=e", "--stage=a[]: parts {a}"], "is not of the form 'name: module"),
        (
            ["--name=e", "--let=s=1", "--stage=a_1: parts {a_1}", "--stage=a[s]: parts {a}"],
            "--stage=a_1: the name is taken",
        ),
        (
            ["--name=e", "--let=s=1,2", "--stage=a[s]: parts {a}", "--stage=b[s]: parts {b}"]
            + ["--stage=c: parts {a}{b} {c}"],
            "--stage=c: '{a}{b}' refers to a and b, both repeated; use two words",
        ),
    ],
)
def test_an_invalid_experiment_is_refused_before_any_stage_is_executed(arguments, message):
    with pytest.raises(InputError) as error:
        run(*arguments)
    assert message in str(error.value) and "\n" not in str(error.value)
    assert not Path("runs").exists()


def test_the_error_of_a_failing_stage_has_its_exit_code_last_line_and_log():
    lines = ("--name=e", "--stage=a: parts --text=t --exit=1 --write={a}")
    with pytest.raises(InputError) as error:
        run(*lines)
    assert str(error.value) == (
        "stage 'a' ended with exit code 1: --read=nowhere is not there; give a folder "
        "(log: runs/e/stages/a.log)"
    )
    with pytest.raises(InputError, match="exit code 7: working on t"):
        run("--name=e", "--stage=a: parts --text=t --exit=7 --write={a}")


def test_a_stage_without_output_is_not_finished():
    with pytest.raises(InputError, match="stage 'a' did not write runs/e/a"):
        run("--name=e", "--stage=a: parts --text=t --write=elsewhere --not={a}")


def test_only_refuses_a_stage_whose_input_is_missing():
    with pytest.raises(InputError, match="'second' needs 'first'; add it to --only"):
        run(*TWO_STAGES, "--only=second")


def test_a_work_directory_in_a_folder_that_a_stage_reads_is_refused_and_not_made(tmp_path):
    Path("photos").mkdir()
    for work_dir in ("photos/e", f"{tmp_path}/photos/e"):
        with pytest.raises(InputError, match="--work_dir=.*photos/e is inside photos of stage 'a'"):
            run("--name=e", f"--work_dir={work_dir}", "--stage=a: parts --read=photos --write={a}")
    assert not any(Path("photos").iterdir())
