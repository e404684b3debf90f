"""TFRecords by URL and by a pattern of their shards."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import fsspec
import numpy as np
import pytest
from image_folders import convert, labeled_folder, tree, write_files

from data_tools.__main__ import main
from data_tools.errors import InputError
from data_tools.sources import is_flat_folder, open_source
from data_tools.workers import ordered_results

SIZES = {"train/a": 5, "train/b": 4, "validation/b": 3, "test/a": 2, "test/c": 2}


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """Records of 3, 3, 3 images to train, 1, 1, 1 to validate and 1, 1, 2 to test."""
    root = labeled_folder(tmp_path_factory.mktemp("images") / "in", SIZES)
    dest = tmp_path_factory.mktemp("records") / "digits"
    return convert("convert_to_tfrecords", root, dest, "--num_shards=3")


def in_memory(folder, name):
    """Copy a folder to fsspec's file system in memory, and return its URL."""
    file_system = fsspec.filesystem("memory")
    for path, data in tree(folder).items():
        file_system.pipe(f"/{name}/{path}", data)
    return f"memory://{name}"


def without_manifest(records, dest):
    shutil.copytree(records, dest)
    for name in ("manifest.jsonl", "dataset.json"):
        (dest / "1.0.0" / name).unlink()
    return dest


def contents(source):
    return [(one.path, one.label, one.split, one.sha256, one.read()) for one in source.examples]


@pytest.mark.parametrize("place", [lambda x: f"file://{x}", lambda x: in_memory(x, "digits")])
def test_a_url_is_the_same_source_as_the_folder(records, place):
    local, url = open_source(records), place(records)
    for spec in (url, f"{url}/", f"{url}/1.0.0"):
        source = open_source(spec)
        assert contents(source) == contents(local)
        assert (source.name, source.class_names, source.splits) == (
            ("digits", ("a", "b", "c"), ("train", "validation", "test"))
        )
        assert source.fingerprint == local.fingerprint
        assert contents(source.select("test")) == contents(local)[12:]
        assert source.examples[0].load.shard == (
            f"{url}/1.0.0/digits-train.tfrecord-00000-of-00003"
        )
    assert not is_flat_folder(url)


def test_a_url_needs_neither_manifest_nor_offsets(records, tmp_path):
    plain = without_manifest(records, tmp_path / "plain")
    expected = contents(open_source(plain))
    assert contents(open_source(in_memory(plain, "plain"))) == expected
    for file in plain.rglob("*.offsets.npy"):
        file.unlink()
    assert contents(open_source(plain)) == expected
    assert contents(open_source(in_memory(plain, "bare"))) == expected


def test_records_without_manifest_are_ordered_and_numbered_by_split(records, tmp_path):
    plain = without_manifest(records, tmp_path / "plain")
    source = open_source(plain)
    expected = {(one.label, one.split, one.read()) for one in open_source(records).examples}
    assert {(one.label, one.split, one.read()) for one in source.examples} == expected
    numbers = [int(one.path.rpartition("/")[2][:6]) for one in source.examples]
    assert numbers == [*range(9), *range(3), *range(4)]
    assert source.split_ids.tolist() == [0] * 9 + [1] * 3 + [2] * 4
    assert len(source.select("validation").examples) == 3


def test_the_newest_version_is_read(records):
    url = in_memory(records, "versions")
    for version in ("0.9.0", "1.0.0"):
        in_memory(records / "1.0.0", f"versions/{version}")
    fsspec.filesystem("memory").pipe("/versions/9.0.0/notes.txt", b"no metadata")
    assert "/versions/1.0.0/" in open_source(url).examples[0].load.shard
    in_memory(records / "1.0.0", "versions/1.10.0")
    assert "/versions/1.0.0/" in open_source(url).examples[0].load.shard  # Copied once.
    assert "/versions/1.10.0/" in open_source(f"{url}/").examples[0].load.shard


# Three shards of train hold records 0-2, 3-5 and 6-8; validation and test follow.
@pytest.mark.parametrize(
    ("pattern", "numbers", "splits"),
    [
        ("digits-train.tfrecord-0000[01]-of-00003", [0, 1, 2, 3, 4, 5], ("train",)),
        ("digits-train*-00002-*", [6, 7, 8], ("train",)),
        ("*-0000[02]-of-*", [0, 1, 2, 6, 7, 8, 9, 11, 12, 14, 15], ("train", "validation", "test")),
        ("*test*", [12, 13, 14, 15], ("test",)),
        ("*", list(range(16)), ("train", "validation", "test")),
    ],
)
@pytest.mark.parametrize("has_manifest", [True, False])
@pytest.mark.parametrize("is_url", [True, False])
def test_a_pattern_selects_shards(
    records, tmp_path, pattern, numbers, splits, has_manifest, is_url
):
    folder = records if has_manifest else without_manifest(records, tmp_path / "digits")
    whole = open_source(folder)
    root = in_memory(folder, f"selected-{has_manifest}") if is_url else folder
    source = open_source(f"{root}/1.0.0/{pattern}")
    everything = contents(whole)
    if has_manifest:
        assert contents(source) == [everything[number] for number in numbers]
    else:  # Images are numbered by their place among those that are read.
        expected = [everything[number][1:] for number in numbers]
        assert [one[1:] for one in contents(source)] == expected
        first = [one.path for one in source.examples if one.split == splits[0]]
        assert [int(path[-10:-4]) for path in first] == list(range(len(first)))
    assert (source.name, source.class_names) == ("digits", ("a", "b", "c"))
    assert source.splits == splits
    for split in splits:
        expected = [one for one in contents(source) if one[2] == split]
        assert contents(source.select(split)) == expected


def test_a_pattern_reads_shards_of_an_incomplete_copy(records, tmp_path):
    shutil.copytree(records, tmp_path / "copy")
    (tmp_path / "copy" / "1.0.0" / "digits-test.tfrecord-00002-of-00003").unlink()
    with pytest.raises(InputError, match="digits-test.tfrecord-00002-of-00003 is missing"):
        open_source(tmp_path / "copy")
    assert len(open_source(f"{tmp_path}/copy/1.0.0/*").examples) == 14


def test_a_relative_pattern_is_looked_up_in_the_data_folder(records, monkeypatch):
    monkeypatch.setenv("GAN_TF_DATA_DIR", str(records.parent))
    assert len(open_source("digits/1.0.0/*-test*").examples) == 4
    monkeypatch.chdir(records / "1.0.0")
    assert len(open_source("*-test*").examples) == 4


def test_a_folder_whose_name_looks_like_a_pattern_is_a_folder(tmp_path):
    assert len(open_source(labeled_folder(tmp_path / "set[1]", {"a": 2})).examples) == 2


def test_only_the_offsets_of_selected_shards_are_copied(records):
    from data_tools.sources.record_folder import remote_record_folder

    url = f"{in_memory(records, 'few')}/1.0.0"
    copy = remote_record_folder(url, "*-train*-00001-*").metadata
    assert {path.name for path in copy.iterdir()} == {
        *("dataset.json", "dataset_info.json", "features.json", "label.labels.txt"),
        *("manifest.jsonl", "digits-train.tfrecord-00001-of-00003.offsets.npy"),
    }


class Lengths:
    def __init__(self, source):
        self.source = source

    def __call__(self, numbers):
        return [len(self.source.examples[number].read()) for number in numbers]


def test_threads_and_processes_read_the_same_remote_shards(records):
    source = open_source(f"file://{records}")
    expected = [len(example.read()) for example in source.examples]
    with ThreadPoolExecutor(4) as pool:
        read = pool.map(lambda example: len(example.read()), [*source.examples] * 20)
        assert list(read) == expected * 20
    ranges = [range(start, start + 2) for start in range(0, 16, 2)] * 10
    with ordered_results(Lengths(source), ranges, 2) as results:
        assert np.concatenate(list(results)).tolist() == expected * 10


def test_convert_and_verify_read_a_url(records, tmp_path, capsys):
    url = in_memory(records, "convertible")
    assert main(["verify", url, "--workers=1"]) == 0
    assert f"16 images in {url}/1.0.0 match the manifest" in capsys.readouterr().out
    back = convert("tfrecords_to_images", url, tmp_path / "back")
    images = {path: data for path, data in tree(back).items() if path.endswith(".png")}
    assert images == {one.path: one.read() for one in open_source(records).examples}


def test_verify_finds_what_differs_in_a_copy(records, tmp_path, capsys):
    copy = shutil.copytree(records, tmp_path / "copy")
    damaged, missing = (f"digits-train.tfrecord-0000{number}-of-00003" for number in (0, 1))
    data = bytearray((copy / "1.0.0" / damaged).read_bytes())
    data[40] ^= 1
    (copy / "1.0.0" / damaged).write_bytes(data)
    (copy / "1.0.0" / missing).unlink()
    write_files(copy / "1.0.0", {"other.bin": b""})
    url = in_memory(copy, "differing")
    assert main(["verify", url, "--workers=1"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"damaged: '{damaged}': {url}/1.0.0/{damaged} is damaged at byte 0 (checksum of a record)",
        f"missing: '{missing}'",
        "unexpected: 'other.bin'",
    ]


def test_damaged_metadata_is_named_by_its_url(records):
    url = in_memory(records, "damaged")
    fsspec.filesystem("memory").pipe("/damaged/1.0.0/features.json", b"no json")
    with pytest.raises(InputError, match=r"^memory://damaged/1.0.0/features.json is damaged"):
        open_source(url)
    fsspec.filesystem("memory").pipe("/damaged/1.0.0/manifest.jsonl", b"no json\n")
    in_memory(records / "1.0.0", "lines/1.0.0")
    fsspec.filesystem("memory").pipe("/lines/1.0.0/manifest.jsonl", b"no json\n")
    with pytest.raises(InputError, match=r"^memory://lines/1.0.0/manifest.jsonl, line 1 is dam"):
        open_source("memory://lines")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("memory://nowhere", "memory://nowhere does not exist; check the address"),
        (
            "gs://bucket/set",
            "gs://bucket/set cannot be read: .*gcsfs.* \\(pip install 'gan_tf\\[remote\\]'\\)",
        ),
        ("nope://bucket/set", "nope://bucket/set cannot be read: Protocol not known: nope"),
        ("memory://photos", "memory://photos has no dataset_info.json: only TFRecords are read "),
        ("memory://photos/a/*", "memory://photos/a has no dataset_info.json"),
        ("{records}/1.0.0/*-dev-*", "-dev-.* names no shard of digits; check the pattern"),
        ("{records}/*/*-test-*", "only the name of a file may be a pattern, not '.*/\\*'"),
        ("{records}/2.0.0/*-test-*", "there is no folder '.*/2.0.0' here"),
        ("{photos}/a/*.png", "/a/.*.png names no TFRecord file; check the pattern"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(records, tmp_path, spec, message):
    photos = labeled_folder(tmp_path / "photos", {"a": 1})
    in_memory(photos, "photos")
    with pytest.raises(InputError, match=message) as raised:
        open_source(spec.format(records=records, photos=photos))
    assert "\n" not in str(raised.value)


def test_a_shard_that_disappears_is_named(records):
    source = open_source(in_memory(records, "lost"))
    name = "digits-train.tfrecord-00001-of-00003"
    fsspec.filesystem("memory").rm(f"/lost/1.0.0/{name}")
    with pytest.raises(InputError, match=f"memory://lost/1.0.0/{name} does not exist"):
        source.examples[4].read()
