"""Kills, full disks, missing permissions: sources are unchanged, results complete or absent."""

import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest
from image_folders import labeled_folder, tree

from data_tools.__main__ import main

NUM_KILLS = 6


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    root = tmp_path_factory.mktemp("crash") / "in"
    return labeled_folder(root, {"a": 200, "b": 200}, channels=3)


def command(op, source, dest, *flags):
    return [
        *(sys.executable, "-m", "data_tools", "convert", f"--op={op}", f"--data_dir={source}"),
        *(f"--dest={dest}", *flags),
    ]


INTERRUPTED_OPERATIONS = {
    "convert_to_tfrecords": ["--num_shards=4", "--workers=1"],
    "resize_images": ["--workers=2"],
    "merge_datasets": ["--workers=1"],
}


@pytest.mark.parametrize("op", INTERRUPTED_OPERATIONS)
def test_a_kill_at_any_moment_leaves_the_destination_absent_or_complete(op, source, tmp_path):
    before = tree(source)
    flags = list(INTERRUPTED_OPERATIONS[op])
    if op == "merge_datasets":
        flags += [f"--data_dir={source}"]
    complete = tmp_path / "complete" / "out"
    start = time.monotonic()
    subprocess.run(command(op, source, complete, *flags), check=True, capture_output=True)
    seconds = time.monotonic() - start
    expected = tree(complete)
    dest = tmp_path / "killed" / "out"
    rng = random.Random(op)
    num_killed = 0
    for number in range(NUM_KILLS):
        process = subprocess.Popen(
            command(op, source, dest, *flags), stdout=subprocess.DEVNULL, start_new_session=True
        )
        # Spread over the duration, including the end, where files are renamed.
        time.sleep(seconds * (number + rng.random()) / NUM_KILLS)
        process.send_signal(signal.SIGKILL)
        num_killed += process.wait() == -signal.SIGKILL
        if dest.exists():
            assert tree(dest) == expected
            shutil.rmtree(dest)
        assert tree(source) == before
    assert num_killed > 0
    subprocess.run(command(op, source, dest, *flags), check=True, capture_output=True)
    assert tree(dest) == expected
    # Leftovers of the killed processes are removed.
    assert [path.name for path in dest.parent.iterdir()] == ["out"]


def test_workers_die_with_the_process_that_started_them(source, tmp_path):
    process = subprocess.Popen(
        command("invert_images", source, tmp_path / "out", "--workers=2"), start_new_session=True
    )
    deadline = time.monotonic() + 20
    while len(group_members(process.pid)) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    while group_members(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert group_members(process.pid) == []


def test_a_bad_image_stops_the_workers_before_the_partial_folder_is_removed(tmp_path, capsys):
    root = labeled_folder(tmp_path / "in", {"a": 1500})
    (root / "a" / "000.png").write_bytes(b"text")
    arguments = ["convert", "--op=resize_images", f"--data_dir={root}", "--workers=2"]
    assert main([*arguments, f"--dest={tmp_path / 'out'}", "--height=256", "--width=256"]) == 1
    assert "'a/000.png' is not an image" in capsys.readouterr().err
    assert multiprocessing.active_children() == []
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def group_members(group):
    """Return the processes of a group that are still running."""
    members = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as file:
                    state, _, process_group = file.read().rpartition(")")[2].split()[:3]
            except OSError:
                continue
            if int(process_group) == group and state != "Z":
                members.append(int(name))
    return members


@pytest.mark.parametrize(
    ("number", "code", "message"),
    [
        (signal.SIGINT, 130, "error: interrupted; nothing was written\n"),
        (signal.SIGTERM, 143, ""),
    ],
)
def test_an_interrupted_conversion_leaves_nothing_behind(number, code, message, source, tmp_path):
    process = subprocess.Popen(
        command("resize_images", source, tmp_path / "out", "--workers=2", "--height=512"),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell that starts the tests in the background makes them ignore the signal.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while not list(tmp_path.glob(".out.partial-*/a/*")):
        time.sleep(0.01)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    _, error = process.communicate(timeout=60)
    assert (process.returncode, error) == (code, message)
    assert group_members(process.pid) == []
    assert list(tmp_path.iterdir()) == []


def mounted(folder, options):
    """Mount a tmpfs, or skip the test if that is not allowed."""
    folder.mkdir()
    process = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True
    )
    if process.returncode != 0:
        pytest.skip("no permission to mount a tmpfs")


@pytest.mark.parametrize("op", ["convert_to_tfrecords", "invert_images"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_full_disk_is_reported_and_nothing_is_left_behind(op, workers, source, tmp_path, capsys):
    small = tmp_path / "small"
    mounted(small, "size=64k")
    try:
        arguments = ["convert", f"--op={op}", f"--data_dir={source}", f"--workers={workers}"]
        assert main([*arguments, f"--dest={small / 'out'}"]) == 1
        assert capsys.readouterr().err == (
            f"error: --dest={small / 'out'} cannot be written: No space left on device\n"
        )
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_read_only_destination_is_reported(source, tmp_path, capsys):
    folder = tmp_path / "fixed"
    mounted(folder, "size=64k")
    try:
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        arguments = ["convert", "--op=invert_images", f"--data_dir={source}"]
        assert main([*arguments, f"--dest={folder / 'out'}"]) == 1
        assert "cannot be written: Read-only file system" in capsys.readouterr().err
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_parent_that_allows_no_new_folder_is_reported(source, capsys):
    arguments = ["convert", "--op=invert_images", f"--data_dir={source}", "--workers=1"]
    assert main([*arguments, "--dest=/proc/inverted"]) == 1
    assert capsys.readouterr().err == (
        "error: --dest=/proc/inverted cannot be written: /proc does not allow new folders\n"
    )
