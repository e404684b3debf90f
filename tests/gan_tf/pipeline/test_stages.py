"""Stages run in order, are skipped when nothing changed, and run again when something did."""

from pathlib import Path

import pytest
from small_experiment import TWO_STAGES, run, runs

from data_tools.errors import UsageError
from gan_tf import experiment
from gan_tf.pipeline import records as stage_records
from gan_tf.pipeline.stages import stages_from


def test_stages_run_in_order_and_read_each_other(capfd):
    assert run(*TWO_STAGES) == 0
    assert Path("runs/two/second").read_text() == "onetwo"
    assert runs() == ["one", "two"]
    shown = capfd.readouterr().out
    assert shown.index("[1/2] first: python -m parts") < shown.index("working on one")
    assert shown.index("working on one") < shown.index("[2/2] second: python -m parts")
    assert Path("runs/two/stages/second.log").read_text() == "working on two\n"


def test_from_python_some_stages_run_and_give_their_folder():
    Path("two.flags").write_text("\n".join(TWO_STAGES))
    assert experiment.run("two.flags", "first", word="three") == Path("runs/two")
    assert runs() == ["three"]
    assert experiment.run("two.flags", work_dir="here") == Path("here")
    assert Path("here/second").read_text() == "onetwo"
    with pytest.raises(UsageError, match="--only=third is no stage"):
        experiment.run("two.flags", "third")


def test_unchanged_stages_are_skipped(capfd):
    run(*TWO_STAGES)
    runs()
    capfd.readouterr()
    assert run(*TWO_STAGES) == 0
    assert runs() == []
    assert capfd.readouterr().out.splitlines() == [
        "[1/2] first: skipped, finished earlier",
        "[2/2] second: skipped, finished earlier",
    ]


def test_a_skipped_study_says_again_what_it_found(capfd):
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
        "[1/1] study: skipped, finished earlier",
        "verdict of 'study': It helps.",
        "report: runs/e/study/report.html",
    ]


def test_moving_the_work_directory_keeps_it_finished():
    run(*TWO_STAGES)
    runs()
    Path("runs/two").rename("elsewhere")
    assert run(*TWO_STAGES, "--work_dir=elsewhere") == 0
    assert runs() == []


def test_a_changed_value_runs_its_stage_and_those_that_need_it(capfd):
    run(*TWO_STAGES)
    runs()
    assert run(*TWO_STAGES, "--let=word=uno") == 0
    assert runs() == ["uno", "two"]
    assert Path("runs/two/second").read_text() == "unotwo"
    assert Path("runs/two/first.old-1").read_text() == "one"
    assert Path("runs/two/second.old-1").read_text() == "onetwo"
    assert "the earlier runs/two/first is now runs/two/first.old-1" in capfd.readouterr().out


def test_a_changed_later_stage_leaves_the_earlier_alone():
    run(*TWO_STAGES)
    runs()
    changed = [line.replace("--text=two", "--text=zwei") for line in TWO_STAGES]
    run(*changed)
    assert runs() == ["zwei"]
    run(*TWO_STAGES)
    assert runs() == ["two"]
    assert Path("runs/two/second.old-2").read_text() == "onezwei"


def test_a_lost_output_is_made_again():
    run(*TWO_STAGES)
    runs()
    Path("runs/two/first").unlink()
    run(*TWO_STAGES)
    assert runs() == ["one"]


@pytest.mark.parametrize("through", ["working directory", "GAN_TF_DATA_DIR"])
def test_a_changed_input_outside_runs_its_stage_again(through, monkeypatch):
    place = Path("given" if through == "GAN_TF_DATA_DIR" else ".")
    place.mkdir(exist_ok=True)
    if through == "GAN_TF_DATA_DIR":
        monkeypatch.setenv("GAN_TF_DATA_DIR", str(place.resolve()))
    (place / "input").mkdir()
    (place / "input" / "a").write_text("x")
    line = "--stage=only: parts --from=input --text=t --write={only}"
    run("--name=e", line)
    run("--name=e", line)
    assert runs() == ["t"]
    (place / "input" / "a").write_text("y")
    run("--name=e", line)
    assert runs() == ["t"]
    (place / "input" / "a").rename(place / "input" / "b")
    run("--name=e", line)
    assert runs() == ["t"]
    run("--name=e", line)
    assert runs() == []


@pytest.mark.parametrize("word", ["--from=given,input", "input"])
def test_every_input_that_a_word_names_counts(word):
    Path("given").write_text("x")
    Path("input").write_text("x")
    (stage,) = stages_from([f"only: parts {word} --write={{only}}"], [], Path("runs/e"), list)
    before = stage_records.fingerprints([stage], "1", Path("runs/e"))
    assert stage_records.fingerprints([stage], "1", Path("runs/e")) == before
    Path("input").write_text("y")
    assert stage_records.fingerprints([stage], "1", Path("runs/e")) != before


def test_a_flagfile_counts_by_its_flags_and_not_by_its_comments():
    nested, flagfile = Path("nested.flags"), Path("stage.flags")
    nested.write_text("--text=t\n")
    flagfile.write_text("# a comment\n--flagfile=nested.flags\n")
    lines = ("--name=e", "--stage=only: parts --text=u --flagfile=stage.flags --write={only}")
    run(*lines)
    flagfile.write_text("# another\n\n--flagfile=nested.flags\n")
    run(*lines)
    assert runs() == ["u"]
    nested.write_text("--text=v\n")
    run(*lines)
    assert runs() == ["u"]


def test_what_a_line_overrides_in_its_flagfile_does_not_count():
    Path("stage.flags").write_text("--read=old\n--text=t\n")
    Path("old").write_text("x")
    Path("new").write_text("y")
    lines = ("--name=e", "--stage=a: parts --text=u --flagfile=stage.flags --read=new --write={a}")
    run(*lines)
    Path("old").write_text("z")
    Path("stage.flags").write_text("--read=older\n--text=t\n")
    run(*lines)
    assert runs() == ["u"]
    Path("stage.flags").write_text("--text=v\n")  # stands after the line's own --text: it counts
    run(*lines)
    assert runs() == ["u"]


def test_another_version_of_the_package_runs_everything_again(monkeypatch):
    run(*TWO_STAGES)
    runs()
    monkeypatch.setattr("gan_tf.__version__", "0.0.0")
    run(*TWO_STAGES)
    assert runs() == ["one", "two"]


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


def test_only_runs_what_is_asked_for():
    run(*TWO_STAGES, "--only=first")
    assert runs() == ["one"]
    run(*TWO_STAGES, "--only=second")
    assert runs() == ["two"]


def test_from_runs_a_finished_stage_and_those_after_it():
    run(*TWO_STAGES)
    runs()
    run(*TWO_STAGES, "--from=second")
    assert runs() == ["two"]
    run(*TWO_STAGES, "--from=first")
    assert runs() == ["one", "two"]


def test_spaces_in_a_value_stay_within_their_word(folder):
    run("--name=e", "--let=where=a b", "--stage=a: parts '--text=x y' --q={where} --write={a}")
    run("--name=e", "--work_dir=a folder", "--stage=a: parts --text=t --write={a}")
    assert Path("runs/e/a").read_text() == "x y"
    assert Path("a folder/a").read_text() == "t"
