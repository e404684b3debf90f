"""Reading through file systems, and temporary folders."""

import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fsspec
import pytest

from data_tools.errors import InputError
from data_tools.files import file_systems
from data_tools.files.file_systems import is_remote, list_files, local_copy, open_file


@pytest.mark.parametrize("path", ["gs://b/x", "s3://b", "file:///a", "memory://a/b", "S3A://b"])
def test_a_url_is_remote(path):
    assert is_remote(path)


@pytest.mark.parametrize("path", ["a/b", "/a/gs://b", "gs:/b", "tfds:mnist", "://a", "1a://b", ""])
def test_a_path_is_local(path):
    assert not is_remote(path)


def test_any_part_of_a_remote_file_is_read(monkeypatch):
    monkeypatch.setattr(file_systems, "_BLOCK_SIZE", 16)
    content = random.Random(0).randbytes(100)
    fsspec.filesystem("memory").pipe("/parts/file", content)
    places = random.Random(1)
    for _ in range(300):
        offset, size, next_size = places.randrange(110), places.randrange(40), places.randrange(20)
        with open_file("memory://parts/file") as file:
            file.seek(offset)
            assert file.read(size) == content[offset : offset + size]
            # Reading goes on where it stopped.
            assert file.read(next_size) == content[offset + size : offset + size + next_size]


def test_neighbors_are_read_together_without_asking_again(monkeypatch):
    monkeypatch.setattr(file_systems, "_BLOCK_SIZE", 16)
    file_system = fsspec.filesystem("memory")
    file_system.pipe("/ahead/file", b"0123456789" * 4)
    with open_file("memory://ahead/file") as file:
        assert file.read(4) == b"0123"
    file_system.rm("/ahead/file")
    with open_file("memory://ahead/file") as file:
        file.seek(12)
        assert file.read(4) == b"2345"
        with pytest.raises(InputError, match="^memory://ahead/file does not exist; check the addr"):
            file.read(1)


def test_threads_do_not_move_each_other(monkeypatch):
    monkeypatch.setattr(file_systems, "_BLOCK_SIZE", 16)
    content = random.Random(0).randbytes(1000)
    fsspec.filesystem("memory").pipe("/threads/file", content)

    def read(seed):
        places = random.Random(seed)
        for _ in range(500):
            offset = places.randrange(990)
            with open_file("memory://threads/file") as file:
                file.seek(offset)
                if file.read(10) != content[offset : offset + 10]:
                    return False
        return True

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(read, range(4)))
    finally:
        sys.setswitchinterval(interval)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=f"^{tmp_path}/no cannot be read: No such file or dir"):
        open_file(f"{tmp_path}/no")
    with pytest.raises(InputError, match=f"^file://{tmp_path}/no does not exist; check the addr"):
        open_file(f"file://{tmp_path}/no")


def test_a_folder_lists_its_files_with_their_sizes(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b.txt").write_bytes(b"123")
    (tmp_path / "empty").touch()
    expected = {"a": None, "b.txt": 3, "empty": 0}
    assert list_files(f"file://{tmp_path}") == list_files(f"file://{tmp_path}/") == expected


def test_a_copy_has_the_named_files(tmp_path):
    for name in ("a.json", "b.json", "c.bin"):
        (tmp_path / name).write_text(name)
    copy = local_copy(f"file://{tmp_path}", ["b.json", "a.json"])
    assert {path.name: path.read_text() for path in copy.iterdir()} == {
        "a.json": "a.json",
        "b.json": "b.json",
    }


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "raise KeyboardInterrupt"])
def test_a_temporary_folder_lives_as_long_as_its_process_but_not_as_its_fork(tmp_path, end):
    code = (
        "import os, sys\n"
        "from data_tools.files.file_systems import temporary_folder\n"
        "folder = temporary_folder()\n"
        "if os.fork() == 0: sys.exit()\n"
        "os.wait()\n"
        "assert folder.is_dir()\n"
        "print(folder)\n" + end
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"TMPDIR": str(tmp_path)}
    )
    folder = Path(done.stdout.strip())
    assert folder.parent == tmp_path
    assert not folder.exists()
