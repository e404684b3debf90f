"""Behavior that the commands of gan_tf share."""

import importlib
import os
import subprocess
import sys

import pytest

from data_tools import command_line
from data_tools.errors import InputError, UsageError
from data_tools.path_flags import SourceParser
from gan_tf import cli
from gan_tf.__main__ import COMMANDS


def test_only_a_bare_name_or_one_in_experiments_is_looked_up_in_the_package(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("digits.flags", "experiments/digits.flags"):
        assert any("split_dataset" in word for word in cli.expanded([f"--flagfile={name}"]))
    for name in ("mine/digits.flags", "./digits.flags", str(tmp_path / "digits.flags")):
        with pytest.raises(UsageError, match=f"--flagfile={name} does not exist"):
            list(cli.expanded([f"--flagfile={name}"]))


@pytest.mark.parametrize("command", ["embed", "filter", "generate", "train", "translate"])
def test_every_command_bounds_its_seed(command):
    values = importlib.import_module(f"gan_tf.{command}").define_flags()
    assert values["seed"].parser.upper_bound == 4294967295


@pytest.mark.parametrize("command", [*sorted(COMMANDS), "convert", "inspect"])
def test_every_command_refuses_to_write_to_a_url(command):
    package = "gan_tf" if command in COMMANDS else "data_tools"
    module = importlib.import_module(f"{package}.{command}")
    names = {"dest", "run_dir", "work_dir"} & set(module.define_flags())
    assert names
    for name in names:
        with pytest.raises(UsageError, match=f"--{name}=gs://b/x: is a URL; name a folder of this"):
            command_line.parse(module.define_flags(), [f"--{name}=gs://b/x"])
        assert command_line.parse(module.define_flags(), [f"--{name}=a/b"])[name].value == "a/b"


# The flags of each command that name data to read; a run that a command reads is no data.
SOURCES = {
    "compare": {"study"},
    "convert": {"data_dir", "data_dir2"},
    "embed": {"data", "synthetic"},
    "evaluate": {"data", "synthetic", "test_data", "validation_data"},
    "experiment": set(),
    "filter": {"data", "images"},
    "generate": set(),
    "inspect": {"data_dir"},
    "train": {"data", "data_b", "unlabeled_data", "validation_data"},
    "translate": {"data"},
}


@pytest.mark.parametrize("command", [*sorted(COMMANDS), "convert", "inspect"])
def test_every_command_refuses_to_write_into_its_data(command, tmp_path):
    module = importlib.import_module(
        f"{'gan_tf' if command in COMMANDS else 'data_tools'}.{command}"
    )
    values = module.define_flags()
    outputs = {"dest", "run_dir", "work_dir"} & set(values)
    assert {n for n in values if isinstance(values[n].parser, SourceParser)} == SOURCES[command]
    for source in SOURCES[command]:
        for output in outputs:
            arguments = [f"--{source}={tmp_path}", f"--{output}={tmp_path}/x"]
            with pytest.raises(InputError, match=f"--{output}=.* is inside --{source}="):
                command_line.parse(module.define_flags(), arguments)
    assert not any(tmp_path.iterdir())


def test_a_closed_pipe_is_no_error_of_help():
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "gan_tf.train", "--help"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_imported_objects_are_left_out_of_garbage_collection_once():
    program = (
        "import gc\n"
        "from gan_tf import cli\n"
        "cli.import_tensorflow()\n"
        "assert gc.isenabled()\n"
        "frozen = gc.get_freeze_count()\n"
        "assert frozen > 100_000, frozen\n"
        "cli.import_tensorflow()\n"
        "assert gc.isenabled() and gc.get_freeze_count() == frozen\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
