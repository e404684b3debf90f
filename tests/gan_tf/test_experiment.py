"""The experiment runner, with real stages of a small module made for it."""

import os
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from data_tools.errors import InputError
from gan_tf import cli, experiment
from gan_tf.study import stage_process
from gan_tf.study.stages import stages_from

# python -m parts --read=PATH --write=PATH --text=T [--exit=N] [--wait=1]: writes what it read and
# T, and appends one line to runs.txt, so that a test can count how often it ran.
PARTS = """
import pathlib, sys, time
flags = dict(word[2:].split("=", 1) for word in sys.argv[1:])
with open("runs.txt", "a") as runs:
    runs.write(flags["text"] + "\\n")
print("working on", flags["text"])
if "wait" in flags:
    pathlib.Path(flags["write"]).mkdir()
    print("waiting", flush=True)
    time.sleep(60)
if "exit" in flags:
    sys.exit("error: --read=nowhere is not there; give a folder" if flags["exit"] == "1" else 7)
before = pathlib.Path(flags["read"]).read_text() if "read" in flags else ""
pathlib.Path(flags["write"]).write_text(before + flags["text"])
"""
TWO_STAGES = (
    "--name=two",
    "--let=word=one",
    "--stage=first: parts --text={word} --write={first}",
    "--stage=second: parts --read={first} --text=two --write={second}",
)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    (tmp_path / "parts.py").write_text(PARTS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("GAN_TF_DATA_DIR", raising=False)
    return tmp_path


def run(*arguments: str) -> int:
    return experiment.main(cli.parse(experiment.define_flags(), arguments))


def runs() -> list[str]:
    """The texts of the stages that have run since the last call."""
    path = Path("runs.txt")
    lines = path.read_text().split() if path.exists() else []
    path.unlink(missing_ok=True)
    return lines


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
    with pytest.raises(cli.UsageError, match="--only=third is no stage"):
        experiment.run("two.flags", "third")


def test_what_the_terminal_cannot_show_stops_nothing():
    Path("loud.py").write_text(
        "import pathlib, sys\n"
        "sys.stdout.buffer.write(b'3 \\xe2\\x89\\x88 \\xff\\n')\n"
        "pathlib.Path(sys.argv[1]).touch()\n"
    )
    result = subprocess.run(
        [sys.executable, "-m", "gan_tf.experiment", "--name=e", "--stage=a: loud {a}"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
    )
    assert b"\n3 ? ?\n" in result.stdout
    assert Path("runs/e/stages/a.log").read_bytes() == b"3 \xe2\x89\x88 \xff\n"


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


# Two runs of `gan`, a set of images of each, and a study of all sets.
REPEATED = (
    "--name=r",
    "--let=seed=1,2",
    "--stage=gan[seed]: parts --text=gan{seed} --write={gan}",
    "--stage=images[seed]: parts --read={gan} --text=+images{seed} --write={images}",
    "--stage=study: parts --text=seeds={seed} --read={images} --write={study}",
)


def test_a_repeated_stage_runs_for_each_value_and_is_read_by_the_same_value():
    assert run(*REPEATED, "--only=gan_1,gan_2,images_1,images_2") == 0
    assert runs() == ["gan1", "gan2", "+images1", "+images2"]
    assert Path("runs/r/images_2").read_text() == "gan2+images2"
    # One more value runs its own stages alone.
    run(*REPEATED, "--let=seed=1,2,3", "--only=gan_1,gan_2,gan_3,images_1,images_2,images_3")
    assert runs() == ["gan3", "+images3"]


def test_a_word_that_names_a_repeated_stage_stands_once_for_each_of_it(folder):
    *_, study = stages_from(
        [line.removeprefix("--stage=") for line in REPEATED[2:]], ["seed=1,2"], folder, list
    )
    assert study.arguments == (
        "--text=seeds=1,2",
        f"--read={folder}/images_1",
        f"--read={folder}/images_2",
        f"--write={folder}/study",
    )
    assert study.flags[1:3] == ("--read={images_1}", "--read={images_2}")
    assert study.needs == ("images_1", "images_2")


def test_stages_repeated_over_different_values_read_all_of_each_other(folder):
    lines = ["a[x]: parts {x} {a}", "b[y]: parts {y} {a} {b}"]
    stages = stages_from(lines, ["x=0.5,1", "y=c,d"], folder, list)
    assert [stage.name for stage in stages] == ["a_0.5", "a_1", "b_c", "b_d"]
    inputs = (f"{folder}/a_0.5", f"{folder}/a_1")
    assert stages[3].arguments == ("d", *inputs, f"{folder}/b_d")


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


def test_only_refuses_a_stage_whose_input_is_not_there():
    with pytest.raises(InputError, match="'second' needs 'first'; add it to --only"):
        run(*TWO_STAGES, "--only=second")


def test_from_runs_a_finished_stage_and_those_after_it():
    run(*TWO_STAGES)
    runs()
    run(*TWO_STAGES, "--from=second")
    assert runs() == ["two"]
    run(*TWO_STAGES, "--from=first")
    assert runs() == ["one", "two"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "--name is missing"),
        (["--name=e"], "no --stage is given"),
        (["--name=e", "--stage=parts"], "--stage=parts is not of the form 'name: module"),
        (["--name=e", "--stage=A b: parts {x}"], "is not of the form 'name: module"),
        (["--name=e", "--stage=a:"], "--stage=a has no command"),
        (["--name=e", "--stage=a: parts '{a}"], "--stage=a cannot be split into words"),
        (["--name=e", "--stage=a: partz {a}"], "--stage=a: Python finds no module 'partz'"),
        (["--name=e", "--stage=a: no.such {a}"], "--stage=a: Python finds no module 'no.such'"),
        (["--name=e", "--stage=a: parts --text=t"], "--stage=a never says {a}"),
        (["--name=e", "--stage=a: parts {a} {b}"], "{b}, neither a stage nor a --let value"),
        (
            ["--name=e", "--stage=a: parts {a} {b}", "--stage=b: parts {b} {a}"],
            "--stage=a names {b}, a later stage",
        ),
        (["--name=e", "--stage=a: parts {a}", "--stage=a: parts {a}"], "--stage=a: the name"),
        (["--name=e", "--let=a=1", "--stage=a: parts {a}"], "--stage=a: the name is taken"),
        (["--name=e", "--stage=stages: parts {stages}"], "--stage=stages: the name is taken"),
        (["--name=e", "--let=size", "--stage=a: parts {a}"], "--let=size is not of the form"),
        (["--name=e", "--let=sise=1", "--stage=a: parts {a}"], "--let=sise=... is used by no"),
        (["--name=e", "--only=b", "--stage=a: parts {a}"], "--only=b is no stage; known are a"),
        (["--name=e", "--from=b", "--stage=a: parts {a}"], "--from=b is no stage; known are a"),
        (["--name=e", "--stage=a: parts {a} --flagfile=no.flags"], "--flagfile=no.flags is not"),
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
            "--stage=c: '{a}{b}' names a and b, both repeated; use two words",
        ),
    ],
)
def test_a_bad_experiment_is_refused_before_anything_runs(arguments, message):
    with pytest.raises(InputError) as error:
        run(*arguments)
    assert message in str(error.value) and "\n" not in str(error.value)
    assert not Path("runs").exists()


def test_a_failing_stage_is_named_with_its_code_its_last_line_and_its_log():
    lines = ("--name=e", "--stage=a: parts --text=t --exit=1 --write={a}")
    with pytest.raises(InputError) as error:
        run(*lines)
    assert str(error.value) == (
        "stage 'a' ended with exit code 1: --read=nowhere is not there; give a folder "
        "(all of it: runs/e/stages/a.log)"
    )
    with pytest.raises(InputError, match="exit code 7: working on t"):
        run("--name=e", "--stage=a: parts --text=t --exit=7 --write={a}")


def test_a_stage_that_makes_nothing_is_not_finished():
    with pytest.raises(InputError, match="stage 'a' made no runs/e/a"):
        run("--name=e", "--stage=a: parts --text=t --write=elsewhere --not={a}")


def test_spaces_in_a_value_stay_within_their_word(folder):
    run("--name=e", "--let=where=a b", "--stage=a: parts '--text=x y' --q={where} --write={a}")
    run("--name=e", "--work_dir=a folder", "--stage=a: parts --text=t --write={a}")
    assert Path("runs/e/a").read_text() == "x y"
    assert Path("a folder/a").read_text() == "t"


# Whatever runs the tests may ignore signals (nohup does), which a child would inherit.
WITH_DEFAULT_SIGNALS = """
import os, signal, sys
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, "-m", "gan_tf.experiment", *sys.argv[1:]])
"""


def start(*arguments: str) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", WITH_DEFAULT_SIGNALS, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(experiment.__file__).parents[1])},
    )
    for line in process.stdout:
        if line == "waiting\n":
            break
    return process


@pytest.mark.parametrize(
    "sent, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
)
def test_an_interrupt_ends_the_stage_and_then_the_run(sent, code):
    stage = "--stage=a: parts --text=t --wait=1 --write={a}"
    process = start("--name=e", stage)
    with pytest.raises(InputError, match="--work_dir=runs/e is in use by another run"):
        run("--name=e", stage)
    process.send_signal(sent)
    shown, complaint = process.communicate(timeout=20)
    assert process.returncode == code
    assert "stopped in stage 'a'; the same command goes on from here" in shown
    assert complaint == ""


def test_a_killed_stage_is_run_again_and_its_remains_are_kept():
    process = start("--name=e", "--stage=a: parts --text=t --wait=1 --write={a}")
    stage_pid = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])
    os.kill(stage_pid, signal.SIGKILL)
    _, complaint = process.communicate(timeout=20)
    assert process.returncode == 1
    assert complaint.startswith("error: stage 'a' ended with signal 9: waiting")
    assert complaint.count("\n") == 1
    assert run("--name=e", "--stage=a: parts --text=t --write={a}") == 0
    assert Path("runs/e/a").is_file() and Path("runs/e/a.old-1").is_dir()


def test_a_resuming_stage_goes_on_in_its_own_output(monkeypatch):
    monkeypatch.setattr("gan_tf.study.stage_records.RESUMING_MODULES", {"parts"})
    failing = ("--name=e", "--let=word=t", "--stage=a: parts --text={word} --write={a}/x")
    Path("runs/e").mkdir(parents=True)
    with pytest.raises(InputError):  # the folder runs/e/a is not there yet
        run(*failing)
    Path("runs/e/a").mkdir()
    assert run(*failing) == 0
    assert not Path("runs/e/a.old-1").exists()
    # Changed words are another run: it does not go on in the old output, which is kept.
    with pytest.raises(InputError):
        run(*failing, "--let=word=u")
    assert Path("runs/e/a.old-1/x").read_text() == "t"


def test_work_beside_the_output_is_kept_for_the_same_stage_alone():
    failing = ("--name=e", "--let=word=t", "--stage=a: parts --text={word} --exit=1 --write={a}")
    partial = Path("runs/e/.a.partial")
    partial.mkdir(parents=True)
    for words, left in ((failing, False), (failing, True), ((*failing, "--let=word=u"), False)):
        partial.mkdir(exist_ok=True)
        with pytest.raises(InputError):
            run(*words)
        assert partial.exists() == left
    assert Path("runs/e/.a.partial.old-2").exists()


def test_a_stage_has_a_terminal_where_we_have_one(folder, monkeypatch):
    (folder / "bar.py").write_text(
        "import os, sys\n"
        "print('bar 1', end='\\r'); print('bar 2'); print(sys.stdout.isatty())\n"
        "print(os.get_terminal_size().columns)\n"
    )
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 77))
    (stage,) = stages_from(["a: bar {a}"], [], folder, lambda words: words)
    with open(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        assert stage_process.run(stage, folder / "log") == 0
        monkeypatch.undo()
        shown = os.read(ours, 1000)
    os.close(ours)
    assert b"bar 1\rbar 2" in shown
    assert (folder / "log").read_text() == "bar 2\nTrue\n77\n"


def test_the_runner_needs_no_tensorflow():
    code = "import sys, gan_tf.experiment; assert 'tensorflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(cli.__file__).parents[1])
