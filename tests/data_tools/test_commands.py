"""The commands: help, flagfiles, imports, output and progress."""

import os
import pty
import subprocess
import sys
import termios
import time

import pytest
from image_folders import labeled_folder, tree

from data_tools import __version__, operations
from data_tools.__main__ import COMMANDS, main
from data_tools.formats.manifest import read_manifest
from data_tools.operations import OPERATIONS, Operation
from data_tools.options import option_names

COMMAND = [sys.executable, "-m", "data_tools"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_is_listed(name, capsys):
    assert main([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert "--data_dir\n" in shown and "--workers\n" in shown
    assert main(["--help"]) == 0
    assert f"  {name} " in capsys.readouterr().out


@pytest.mark.parametrize("op", OPERATIONS)
def test_help_of_an_operation_shows_its_flags_and_no_others(op, capsys):
    assert main(["convert", f"--op={op}", "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    shown = {line.split()[0].replace("[no]", "") for line in lines if line.startswith("  --")}
    common = ("op", "data_dir", "data_dir2", "dest", "unlabeled", "nested", "schema", "workers")
    own = option_names(OPERATIONS[op].options_class())
    assert shown == {f"--{name}" for name in (*common, *own)}


TOY_OPERATION = """
from dataclasses import dataclass

from data_tools.conversion.options import ConversionOptions
from data_tools.conversion.plan import JoinedExamples, Plan
from data_tools.options import REQUIRED, option


@dataclass(frozen=True, kw_only=True)
class Options(ConversionOptions):
    first: int = option(REQUIRED, "Images to take.", lower=1)


def plan(sources, options):
    (source,) = sources
    return Plan(source.class_names, JoinedExamples(sources), range(options.first))
"""


def test_a_new_operation_is_one_file_and_one_line(tmp_path, capsys, monkeypatch):
    (tmp_path / "toy_take.py").write_text(TOY_OPERATION)
    monkeypatch.setattr(operations, "__path__", [*operations.__path__, str(tmp_path)])
    monkeypatch.setitem(OPERATIONS, "toy_take", Operation("toy_take", "take the first images"))
    assert main(["convert", "--help"]) == 0
    assert "toy_take              take the first images" in capsys.readouterr().out
    assert main(["convert", "--op=toy_take", "--help"]) == 0
    assert "  --first\n      Images to take.\n" in capsys.readouterr().out
    source = labeled_folder(tmp_path / "in", {"a": 3})
    command = ["convert", "--op=toy_take", f"--data_dir={source}", f"--dest={tmp_path / 'out'}"]
    assert main([*command, "--workers=1"]) == 2
    assert "--first is missing" in capsys.readouterr().err
    assert main([*command, "--workers=1", "--first=2"]) == 0
    assert len(read_manifest(tmp_path / "out")) == 2
    assert main(["convert", "--op=invert_images", "--first=2"]) == 2
    assert "--first does not apply to --op=invert_images, only to toy_take" in (
        capsys.readouterr().err
    )


def test_every_command_reads_flagfiles(tmp_path):
    source = labeled_folder(tmp_path / "in", {"a": 3})
    (tmp_path / "base.flags").write_text("--op=resize_images\n--height=4\n--width=5\n")
    (tmp_path / "top.flags").write_text(f"--flagfile=base.flags\n--data_dir={source}\n")
    flagfile = f"--flagfile={tmp_path / 'top.flags'}"
    assert main(["convert", flagfile, f"--dest={tmp_path / 'one'}", "--workers=1"]) == 0
    flags = ["--op=resize_images", "--height=4", "--width=5", f"--data_dir={source}"]
    assert main(["convert", *flags, "--dest", str(tmp_path / "two" / "one"), "--workers=1"]) == 0
    assert tree(tmp_path / "one") == tree(tmp_path / "two" / "one")
    (tmp_path / "verify.flags").write_text(f"--data_dir={tmp_path / 'one'}\n--workers=1\n")
    assert main(["verify", f"--flagfile={tmp_path / 'verify.flags'}"]) == 0


def test_a_flag_in_a_flagfile_that_the_operation_does_not_have_is_refused(tmp_path, capsys):
    (tmp_path / "a.flags").write_text("--size=4\n")
    assert main(["convert", "--op=invert_images", f"--flagfile={tmp_path / 'a.flags'}"]) == 2
    assert "--size does not apply to --op=invert_images" in capsys.readouterr().err


def test_help_is_fast_and_needs_no_heavy_import():
    start = time.perf_counter()
    process = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - start
    assert "convert" in process.stdout
    listed = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "data_tools", "convert", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    for heavy in ("numpy", "PIL", "tensorflow", "sklearn", "tqdm"):
        assert f"| {heavy}\n" not in listed.stderr.replace("|   ", "| ")
    # 0.1 s on an idle machine; this one may be busy.
    assert seconds < 3


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == __version__


NO_TENSORFLOW = """
import sys
from data_tools.__main__ import main
source, out = sys.argv[1:]
assert main(["convert", "--op=convert_to_tfrecords", f"--data_dir={source}", f"--dest={out}/r",
             "--workers=1"]) == 0
assert main(["convert", "--op=invert_images", f"--data_dir={out}/r", f"--dest={out}/i",
             "--workers=1"]) == 0
assert main(["inspect", f"{out}/i", f"--dest={out}/s", "--workers=1"]) == 0
assert main(["verify", f"{out}/r", "--workers=1"]) == 0
heavy = {"tensorflow", "tensorflow_datasets", "keras", "torch"} & set(sys.modules)
assert not heavy, heavy
"""


def test_no_command_imports_tensorflow(tmp_path):
    source = labeled_folder(tmp_path / "in", {"a": 2})
    subprocess.run(
        [sys.executable, "-c", NO_TENSORFLOW, str(source), str(tmp_path)],
        check=True,
        capture_output=True,
    )


def test_a_conversion_with_workers_prints_what_it_wrote(tmp_path):
    source = labeled_folder(tmp_path / "in", {"a": 300, "b": 300})
    process = subprocess.run(
        [*COMMAND, "convert", "--op=resize_images", f"--data_dir={source}"]
        + [f"--dest={tmp_path / 'out'}", "--height=5", "--width=5", "--workers=2"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stderr == ""
    assert process.stdout == f"600 images of 2 classes (all 600) in {tmp_path / 'out'}\n"


def test_the_progress_bar_appears_only_on_a_terminal_and_for_long_work():
    script = (
        "import time; from data_tools import progress\n"
        "with progress.progress_bar('op', 40) as bar:\n"
        "    for _ in range(40): time.sleep({}); bar.update(1)\n"
    )
    shown = {}
    for seconds in ("0.001", "0.07"):
        leader, follower = pty.openpty()
        termios.tcsetwinsize(follower, (24, 80))
        subprocess.run([sys.executable, "-c", script.format(seconds)], stderr=follower, check=True)
        os.set_blocking(leader, False)
        try:
            shown[seconds] = os.read(leader, 100_000).decode()
        except BlockingIOError:
            shown[seconds] = ""
        os.close(follower)
        os.close(leader)
    assert "op:" not in shown["0.001"]
    assert "op:" in shown["0.07"]
    assert "images/s" in shown["0.07"]
    quiet = subprocess.run(
        [sys.executable, "-c", script.format("0.07")], stderr=subprocess.PIPE, check=True
    )
    assert quiet.stderr == b""
