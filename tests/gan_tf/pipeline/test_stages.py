"""Stages are executed in order, skipped if unchanged, and executed again if changed."""

from pathlib import Path

import pytest
from small_experiment import TWO_STAGES, executed, run

from data_tools.errors import UsageError
from gan_tf import experiment
from gan_tf.pipeline.records import fingerprint_stages
from gan_tf.pipeline.stages import parse_stages


def test_stages_are_executed_in_order_and_read_each_other(capfd):
    assert run(*TWO_STAGES) == 0
    assert Path("runs/two/second").read_text() == "onetwo"
    assert executed() == ["one", "two"]
    shown = capfd.readouterr().out
    assert shown.index("[1/2] first: python -m parts") < shown.index("working on one")
    assert shown.index("working on one") < shown.index("[2/2] second: python -m parts")
    assert Path("runs/two/stages/second.log").read_text() == "working on two\n"


def test_run_executes_some_stages_from_python_and_returns_their_folder():
    Path("two.flags").write_text("\n".join(TWO_STAGES))
    assert experiment.run("two.flags", "first", word="three") == Path("runs/two")
    assert executed() == ["three"]
    assert experiment.run("two.flags", work_dir="here") == Path("here")
    assert Path("here/second").read_text() == "onetwo"
    with pytest.raises(UsageError, match="--only=third is not a stage"):
        experiment.run("two.flags", "third")


def test_unchanged_stages_are_skipped(capfd):
    run(*TWO_STAGES)
    executed()
    capfd.readouterr()
    assert run(*TWO_STAGES) == 0
    assert executed() == []
    assert capfd.readouterr().out.splitlines() == [
        "[1/2] first: skipped, already finished",
        "[2/2] second: skipped, already finished",
    ]


def test_a_skipped_study_prints_its_verdict_again(capfd):
    Path("studying.py").write_text(
        "import pathlib, sys\n"
        "study = pathlib.Path(sys.argv[1]); study.mkdir()\n"
        "(study / 'report.html').touch()\n"
        "(study / 'results.json').write_text('{\"verdict\": \"It helps.\"}')\n"
        "print('It helps.')\n"
    )
    study = ("--name=e", "--stage=study: studying {study}")
    run(*study)
    assert capfd.readouterr().out.count("It helps.") == 1
    run(*study)
    assert capfd.readouterr().out.splitlines() == [
        "[1/1] study: skipped, already finished",
        "verdict of 'study': It helps.",
        "report: runs/e/study/report.html",
    ]


def test_stages_of_a_moved_work_directory_stay_finished():
    run(*TWO_STAGES)
    executed()
    Path("runs/two").rename("elsewhere")
    assert run(*TWO_STAGES, "--work_dir=elsewhere") == 0
    assert executed() == []


def test_a_changed_value_executes_its_stage_and_those_that_need_it(capfd):
    run(*TWO_STAGES)
    executed()
    assert run(*TWO_STAGES, "--let=word=uno") == 0
    assert executed() == ["uno", "two"]
    assert Path("runs/two/second").read_text() == "unotwo"
    assert Path("runs/two/first.old-1").read_text() == "one"
    assert Path("runs/two/second.old-1").read_text() == "onetwo"
    assert "moved the earlier runs/two/first to runs/two/first.old-1" in capfd.readouterr().out


def test_a_changed_stage_does_not_execute_earlier_ones():
    run(*TWO_STAGES)
    executed()
    changed = [line.replace("--text=two", "--text=zwei") for line in TWO_STAGES]
    run(*changed)
    assert executed() == ["zwei"]
    run(*TWO_STAGES)
    assert executed() == ["two"]
    assert Path("runs/two/second.old-2").read_text() == "onezwei"


def test_a_missing_output_is_written_again():
    run(*TWO_STAGES)
    executed()
    Path("runs/two/first").unlink()
    run(*TWO_STAGES)
    assert executed() == ["one"]


@pytest.mark.parametrize("through", ["working directory", "GAN_TF_DATA_DIR"])
def test_a_changed_external_input_executes_its_stage_again(through, monkeypatch):
    place = Path("given" if through == "GAN_TF_DATA_DIR" else ".")
    place.mkdir(exist_ok=True)
    if through == "GAN_TF_DATA_DIR":
        monkeypatch.setenv("GAN_TF_DATA_DIR", str(place.resolve()))
    (place / "input").mkdir()
    (place / "input" / "a").write_text("x")
    line = "--stage=only: parts --from=input --text=t --write={only}"
    run("--name=e", line)
    run("--name=e", line)
    assert executed() == ["t"]
    (place / "input" / "a").write_text("y")
    run("--name=e", line)
    assert executed() == ["t"]
    (place / "input" / "a").rename(place / "input" / "b")
    run("--name=e", line)
    assert executed() == ["t"]
    run("--name=e", line)
    assert executed() == []


@pytest.mark.parametrize("word", ["--from=given,input", "input"])
def test_every_path_in_a_word_counts(word):
    Path("given").write_text("x")
    Path("input").write_text("x")
    (stage,) = parse_stages([f"only: parts {word} --write={{only}}"], [], Path("runs/e"), list)
    before = fingerprint_stages([stage], "1", Path("runs/e"))
    assert fingerprint_stages([stage], "1", Path("runs/e")) == before
    Path("input").write_text("y")
    assert fingerprint_stages([stage], "1", Path("runs/e")) != before


def test_a_flagfile_counts_by_its_flags_not_its_comments():
    nested, flagfile = Path("nested.flags"), Path("stage.flags")
    nested.write_text("--text=t\n")
    flagfile.write_text("# a comment\n--flagfile=nested.flags\n")
    lines = ("--name=e", "--stage=only: parts --text=u --flagfile=stage.flags --write={only}")
    run(*lines)
    flagfile.write_text("# another\n\n--flagfile=nested.flags\n")
    run(*lines)
    assert executed() == ["u"]
    nested.write_text("--text=v\n")
    run(*lines)
    assert executed() == ["u"]


def test_overridden_flags_of_a_flagfile_do_not_count():
    Path("stage.flags").write_text("--read=old\n--text=t\n")
    Path("old").write_text("x")
    Path("new").write_text("y")
    lines = ("--name=e", "--stage=a: parts --text=u --flagfile=stage.flags --read=new --write={a}")
    run(*lines)
    Path("old").write_text("z")
    Path("stage.flags").write_text("--read=older\n--text=t\n")
    run(*lines)
    assert executed() == ["u"]
    Path("stage.flags").write_text("--text=v\n")  # Comes after the line's own --text, so it counts.
    run(*lines)
    assert executed() == ["u"]


def test_another_version_of_the_package_executes_everything_again(monkeypatch):
    run(*TWO_STAGES)
    executed()
    monkeypatch.setattr("gan_tf.__version__", "0.0.0")
    run(*TWO_STAGES)
    assert executed() == ["one", "two"]


def test_dry_run_prints_the_commands_and_writes_nothing(capfd, folder):
    assert run(*TWO_STAGES, "--dry_run") == 0
    assert capfd.readouterr().out.splitlines() == [
        "[would run] first: python -m parts --text=one --write=runs/two/first",
        "[would run] second: python -m parts --read=runs/two/first --text=two "
        "--write=runs/two/second",
    ]
    assert not Path("runs").exists()
    run(*TWO_STAGES)
    capfd.readouterr()
    run(*TWO_STAGES, "--let=word=uno", "--only=second", "--dry_run")
    first, second = capfd.readouterr().out.splitlines()
    assert first.startswith("[would skip] first") and second.startswith("[would run] second")


def test_only_executes_the_selected_stages():
    run(*TWO_STAGES, "--only=first")
    assert executed() == ["one"]
    run(*TWO_STAGES, "--only=second")
    assert executed() == ["two"]


def test_from_executes_finished_stages_again():
    run(*TWO_STAGES)
    executed()
    run(*TWO_STAGES, "--from=second")
    assert executed() == ["two"]
    run(*TWO_STAGES, "--from=first")
    assert executed() == ["one", "two"]


def test_spaces_in_values_do_not_split_words(folder):
    run("--name=e", "--let=where=a b", "--stage=a: parts '--text=x y' --q={where} --write={a}")
    run("--name=e", "--work_dir=a folder", "--stage=a: parts --text=t --write={a}")
    assert Path("runs/e/a").read_text() == "x y"
    assert Path("a folder/a").read_text() == "t"
