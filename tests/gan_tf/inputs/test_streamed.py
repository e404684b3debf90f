"""Streamed images: equal to those in memory, in another order, from any batch on."""

import itertools
from dataclasses import replace

import fsspec
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from data_tools.__main__ import main as data_tools
from data_tools.errors import InputError
from gan_tf.inputs import blocks as blocks_module
from gan_tf.inputs import opening
from gan_tf.inputs.batches import Batches, UnreadableBatchError
from gan_tf.inputs.images import load_images, open_split
from gan_tf.inputs.opening import open_images, open_source_images
from gan_tf.inputs.share import Share

MODES = {"L": np.uint8, "RGB": np.uint8, "RGBA": np.uint8, "I;16": np.uint16}


def picture(number, mode="L", size=(5, 4)):
    channels = {"RGB": 3, "RGBA": 4}.get(mode, 1)
    dtype = MODES[mode]
    shape = (size[1], size[0]) + ((channels,) if channels > 1 else ())
    values = np.random.default_rng(number).integers(0, np.iinfo(dtype).max + 1, shape)
    return Image.fromarray(values.astype(dtype))


def folder_of(root, num_images, mode="L", suffix=".png", size=(5, 4)):
    """Write images of two labels and return their folder."""
    for number in range(num_images):
        file = root / "ab"[number % 2] / f"{number:03d}{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        picture(number, mode, size).save(file)
    return root


def records_of(source, dest, *flags):
    arguments = ["convert", "--op=convert_to_tfrecords", f"--data_dir={source}", f"--dest={dest}"]
    assert data_tools([*arguments, "--workers=1", *flags]) == 0
    return str(dest)


def shards_of(spec):
    return sorted(spec.glob("1.0.0/*.tfrecord-?????-of-?????"))


@pytest.fixture(scope="module")
def gray(tmp_path_factory):
    """Return 23 gray images as a folder and as TFRecords in three shards."""
    root = tmp_path_factory.mktemp("stream")
    folder = folder_of(root / "images", 23)
    return {"files": str(folder), "records": records_of(folder, root / "r", "--num_shards=3")}


def streamed(spec):
    images, how = open_images(str(spec), "stream")
    assert how == "stream"
    return images


def taken(images, num_batches, batch_size=4, seed=5, **more):
    dataset = images.dataset(batch_size, seed, **more)
    return [
        (batch["image"].numpy(), batch["label"].numpy())
        for batch in itertools.islice(dataset, num_batches)
    ]


def assert_equal_batches(first, second):
    for (image, label), (other_image, other_label) in zip(first, second, strict=True):
        np.testing.assert_array_equal(image, other_image)
        np.testing.assert_array_equal(label, other_label)


@pytest.mark.parametrize("kind", ["files", "records"])
def test_a_stream_has_the_attributes_of_images_in_memory(gray, kind):
    stream, memory = streamed(gray[kind]), load_images(gray[kind])
    for name in ("class_names", "name", "fingerprint", "image_shape", "epoch_size"):
        assert getattr(stream, name) == getattr(memory, name)
    np.testing.assert_array_equal(stream.labels, memory.labels)
    assert stream.labels.dtype == np.int32
    np.testing.assert_array_equal(
        stream.pixels([[22, 0], [7, 7]]), memory.images[[[22, 0], [7, 7]]]
    )
    assert list(stream.identities()) == list(memory.identities())


# Blocks and windows that batches and epochs do not end with; a single window; one image each.
WINDOWS = [(6, 2), (23, 99), (1, 1), (12, 1)]


@pytest.mark.parametrize(("window", "num_blocks"), WINDOWS)
def test_every_epoch_has_every_image_once_with_its_label(gray, window, num_blocks, monkeypatch):
    monkeypatch.setattr(blocks_module, "MAX_WINDOW_IMAGES", window)
    monkeypatch.setattr(blocks_module, "BLOCKS_PER_WINDOW", num_blocks)
    memory, images = load_images(gray["records"]), streamed(gray["records"])
    index_of = {image.tobytes(): index for index, image in enumerate(memory.images)}
    # 12 batches of 4: two epochs and two images.
    batches = taken(images, 12)
    seen = [index_of[image.tobytes()] for batch, _ in batches for image in batch]
    assert sorted(seen[:23]) == sorted(seen[23:46]) == list(range(23))
    assert seen[:23] != seen[23:46]
    np.testing.assert_array_equal(memory.labels[seen], np.concatenate([y for _, y in batches]))
    for first in (1, 5, 7, 11):
        assert_equal_batches(taken(images, 12 - first, first_batch=first), batches[first:])


@pytest.mark.parametrize("kind", ["files", "records"])
def test_batches_are_a_function_of_seed_and_position(gray, kind):
    images = streamed(gray[kind])
    spec = {"image": tf.TensorSpec([4, 4, 5, 1], tf.uint8), "label": tf.TensorSpec([4], tf.int32)}
    assert images.dataset(4, seed=0).element_spec == spec
    whole = taken(images, 13)
    assert_equal_batches(taken(images, 13), whole)
    assert_equal_batches(taken(images, 4, first_batch=9), whole[9:])
    assert taken(images, 1, seed=6)[0][0].tobytes() != whole[0][0].tobytes()


@pytest.mark.parametrize("kind", ["files", "records"])
def test_workers_share_every_batch_without_overlap(gray, kind):
    images = streamed(gray[kind])
    halves = [taken(images, 7, share=Share(index, 2)) for index in (0, 1)]
    joined = [
        tuple(np.concatenate(parts) for parts in zip(a, b, strict=True))
        for a, b in zip(*halves, strict=True)
    ]
    assert_equal_batches(joined, taken(images, 7))


@pytest.mark.parametrize(
    ("mode", "suffix", "flags"),
    [
        ("RGB", ".png", []),
        ("RGB", ".jpg", []),
        ("L", ".jpg", []),
        ("RGBA", ".png", []),
        ("I;16", ".png", []),
        ("L", ".png", ["--encoding=raw"]),
        ("I;16", ".png", ["--encoding=raw"]),
    ],
)
def test_every_kind_of_image_is_decoded_as_by_pillow(tmp_path, mode, suffix, flags):
    # 33 x 17 pixels: JPEG's blocks of 8 and 16 pixels are incomplete.
    folder = folder_of(tmp_path / "images", 4, mode, suffix, size=(33, 17))
    specs = [records_of(folder, tmp_path / "records", *flags), str(folder)]
    for spec in specs:
        stream, memory = streamed(spec), load_images(spec)
        index_of = {image.tobytes() for image in memory.images}
        ((batch, _),) = taken(stream, 1)
        assert {image.tobytes() for image in batch} == index_of
        np.testing.assert_array_equal(stream.pixels(range(4)), memory.images)
        assert stream.fingerprint == memory.fingerprint
        assert list(stream.identities()) == list(memory.identities())


def test_selected_labels_are_streamed_too(gray):
    source = open_split(gray["records"], "train")
    odd = replace(source, examples=[one for one in source.examples if one.label == "b"])
    stream, memory = (open_source_images(odd, how)[0] for how in ("stream", "memory"))
    assert len(stream.labels) == 11
    ((batch, _),) = taken(stream, 1, batch_size=11)
    assert {x.tobytes() for x in batch} == {x.tobytes() for x in memory.images}


REFUSED = {
    "webp": lambda file: picture(0, "RGB").save(file.with_suffix(".webp"), lossless=True),
    "palette": lambda file: picture(0, "RGB").quantize(4).save(file),
    "rotated": lambda file: picture(0).save(file, exif=rotated()),
    "bilevel": lambda file: picture(0).convert("1").save(file),
}


def rotated():
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


@pytest.mark.parametrize("kind", REFUSED)
def test_files_that_tensorflow_reads_differently_are_refused(tmp_path, kind):
    folder_of(tmp_path, 3)
    REFUSED[kind](tmp_path / "b" / "999.png")
    with pytest.raises(InputError, match=r"'b/999.* is no upright PNG or JPEG, so it cannot"):
        streamed(tmp_path)


def test_files_of_several_modes_are_refused(tmp_path):
    folder_of(tmp_path, 3)
    picture(0, "RGB").save(tmp_path / "b" / "999.png")
    with pytest.raises(InputError, match="in mode L, like the first image, so it cannot"):
        streamed(tmp_path)


def test_images_that_are_in_memory_already_are_not_streamed():
    with pytest.raises(InputError, match="'sklearn:digits' is in memory already"):
        streamed("sklearn:digits")
    assert open_images("sklearn:digits", "auto")[1] == "memory"


def damage(shard, at):
    data = bytearray(shard.read_bytes())
    data[at] ^= 1
    shard.write_bytes(data)


def cut(shard, length):
    shard.write_bytes(shard.read_bytes()[:length])


# The last record of the shard is number 5; a shard that ends early may end between records.
BROKEN = {
    "a damaged record": (lambda shard: damage(shard, -10), "checksum of a record.*record 5 of"),
    "a truncated record": (lambda shard: cut(shard, -9), "truncated at byte.*record 5 of"),
    "a missing record": (lambda shard: cut(shard, offset_of_last(shard)), "record 5 of"),
    "an empty shard": (lambda shard: cut(shard, 0), "record 0 of"),
    "a missing shard": (lambda shard: shard.unlink(), "record 0 of"),
}


def offset_of_last(shard):
    return int(np.load(f"{shard}.offsets.npy")[-1])


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_shard_is_reported_with_its_record(tmp_path, kind):
    breaks, message = BROKEN[kind]
    spec = records_of(folder_of(tmp_path / "images", 6), tmp_path / "records")
    images = streamed(spec)
    (shard,) = shards_of(tmp_path / "records")
    breaks(shard)
    with pytest.raises(UnreadableBatchError, match=message) as caught:
        next(Batches(images, 4, 0, 0))
    assert shard.name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_batches_before_a_broken_one_are_delivered(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks_module, "MAX_WINDOW_IMAGES", 4)
    monkeypatch.setattr(blocks_module, "BLOCKS_PER_WINDOW", 1)
    spec = records_of(folder_of(tmp_path / "images", 12), tmp_path / "records")
    images = streamed(spec)
    whole = taken(images, 3, seed=0)
    # The record that comes last in this order.
    last = next(i for i, x in enumerate(load_images(spec).images) if (x == whole[2][0][3]).all())
    (shard,) = shards_of(tmp_path / "records")
    damage(shard, int(np.load(f"{shard}.offsets.npy")[last]) + 30)
    batches = Batches(images, 4, 0, 0)
    delivered = [(x["image"].numpy(), x["label"].numpy()) for x in (next(batches), next(batches))]
    assert_equal_batches(delivered, whole[:2])
    with pytest.raises(UnreadableBatchError, match=f"record {last} of"):
        next(batches)


def test_an_image_of_another_size_is_reported(tmp_path):
    folder = folder_of(tmp_path / "images", 3)
    picture(9, size=(6, 4)).save(folder / "b" / "999.png")
    message = "'b/999.png'.* is 6x4 pixels with 1 channel but the first image is 5x4"
    for spec in (folder, records_of(folder, tmp_path / "records")):
        images = streamed(spec)
        with pytest.raises(UnreadableBatchError, match=message):
            next(Batches(images, 4, 0, 0))
        with pytest.raises(InputError, match=message):
            list(images.identities())


def test_raw_pixels_of_another_size_are_reported(tmp_path):
    # 4 x 5 and 5 x 4 pixels are equally many bytes.
    folder = folder_of(tmp_path / "images", 3)
    records = tmp_path / "records"
    images = streamed(records_of(folder, records, "--encoding=raw"))
    turned = replace(images, image_shape=(5, 4, 1))
    with pytest.raises(UnreadableBatchError, match="is 5x4 pixels .* but the first image is 4x5"):
        next(Batches(turned, 3, 0, 0))


def test_shards_that_tensorflow_cannot_open_are_refused(gray):
    fsspec.filesystem("memory").put(gray["records"], "/gray", recursive=True)
    images = streamed("memory://gray")
    with pytest.raises(InputError, match=r"has no file system memory://; use --input=memory"):
        images.dataset(4, seed=0)


def test_auto_streams_images_that_would_fill_memory(gray, monkeypatch):
    # 23 images of 4 x 5 bytes are 460 bytes decoded.
    for memory, how in ((4 * 460, "memory"), (4 * 460 - 1, "stream")):
        monkeypatch.setattr(opening, "memory_bytes", lambda memory=memory: memory)
        assert open_images(gray["records"], "auto")[1] == how
