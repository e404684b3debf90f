"""TFRecords of other programs by pattern and by URL."""

import fsspec
import pytest
from image_folders import jpeg, tree, write_files
from tensorflow_records import write_records

from data_tools.errors import InputError, UsageError
from data_tools.formats.record_keys import parse_schema
from data_tools.sources import open_source, takes_schema

SCHEMA = parse_schema("image=pic,label=cls")


@pytest.fixture
def records(tmp_path):
    for number, name in enumerate(("train-00000", "train-00001", "val-00000")):
        rows = [{"pic": jpeg(10 * number + n), "cls": n} for n in range(2)]
        compression = "GZIP" if number else ""
        write_records(tmp_path / "set" / f"{name}-of-00002", rows, compression)
    write_files(tmp_path / "set", {"labels.txt": b"0:cat\n1:dog\n"})
    return tmp_path / "set"


def in_memory(folder, name):
    for path, data in tree(folder).items():
        fsspec.filesystem("memory").pipe(f"/{name}/{path}", data)
    return f"memory://{name}"


def contents(source):
    return [(example.path, example.read()) for example in source.examples]


def test_a_pattern_selects_files(records, monkeypatch):
    source = open_source(f"{records}/train-*", schema=SCHEMA)
    assert (source.name, source.splits, source.class_names) == ("set", ("train",), ("cat", "dog"))
    assert contents(source) == [
        ("train/cat/000000.jpg", jpeg(0)),
        ("train/dog/000001.jpg", jpeg(1)),
        ("train/cat/000002.jpg", jpeg(10)),
        ("train/dog/000003.jpg", jpeg(11)),
    ]
    monkeypatch.chdir(records)
    relative = open_source("train-*", schema=SCHEMA)
    assert (relative.name, contents(relative)) == ("set", contents(source))
    with pytest.raises(InputError, match="names no TFRecord file; check the pattern"):
        open_source(f"{records}/test-*")


@pytest.mark.filterwarnings("ignore:.*lacks val-00001-of-00002")
def test_a_url_is_the_same_source_as_the_folder(records):
    url = in_memory(records, "bare/set")
    local, remote = (open_source(spec, schema=SCHEMA) for spec in (records, f"{url}/"))
    assert contents(remote) == contents(local)
    for name in ("name", "splits", "class_names"):
        assert getattr(remote, name) == getattr(local, name)
    selected = open_source(f"{url}/*-00001-*", schema=SCHEMA)
    assert [image for _, image in contents(selected)] == [jpeg(10), jpeg(11)]
    one = open_source(f"{url}/val-00000-of-00002", schema=SCHEMA)
    assert (one.name, [image for _, image in contents(one)]) == ("val", [jpeg(20), jpeg(21)])


def test_a_schema_needs_files_without_metadata(records):
    url = in_memory(records, "described")
    assert takes_schema(url)
    fsspec.filesystem("memory").pipe("/described/dataset_info.json", b"{}")
    assert not takes_schema(url)
    with pytest.raises(UsageError, match="--schema is for TFRecords without metadata, which mem"):
        open_source(url, schema=SCHEMA)
