"""Folders that a command writes never lie in those that it reads."""

import os

import pytest

from data_tools import command_line
from data_tools.errors import InputError
from data_tools.flag_table import FlagTable


def parse(*arguments):
    define = FlagTable()
    define.source("data", "Read.")
    define.sources("more", "Read too.")
    define.folder("dest", "Written.")
    return command_line.parse(define.values, arguments)


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    """Make the folders ``data/a`` and ``other``, and a link to each, in the working directory."""
    (tmp_path / "data" / "a").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "link_to_data").symlink_to("data")
    (tmp_path / "link_to_a").symlink_to("data/a")
    (tmp_path / "data" / "link_to_other").symlink_to("../other")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "dest",
    ["data/out", "data/a/b/c", "./data/a/../x", "other/../data/x", "link_to_data/x", "link_to_a/x"],
)
@pytest.mark.parametrize("source", ["data", "data/", "../{here}/data", "link_to_data"])
def test_a_folder_in_a_source_is_refused(tmp_path, dest, source):
    source = source.format(here=tmp_path.name)
    for flag in ("data", "more"):
        with pytest.raises(InputError, match=f"^--dest={dest} is inside --{flag}={source}; choose"):
            parse(f"--dest={dest}", f"--{flag}={source}")
    assert sorted(os.listdir("data")) == ["a", "link_to_other"]


def test_every_value_of_a_repeated_source_counts():
    with pytest.raises(InputError, match="is inside --more=data; choose another"):
        parse("--dest=data/x", "--more=other", "--more=data")


def test_a_source_that_a_url_names_on_this_machine_is_a_source_too(tmp_path):
    with pytest.raises(InputError, match="is inside --data=file://.*/data; choose another"):
        parse("--dest=data/x", f"--data=file://{tmp_path}/data")


@pytest.mark.parametrize("dest", ["data", "other/../data", "link_to_data"])
def test_the_source_itself_is_refused(dest):
    with pytest.raises(InputError, match=f"^--dest={dest} is the folder of --data=data; choose"):
        parse(f"--dest={dest}", "--data=data")


def test_the_working_directory_is_a_source_like_any_other(tmp_path, monkeypatch):
    monkeypatch.chdir("data")
    with pytest.raises(InputError, match=r"^--dest=out is inside --data=\.; choose"):
        parse("--dest=out", "--data=.")
    parse("--dest=../out", "--data=.")


def test_the_url_of_a_local_folder_is_a_source_like_its_path(tmp_path):
    with pytest.raises(InputError, match="is inside --data=file:///.*/data; choose another"):
        parse("--dest=data/x", f"--data=file://{tmp_path}/data")


def test_a_source_in_the_data_folder_is_found_there(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_TF_DATA_DIR", str(tmp_path / "data"))
    with pytest.raises(InputError, match="is inside --data=a; choose another"):
        parse(f"--dest={tmp_path}/data/a/x", "--data=a")


@pytest.mark.parametrize("dest", ["out", "data2", "data/../x", "data/link_to_other/x"])
def test_any_other_folder_is_accepted(dest):
    assert parse(f"--dest={dest}", "--data=data", "--more=data/a").dest == dest


@pytest.mark.parametrize("source", ["nowhere", "sklearn:digits", "gs://bucket/data", "data/*-of-*"])
def test_a_source_without_a_folder_of_its_own_refuses_nothing(source):
    assert parse("--dest=data/out", f"--data={source}").dest == "data/out"
