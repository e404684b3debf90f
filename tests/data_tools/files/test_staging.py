"""Staged folders and atomic writes."""

import pytest
from image_folders import tree

from data_tools.errors import InputError
from data_tools.files.staging import staged, write_atomically


def test_a_staged_folder_is_renamed_on_success_and_removed_on_error(tmp_path):
    dest = tmp_path / "deep" / "out"
    with staged(dest) as folder:
        (folder / "x").write_text("x")
        assert not dest.exists()
        assert folder.parent == dest.parent
    assert tree(dest) == {"x": b"x"}
    with pytest.raises(RuntimeError), staged(tmp_path / "other"):
        raise RuntimeError
    with pytest.raises(InputError, match="exists; choose another or remove it"), staged(dest):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep"]


def test_abandoned_folders_are_removed_but_not_those_in_use(tmp_path):
    abandoned = tmp_path / ".out.partial-dead"
    abandoned.mkdir()
    (abandoned / "x").write_text("x")
    with staged(tmp_path / "out") as first:
        assert not abandoned.exists()
        with pytest.raises(RuntimeError), staged(tmp_path / "out"):
            assert first.exists()
            raise RuntimeError
        assert first.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_file_is_replaced_atomically(tmp_path):
    file = tmp_path / "file"
    write_atomically(file, b"one")
    write_atomically(file, b"two")
    assert tree(tmp_path) == {"file": b"two"}
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        write_atomically(tmp_path / "folder", b"three")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_a_destination_created_meanwhile_is_not_overwritten(tmp_path):
    with pytest.raises(InputError, match="exists"), staged(tmp_path / "out") as folder:
        (folder / "x").write_text("x")
        (tmp_path / "out").mkdir()
    assert list((tmp_path / "out").iterdir()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
