"""Training on TFRecords that a URL or a pattern of shards names."""

import re
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from image_folders import convert, labeled_folder

from data_tools.sources import open_source
from gan_tf.inputs.opening import open_images

TINY = ["--width=0.02", "--batch_size=4", "--steps=3", "--log_every=1", "--input=memory"]
PATTERN = "1.0.0/set-train.tfrecord-0000[02]-of-00003"


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """Records of 12 images of 8x8 pixels in three shards."""
    folder = tmp_path_factory.mktemp("data")
    root = labeled_folder(folder / "in", {"a": 8, "b": 4})
    small = convert("resize_images", root, folder / "small", "--height=8", "--width=8")
    return convert("convert_to_tfrecords", small, folder / "set", "--num_shards=3")


@pytest.mark.parametrize("spec", ["{}", "file://{}", "{}/" + PATTERN, "file://{}/" + PATTERN])
def test_tensorflow_reads_the_shards_by_the_paths_of_the_loaders(records, spec):
    loaders = [example.load for example in open_source(spec.format(records)).examples]
    shards = list(dict.fromkeys(load.shard for load in loaders))
    read = list(tf.data.TFRecordDataset(shards).as_numpy_iterator())
    assert len(read) == len(loaders) == (8 if "[" in spec else 12)
    for record, load in zip(read, loaders, strict=True):
        image = tf.train.Example.FromString(record).features.feature["image"].bytes_list.value[0]
        assert image == load()


@pytest.mark.parametrize("input_mode", ["memory", "stream"])
def test_images_of_a_url_are_those_of_the_folder(records, input_mode):
    local, remote = (open_images(spec, "memory")[0] for spec in (records, f"file://{records}"))
    images = open_images(f"file://{records}", input_mode)[0]
    np.testing.assert_array_equal(images.pixels(range(12)), local.images)
    np.testing.assert_array_equal(images.labels, local.labels)
    assert images.fingerprint == remote.fingerprint == local.fingerprint
    selected = open_images(f"file://{records}/{PATTERN}", input_mode)[0]
    # Shards 0 and 2 of three with four records each.
    np.testing.assert_array_equal(
        selected.pixels(range(8)), local.images[[0, 1, 2, 3, 8, 9, 10, 11]]
    )
    assert selected.class_names == ("a", "b")
    assert selected.fingerprint != local.fingerprint


def test_a_run_learns_the_same_from_a_folder_and_its_url(records, tmp_path):
    losses = {}
    for name, data in (
        ("folder", records),
        ("url", f"file://{records}"),
        ("pattern", f"{records}/{PATTERN}"),
    ):
        words = ["-m", "gan_tf.train", f"--data={data}", f"--run_dir={tmp_path / name}", *TINY]
        done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        losses[name] = (tmp_path / name / "metrics.jsonl").read_text()
    assert re.search("trained from step 0 to 3", done.stdout)
    assert losses["folder"] == losses["url"] != losses["pattern"]
