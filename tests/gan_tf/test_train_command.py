"""``python -m gan_tf.train`` and ``generate`` as a user runs them."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time

import pytest
from PIL import Image

NARROW = ["--data=sklearn:digits", "--width=0.02", "--batch_size=8", "--log_every=1"]


def command(name, *arguments, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", f"gan_tf.{name}", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )


def assert_refused(result, code, *parts):
    assert result.returncode == code
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    for part in parts:
        assert part in result.stderr


@pytest.mark.parametrize("name", ["train", "generate"])
def test_help_imports_nothing_heavy_and_exits_with_0(name):
    code = (
        "import sys, runpy; sys.argv = ['x', '--help']\n"
        f"try: runpy.run_module('gan_tf.{name}', run_name='__main__')\n"
        "except SystemExit as end: assert end.code == 0, end.code\n"
        "assert 'tensorflow' not in sys.modules and 'numpy' not in sys.modules\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert "--run_dir" in result.stdout


def picture_folder(folder, **sizes):
    for label, size in sizes.items():
        (folder / label).mkdir(parents=True)
        Image.new("L", size).save(folder / label / "a.png")
    return folder


@pytest.mark.parametrize(
    ("arguments", "code", "parts"),
    [
        (["--run_dir=x", "--steps=1"], 2, ["--data"]),
        (["--data=sklearn:digits", "--run_dir=x"], 2, ["--steps", "--epochs"]),
        (["--data=x", "--run_dir=x", "--steps=1", "--epochs=1"], 2, ["--steps", "--epochs"]),
        (["--data=x", "--run_dir=x", "--steps=one"], 2, ["steps"]),
        (["--data=x", "--run_dir=x", "--steps=0"], 2, ["steps"]),
        (["--no_such_flag=1"], 2, ["no_such_flag"]),
        (["--gan=stylegan"], 2, ["gan", "cdcgan"]),
        (["word"], 2, ["'word'"]),
        (["--flagfile=nowhere.flags"], 2, ["nowhere.flags"]),
        (["--data=nowhere", "--run_dir=x", "--steps=1"], 1, ["nowhere"]),
        (["--data=empty", "--run_dir=x", "--steps=1"], 1, ["empty"]),
        (["--data=flat", "--run_dir=x", "--steps=1"], 1, ["flat"]),
        (["--data=mixed", "--run_dir=x", "--steps=1"], 1, ["mixed", "28x28", "30x28"]),
        (["--data=text", "--run_dir=x", "--steps=1"], 1, ["a.png"]),
        (["--data=hollow", "--run_dir=x", "--steps=1"], 1, ["b"]),
        (["--data=unseen", "--run_dir=x", "--steps=1"], 1, ["'b' of unseen has no", "--drop=b"]),
        (["--data=nested", "--run_dir=x", "--steps=1"], 1, ["1 image in folders", "--nested="]),
    ],
)
def test_bad_input_is_refused_in_one_line_and_writes_nothing(tmp_path, arguments, code, parts):
    (tmp_path / "empty").mkdir()
    (tmp_path / "flat").mkdir()
    Image.new("L", (28, 28)).save(tmp_path / "flat" / "a.png")
    picture_folder(tmp_path / "mixed", a=(28, 28), b=(30, 28))
    (picture_folder(tmp_path / "text", a=(28, 28)) / "a" / "a.png").write_text("not an image")
    (picture_folder(tmp_path / "hollow", a=(28, 28)) / "b").mkdir()
    picture_folder(tmp_path / "unseen", **{"train/a": (28, 28), "test/b": (28, 28)})
    picture_folder(tmp_path / "nested", **{"a/b": (28, 28), "c": (28, 28)})
    assert_refused(command("train", *arguments, cwd=tmp_path), code, *parts)
    assert not (tmp_path / "x").exists()


def test_folders_inside_label_folders_are_trained_on_by_flag(tmp_path):
    picture_folder(tmp_path / "nested", **{"a/b": (28, 28), "a/c": (28, 28), "d": (28, 28)})
    arguments = [*NARROW[1:], "--data=nested", "--run_dir=x", "--steps=1", "--batch_size=2"]
    result = command("train", *arguments, "--nested=join", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "'a_b' (1), 'a_c' (1), 'd' (1)" in result.stderr


@pytest.mark.parametrize("run_dir", ["d", "link", "other", "."])
def test_a_folder_of_data_is_no_run_directory_and_stays_as_it_is(tmp_path, run_dir):
    picture_folder(tmp_path / "d", a=(8, 8), b=(8, 8))
    picture_folder(tmp_path / "other", c=(8, 8))
    (tmp_path / "link").symlink_to("other")
    before = sorted(tmp_path.rglob("*"))
    arguments = [*NARROW[1:], "--data=d", "--steps=1", f"--run_dir={run_dir}"]
    result = command("train", *arguments, cwd=tmp_path)
    reason = "is the folder of --data=d" if run_dir == "d" else "but no run"
    assert_refused(result, 1, f"--run_dir={run_dir} ", reason, "choose another")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_dry_run_prints_the_cost_and_writes_nothing(tmp_path):
    folder = picture_folder(tmp_path / "few", a=(8, 8), b=(8, 8))
    for number in range(99):
        Image.new("L", (8, 8)).save(folder / "b" / f"{number}.png")
    arguments = [*NARROW[1:], "--data=few", "--run_dir=run", "--epochs=2", "--dry_run"]
    result = command("train", *arguments, cwd=tmp_path)
    assert result.returncode == 0
    # "b" has exactly enough images.
    assert result.stderr == (
        "warning: fewer than 100 images of 'a' (1): a GAN underfits or memorizes such small "
        "classes; add images or merge classes, and look for copies with gan_tf.evaluate\n"
    )
    # 101 images, twice, in batches of 8: 25.25 steps, rounded up.
    assert "--steps=26" in result.stdout
    assert "--batch_size=8" in result.stdout
    assert "generator: " in result.stdout and "trainable parameters" in result.stdout
    assert "time: about" in result.stdout and "memory: about" in result.stdout
    assert list(tmp_path.iterdir()) == [folder]


@pytest.fixture(scope="module")
def killed_and_resumed(tmp_path_factory):
    """Return a run that got SIGTERM, then SIGKILL, then finished, and the result of its end."""
    folder = tmp_path_factory.mktemp("killed")
    arguments = [*NARROW, "--run_dir=run", "--steps=30", "--checkpoint_every=4", "--sample_every=9"]
    codes = []
    for number in (signal.SIGTERM, signal.SIGKILL):
        process = subprocess.Popen(
            [sys.executable, "-m", "gan_tf.train", *arguments],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        done = len(read_lines(folder / "run" / "metrics.jsonl"))
        deadline = time.monotonic() + 120
        while len(read_lines(folder / "run" / "metrics.jsonl")) <= done + 2:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(number)
        process.communicate()
        codes.append(process.returncode)
    return folder, codes, arguments, command("train", *arguments, cwd=folder)


def read_lines(path):
    return path.read_text().splitlines() if path.exists() else []


def test_resume_after_sigterm_and_sigkill_is_bit_exact(killed_and_resumed):
    folder, codes, arguments, last = killed_and_resumed
    assert codes == [143, -9]
    assert (last.returncode, last.stderr) == (0, "")
    assert re.search(r"from step \d+ to 30, peak memory \d\.\d GiB$", last.stdout.strip())
    whole = [x if x != "--run_dir=run" else "--run_dir=whole" for x in arguments]
    assert command("train", *whole, cwd=folder).returncode == 0
    run, other = folder / "run", folder / "whole"
    assert (run / "metrics.jsonl").read_text() == (other / "metrics.jsonl").read_text()
    for path in (run / "samples").iterdir():
        assert path.read_bytes() == (other / "samples" / path.name).read_bytes()
    hashes = [
        json.loads((d / "checkpoints/step-00000030/checkpoint.json").read_text())["weights_hash"]
        for d in (run, other)
    ]
    assert hashes[0] == hashes[1]


@pytest.mark.soak
def test_resume_after_twenty_kills_is_bit_exact(tmp_path):
    arguments = [*NARROW, "--steps=400", "--checkpoint_every=7", "--sample_every=50"]
    moments = random.Random(0)
    for _ in range(20):
        process = subprocess.Popen(
            [sys.executable, "-m", "gan_tf.train", *arguments, "--run_dir=run"], cwd=tmp_path
        )
        log = tmp_path / "run" / "metrics.jsonl"
        before = len(read_lines(log))
        while process.poll() is None and len(read_lines(log)) == before:
            time.sleep(0.01)
        time.sleep(moments.uniform(0, 0.5))
        process.kill()
        process.wait()
    for run_dir in ("run", "whole"):
        result = command("train", *arguments, f"--run_dir={run_dir}", cwd=tmp_path)
        assert (result.returncode, result.stderr) == (0, "")
    texts = [(tmp_path / name / "metrics.jsonl").read_text() for name in ("run", "whole")]
    assert texts[0] == texts[1]
    records = [
        json.loads((tmp_path / name / "checkpoints/step-00000400/checkpoint.json").read_text())
        for name in ("run", "whole")
    ]
    assert records[0]["weights_hash"] == records[1]["weights_hash"]


def test_the_written_flags_train_the_same_run(killed_and_resumed):
    folder, _, _, _ = killed_and_resumed
    result = command("train", "--flagfile=run/flags.txt", cwd=folder)
    assert (result.returncode, result.stderr) == (0, "")
    assert "is already trained for 30 steps" in result.stdout


def test_generate_refuses_an_existing_folder(killed_and_resumed):
    folder, _, _, _ = killed_and_resumed
    arguments = ["--run_dir=run", "--images_per_class=2", "--dest=synthetic"]
    result = command("generate", *arguments, cwd=folder)
    assert (result.returncode, result.stderr) == (0, "")
    assert len(list((folder / "synthetic").rglob("*.png"))) == 20
    again = command("generate", *arguments, cwd=folder)
    assert_refused(again, 1, "--dest=synthetic exists")
    nothing = command("generate", "--run_dir=none", "--images_per_class=1", "--dest=y", cwd=folder)
    assert_refused(nothing, 1, "--run_dir=none holds no run")
    assert os.listdir(folder).count("y") == 0
