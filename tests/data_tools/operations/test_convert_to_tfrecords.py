"""Records of a whole data set: metadata, shards, and other readers."""

import importlib.util
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from image_folders import convert, jpeg, labeled_folder, random_image, tree, write_files

from data_tools.__main__ import main
from data_tools.errors import InputError
from data_tools.formats.example_proto import decode_example
from data_tools.formats.images import decode, encode_png
from data_tools.formats.manifest import read_manifest
from data_tools.formats.tfds_layout import shard_name, tfds_name
from data_tools.formats.tfrecord import offsets_file, read_records
from data_tools.sources import open_source


def shards(dest):
    return sorted((dest / "1.0.0").glob("*.tfrecord-?????-of-?????"))


def test_names_are_those_of_tfds():
    assert tfds_name("my flowers-64") == "my_flowers_64"
    assert tfds_name("64px") == "data_64px"
    assert shard_name("a", "test", 3, 12) == "a-test.tfrecord-00003-of-00012"


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    root = tmp_path_factory.mktemp("photos")
    files = {}
    for split, size in (("train", 10), ("validation", 3), ("test", 4)):
        for number in range(size):
            files[f"{split}/rose/{number}.jpg"] = jpeg(number, 10, 12)
            files[f"{split}/lily/{number}.png"] = encode_png(random_image(number, 10, 12))
    return write_files(root / "in", files)


@pytest.fixture(scope="module")
def photo_records(photos, tmp_path_factory):
    return convert(
        "convert_to_tfrecords", photos, tmp_path_factory.mktemp("r") / "photos", "--num_shards=3"
    )


def test_tfds_opens_records_with_splits_slices_and_label_names(photos, photo_records):
    import tensorflow_datasets as tfds

    builder = tfds.builder_from_directory(str(photo_records / "1.0.0"))
    assert builder.info.features["label"].names == ["lily", "rose"]
    assert {name: split.num_examples for name, split in builder.info.splits.items()} == {
        "train": 20,
        "validation": 6,
        "test": 8,
    }
    rows = list(tfds.as_numpy(builder.as_dataset(split="test")))
    assert {row["filename"].decode() for row in rows} == {
        path.relative_to(photos).as_posix() for path in (photos / "test").rglob("*.*")
    }
    for row in rows:
        name = row["filename"].decode()
        assert builder.info.features["label"].int2str(int(row["label"])) == name.split("/")[1]
        assert (row["height"], row["width"], row["channels"]) == (10, 12, 3)
        assert not row["synthetic"]
        if name.endswith(".png"):
            np.testing.assert_array_equal(row["image"], decode((photos / name).read_bytes(), name))

    loaded = tfds.load(
        "photos", data_dir=str(photo_records.parent), split="train[25%:50%]", as_supervised=True
    )
    images = list(tfds.as_numpy(loaded))
    assert len(images) == 5
    assert images[0][0].shape == (10, 12, 3)


def test_a_plain_tfrecord_dataset_reads_the_shards(photos, photo_records):
    import tensorflow as tf

    files = [str(shard) for shard in shards(photo_records) if "train" in shard.name]
    assert len(files) == 3
    features = {
        "image": tf.io.FixedLenFeature([], tf.string),
        "label": tf.io.FixedLenFeature([], tf.int64),
        "filename": tf.io.FixedLenFeature([], tf.string),
    }
    count = 0
    for record in tf.data.TFRecordDataset(files):
        row = tf.io.parse_single_example(record, features)
        # PNG and JPEG bytes are unchanged.
        assert row["image"].numpy() == (photos / row["filename"].numpy().decode()).read_bytes()
        count += 1
    assert count == 20


# In a process of its own, because the package registers TensorFlow's protobuf messages again. It
# imports PyTorch for data sets that are not needed here: an empty module replaces it.
READ_WITHOUT_TENSORFLOW = """
import json, sys, types
for name in ("torch", "torch.utils", "torch.utils.data"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["torch"].utils = sys.modules["torch.utils"]
sys.modules["torch.utils"].data = sys.modules["torch.utils.data"]
sys.modules["torch.utils.data"].IterableDataset = object
from tfrecord.reader import tfrecord_loader
rows = tfrecord_loader(sys.argv[1], None, {"image": "byte", "label": "int", "filename": "byte"})
read = [(bytes(r["filename"]).decode(), bytes(r["image"]).hex(), int(r["label"][0])) for r in rows]
assert "tensorflow" not in sys.modules
print(json.dumps(read))
"""


@pytest.mark.skipif(
    importlib.util.find_spec("tfrecord") is None, reason="the package tfrecord is not installed"
)
def test_a_reader_without_tensorflow_reads_the_shards(photos, photo_records):
    shard = next(shard for shard in shards(photo_records) if "validation" in shard.name)
    command = [sys.executable, "-c", READ_WITHOUT_TENSORFLOW, str(shard)]
    read = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = json.loads(read)
    assert len(rows) == 2
    for name, image, label in rows:
        assert bytes.fromhex(image) == (photos / name).read_bytes()
        assert ["lily", "rose"][label] == name.split("/")[1]


def test_shards_are_even_and_shuffled_by_the_seed(photos, photo_records, tmp_path):
    lengths = [len(np.load(offsets_file(shard))) for shard in shards(photo_records)]
    # In the order of names: test 8, train 20, validation 6, each in three shards.
    assert lengths == [2, 3, 3, 6, 7, 7, 2, 2, 2]
    flags = ("--num_shards=3",)
    again = convert("convert_to_tfrecords", photos, tmp_path / "1" / "photos", *flags)
    other = convert("convert_to_tfrecords", photos, tmp_path / "2" / "photos", *flags, "--seed=1")
    assert tree(again) == tree(photo_records)
    order = [record.path for record in read_manifest(photo_records / "1.0.0")]
    reordered = [record.path for record in read_manifest(other / "1.0.0")]
    assert order != reordered
    assert sorted(order) == sorted(reordered)
    assert order[:20] != sorted(order[:20])
    assert all(path.startswith("train/") for path in order[:20])


def test_the_number_of_workers_changes_no_byte(photos, photo_records, tmp_path):
    source = labeled_folder(tmp_path / "in", {"a": 300, "b": 250})
    outs = {}
    for workers in (1, 2, 3):
        for op in ("convert_to_tfrecords", "invert_images"):
            dest = tmp_path / str(workers) / op
            assert (
                main(
                    [
                        "convert",
                        f"--op={op}",
                        f"--data_dir={source}",
                        f"--dest={dest}",
                        f"--workers={workers}",
                    ]
                )
                == 0
            )
            outs[op, workers] = tree(dest)
    for op in ("convert_to_tfrecords", "invert_images"):
        assert outs[op, 1] == outs[op, 2] == outs[op, 3]


def test_mixed_modes_need_a_mode(tmp_path, capsys):
    files = {
        "a/0.png": encode_png(random_image(1)),
        "a/1.png": encode_png(random_image(2)[..., :1]),
    }
    root = write_files(tmp_path / "in", files)
    arguments = ["convert", "--op=convert_to_tfrecords", f"--data_dir={root}"]
    for policy in ("fail", "skip"):
        dest = tmp_path / policy
        assert main([*arguments, f"--dest={dest}", f"--on_bad={policy}"]) == 1
        error = capsys.readouterr().err
        assert error == (
            "error: 'a/1.png' is L, 'a/0.png' is RGB; pass --mode to convert all to one\n"
        )
        assert not dest.exists()
    source = open_source(convert(arguments[1][5:], root, tmp_path / "rgb", "--mode=RGB"))
    by_path = {example.path: example.pixels() for example in source.examples}
    np.testing.assert_array_equal(by_path["a/1.png"][..., 2], random_image(2)[..., 0])


def test_raw_pixels_need_one_size(tmp_path, capsys):
    files = {"a/0.png": encode_png(random_image(1)), "a/1.png": encode_png(random_image(2, 5, 5))}
    root = write_files(tmp_path / "in", files)
    arguments = ["convert", "--op=convert_to_tfrecords", f"--data_dir={root}", "--encoding=raw"]
    assert main([*arguments, f"--dest={tmp_path / 'out'}"]) == 1
    assert "'a/1.png' is 5x5, 'a/0.png' is 8x6; --encoding=raw needs" in capsys.readouterr().err


def test_records_hold_group_and_origin(tmp_path):
    from data_tools.formats.images import bytes_sha256
    from data_tools.formats.manifest import ImageRecord, write_manifest

    root = labeled_folder(tmp_path / "in", {"a": 2})
    made = [
        ImageRecord("a/000.png", "a", bytes_sha256((root / "a/000.png").read_bytes()), group="G"),
        ImageRecord(
            "a/001.png", "a", bytes_sha256((root / "a/001.png").read_bytes()), "synthetic:r@1"
        ),
    ]
    write_manifest(root, name="in", class_names=["a"], records=made, arguments={})
    dest = convert("convert_to_tfrecords", root, tmp_path / "out")
    features_by_name = {}
    for record in read_records(shards(dest)[0]):
        features = decode_example(record.data, "x")
        features_by_name[features["filename"]] = (features["group"], features["synthetic"])
    assert features_by_name == {b"a/000.png": (b"G", 0), b"a/001.png": (b"", 1)}


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("dataset_info.json", lambda text: "{", "dataset_info.json is damaged"),
        ("dataset_info.json", lambda text: "{}", "lacks metadata"),
        ("features.json", lambda text: "[]", "features.json is damaged"),
        ("label.labels.txt", None, "lacks metadata"),
        ("photos-test.tfrecord-00000-of-00003", None, "00000-of-00003 is missing"),
        (
            "dataset_info.json",
            lambda text: text.replace('"tfrecord"', '"array_record"'),
            "only tfrecord is supported",
        ),
        (
            "manifest.jsonl",
            lambda text: text.partition("\n")[2],
            "lists 33 images, the shards have 34",
        ),
    ],
)
def test_damaged_metadata_is_reported(photo_records, tmp_path, file, change, message):
    folder = tmp_path / "photos"
    shutil.copytree(photo_records, folder)
    path = folder / "1.0.0" / file
    if change is None:
        path.unlink()
    else:
        path.write_text(change(path.read_text()))
    with pytest.raises(InputError, match=message):
        open_source(folder)


def test_a_shard_shorter_than_its_metadata_says_is_refused(photo_records, tmp_path):
    folder = tmp_path / "photos"
    shutil.copytree(photo_records, folder)
    info = folder / "1.0.0" / "dataset_info.json"
    content = json.loads(info.read_text())
    content["splits"][0]["shardLengths"][0] = "99"
    info.write_text(json.dumps(content))
    with pytest.raises(InputError, match="records instead of 99"):
        open_source(folder)


def test_records_refuse_a_label_with_a_line_break(tmp_path, capsys):
    root = labeled_folder(tmp_path / "in", {"two\nlines": 1})
    arguments = ["convert", "--op=convert_to_tfrecords", f"--data_dir={root}"]
    assert main([*arguments, f"--dest={tmp_path / 'out'}"]) == 1
    assert "has a line break; rename its folder" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
