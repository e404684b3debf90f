"""Streamed images: equal to those in memory, in another order, readable at any batch."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from data_tools.__main__ import main as data_tools
from data_tools.errors import InputError
from gan_tf.inputs import images as images_module
from gan_tf.inputs import opening
from gan_tf.inputs.images import load_images, open_split
from gan_tf.inputs.opening import open_images, open_source_images
from gan_tf.inputs.stream import StreamedBatches
from gan_tf.inputs.window_order import WindowOrder

MODES = {"L": np.uint8, "RGB": np.uint8, "RGBA": np.uint8, "I;16": np.uint16}


def picture(number, mode="L", size=(5, 4)):
    channels = {"RGB": 3, "RGBA": 4}.get(mode, 1)
    dtype = MODES[mode]
    shape = (size[1], size[0]) + ((channels,) if channels > 1 else ())
    values = np.random.default_rng(number).integers(0, np.iinfo(dtype).max + 1, shape)
    return Image.fromarray(values.astype(dtype))


def folder_of(root, num_images, mode="L", suffix=".png"):
    """Write images of two labels and return their folder."""
    for number in range(num_images):
        file = root / "ab"[number % 2] / f"{number:03d}{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        picture(number, mode).save(file)
    return root


def records_of(source, dest, *flags):
    arguments = ["convert", "--op=convert_to_tfrecords", f"--data_dir={source}", f"--dest={dest}"]
    assert data_tools([*arguments, "--workers=1", *flags]) == 0
    return str(dest)


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """Return a folder of 23 gray images in three shards."""
    root = tmp_path_factory.mktemp("stream")
    return records_of(folder_of(root / "images", 23), root / "records", "--num_shards=3")


def streamed(spec):
    images, how = open_images(spec, "stream")
    assert how == "stream"
    return images


def batches_of(images, order, batch_size=4):
    return StreamedBatches(images.blocks, images.labels, images.image_shape, order, batch_size)


def assert_equal_batches(first, second):
    assert first.keys() == second.keys() == {"image", "label"}
    for name in first:
        assert first[name].dtype == second[name].dtype
        np.testing.assert_array_equal(first[name], second[name])


def test_a_stream_has_the_attributes_of_images_in_memory(records):
    stream, memory = streamed(records), load_images(records)
    for name in ("class_names", "name", "fingerprint", "image_shape"):
        assert getattr(stream, name) == getattr(memory, name)
    np.testing.assert_array_equal(stream.labels, memory.labels)
    assert stream.labels.dtype == np.int32
    np.testing.assert_array_equal(
        stream.pixels([[22, 0], [7, 7]]), memory.images[[[22, 0], [7, 7]]]
    )
    assert list(stream.identities()) == list(memory.identities())


# Blocks across shards, windows across epochs and batches across windows; a block in several
# shards, and a single window.
@pytest.mark.parametrize(("block_size", "window_blocks"), [(3, 2), (1, 1), (12, 1), (4, 99)])
def test_a_batch_has_the_images_and_labels_of_its_indices(records, block_size, window_blocks):
    memory, images = load_images(records), streamed(records)
    feed = batches_of(images, WindowOrder(23, block_size, window_blocks, seed=5))
    seen = []
    # 12 batches of 4: two epochs and two images.
    for batch in range(12):
        indices = feed.indices(batch)
        assert_equal_batches(
            feed(batch), {"image": memory.images[indices], "label": memory.labels[indices]}
        )
        seen += indices.tolist()
    assert sorted(seen[:23]) == sorted(seen[23:46]) == list(range(23))
    assert seen[:23] != seen[23:46]


def test_a_stream_starts_at_any_batch_by_reading_one_window(records):
    images = streamed(records)
    read = []

    def blocks(numbers):
        read.append(numbers)
        return images.blocks(numbers)

    order = WindowOrder(23, 3, 2, seed=1)
    feed = StreamedBatches(blocks, images.labels, images.image_shape, order, 4)
    uninterrupted = [feed(batch) for batch in range(15)]
    # No epoch starts with a new batch, so each window is read once per occurrence.
    # 60 positions end in the third epoch: 8 blocks an epoch, and its first three windows.
    assert len(read) == 8 + 8 + 6
    for batch in (0, 1, 5, 7, 14):
        read.clear()
        resumed = StreamedBatches(blocks, images.labels, images.image_shape, order, 4)
        assert_equal_batches(resumed(batch), uninterrupted[batch])
        first, last = (order.window_at(position) for position in (4 * batch, 4 * batch + 3))
        assert len(read) <= 2 * (1 if first == last else 2)


def test_prefetched_batches_do_not_depend_on_the_first_batch(records):
    images = streamed(records)
    with images.batches(5, seed=2) as feed:
        whole = [feed(batch) for batch in range(10)]
    with images.batches(5, seed=2) as feed:
        for batch in (6, 7, 3):
            assert_equal_batches(feed(batch), whole[batch])
    with images.batches(5, seed=3) as feed:
        assert feed(0)["image"].tobytes() != whole[0]["image"].tobytes()


def test_at_most_three_windows_are_in_memory(records):
    images = streamed(records)
    feed = batches_of(images, WindowOrder(23, 2, 1, seed=0))
    for batch in range(20):
        feed(batch)
        assert sum(len(blocks) for blocks in feed._windows.values()) <= 3


@pytest.mark.parametrize(
    ("mode", "suffix", "flags"),
    [
        ("RGB", ".png", []),
        ("RGB", ".jpg", []),
        ("RGBA", ".png", []),
        ("I;16", ".png", []),
        ("L", ".png", ["--encoding=raw"]),
        ("I;16", ".png", ["--encoding=raw"]),
    ],
)
def test_every_kind_of_record_is_read_as_in_memory(tmp_path, mode, suffix, flags):
    folder = folder_of(tmp_path / "images", 4, mode, suffix)
    spec = records_of(folder, tmp_path / "records", *flags)
    stream, memory = streamed(spec), load_images(spec)
    np.testing.assert_array_equal(stream.pixels(range(4)), memory.images)
    assert stream.fingerprint == memory.fingerprint
    assert list(stream.identities()) == list(memory.identities())


def test_folders_and_selected_labels_are_streamed_too(tmp_path, records):
    folder = str(folder_of(tmp_path / "images", 5))
    np.testing.assert_array_equal(streamed(folder).pixels(range(5)), load_images(folder).images)
    source = open_split(records, "train")
    odd = replace(source, examples=[one for one in source.examples if one.label == "b"])
    stream, memory = (open_source_images(odd, how)[0] for how in ("stream", "memory"))
    assert len(stream.labels) == 11
    np.testing.assert_array_equal(stream.pixels(range(11)), memory.images)


def test_a_damaged_record_is_reported_when_its_batch_is_read(tmp_path):
    spec = records_of(folder_of(tmp_path / "images", 6), tmp_path / "records")
    images = streamed(spec)
    (shard,) = (tmp_path / "records" / "1.0.0").glob("*.tfrecord-00000-of-00001")
    data = bytearray(shard.read_bytes())
    data[-10] ^= 1  # In the last record.
    shard.write_bytes(data)
    with images.batches(6, seed=0) as feed, pytest.raises(InputError, match="checksum of a record"):
        feed(0)
    shard.unlink()
    with images.batches(6, seed=0) as feed, pytest.raises(InputError, match="cannot be read"):
        feed(0)


def test_an_image_of_another_size_is_reported(tmp_path):
    folder = folder_of(tmp_path / "images", 3)
    picture(9, size=(6, 4)).save(folder / "b" / "999.png")
    images = streamed(str(folder))
    message = "b/999.png is 6x4 pixels with 1 channel but the first image is 5x4"
    with images.batches(4, seed=0) as feed, pytest.raises(InputError, match=message):
        feed(0)
    with pytest.raises(InputError, match=message):
        list(images.identities())


def test_auto_streams_images_that_would_fill_memory(records, monkeypatch):
    # 23 images of 4 x 5 bytes are 460 bytes decoded.
    for memory, how in ((4 * 460, "memory"), (4 * 460 - 1, "stream")):
        monkeypatch.setattr(opening, "memory_bytes", lambda memory=memory: memory)
        assert open_images(records, "auto")[1] == how


def test_memory_is_limited_by_the_container(tmp_path, monkeypatch):
    machine = opening.memory_bytes()
    assert 2**28 < machine < 2**46
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(opening, "_CGROUP_LIMITS", (limit, tmp_path / "nowhere"))
    limit.write_text("max\n")
    assert opening.memory_bytes() >= machine
    limit.write_text("1000000\n")
    assert opening.memory_bytes() == 1_000_000


def test_workers_do_not_change_images_in_memory(records, monkeypatch):
    monkeypatch.setattr(images_module, "_MAX_IMAGES_PER_PART", 5)
    source = images_module.open_split(records, "train")
    one, two = (images_module.images_in_memory(source, workers) for workers in (1, 2))
    np.testing.assert_array_equal(one.images, two.images)
    np.testing.assert_array_equal(one.labels, two.labels)
    assert one.fingerprint == two.fingerprint == streamed(records).fingerprint
    assert list(one.identities()) == list(two.identities())


def test_pixels_without_a_file_are_those_of_its_png():
    from data_tools.formats.images import decode
    from data_tools.sources import open_source

    example = open_source("sklearn:digits").examples[3]
    np.testing.assert_array_equal(example.pixels(), decode(example.read(), "it"))
    with Image.open(io.BytesIO(example.read())) as image:
        np.testing.assert_array_equal(example.pixels()[..., 0], np.asarray(image))
