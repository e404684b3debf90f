"""MNIST's idx files as a source."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from image_folders import idx_bytes, random_image, write_files

from data_tools.errors import InputError
from data_tools.sources import open_source
from data_tools.sources.idx import read_idx


def idx_folder(root, num_train=5, num_test=3):
    images = random_image(1, 28 * (num_train + num_test), 28, 1).reshape(-1, 28, 28)
    labels = np.arange(num_train + num_test, dtype=np.uint8) % 3
    return images, write_files(
        root,
        {
            "train-images-idx3-ubyte.gz": idx_bytes(images[:num_train]),
            "train-labels-idx1-ubyte.gz": idx_bytes(labels[:num_train]),
            "t10k-images.idx3-ubyte": idx_bytes(images[num_train:], compressed=False),
            "t10k-labels.idx1-ubyte": idx_bytes(labels[num_train:], compressed=False),
        },
    )


def test_idx_files_have_images_labels_and_splits(tmp_path):
    images, folder = idx_folder(tmp_path / "mnist")
    source = open_source(folder)
    assert (source.splits, source.class_names) == (("train", "test"), ("0", "1", "2"))
    assert [example.path for example in source.examples[3:6]] == [
        "train/0/00003.png",
        "train/1/00004.png",
        "test/2/00000.png",
    ]
    for example, image in zip(source.examples, images, strict=True):
        np.testing.assert_array_equal(example.pixels()[..., 0], image)


def damaged_idx():
    array = np.zeros((2, 3, 3), np.uint8)
    whole = idx_bytes(array, compressed=False)
    return {
        "truncated": whole[:-1],
        "too long": whole + b"x",
        "no header": b"\0\0",
        "another magic": b"PNG" + whole[3:],
        "floats": bytes([0, 0, 0x0D, 1]) + b"\0\0\0\1" + b"\0" * 4,
        "no dimension": bytes([0, 0, 8, 0]),
        "header truncated": whole[:9],
        "empty": bytes([0, 0, 8, 1]) + b"\0" * 4,
        "huge": bytes([0, 0, 8, 4]) + b"\xff" * 16,
    }


@pytest.mark.parametrize("kind", damaged_idx())
def test_a_damaged_idx_file_is_named(tmp_path, kind):
    file = tmp_path / "train-images-idx3-ubyte"
    file.write_bytes(damaged_idx()[kind])
    with pytest.raises(InputError, match="train-images-idx3-ubyte"):
        read_idx(file)


def test_a_truncated_gzip_file_is_named(tmp_path):
    file = tmp_path / "x.gz"
    file.write_bytes(idx_bytes(random_image(1, channels=1))[:-9])
    with pytest.raises(InputError, match="truncated"):
        read_idx(file)


def test_idx_files_that_do_not_match_each_other_are_refused(tmp_path):
    _, folder = idx_folder(tmp_path)
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(idx_bytes(np.zeros(4, np.uint8)))
    with pytest.raises(InputError, match="does not match"):
        open_source(folder)


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        (["train-images-idx3-ubyte.gz"], "the labels .* add train-labels-idx1-ubyte or .*.gz"),
        (["train-labels-idx1-ubyte.gz"], "the images .* add train-images-idx3-ubyte or .*.gz"),
        (["t10k-labels.idx1-ubyte"], "the images .* add t10k-images-idx3-ubyte or .*.gz"),
        (
            ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images.idx3-ubyte"],
            "t10k-images.idx3-ubyte is there, but the labels .* add t10k-labels-idx1-ubyte",
        ),
    ],
)
def test_half_a_pair_of_idx_files_is_refused_by_the_name_of_the_other(tmp_path, kept, message):
    _, folder = idx_folder(tmp_path)
    for file in folder.iterdir():
        if file.name not in kept:
            file.unlink()
    with pytest.raises(InputError, match=message):
        open_source(folder)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_mutated_idx_files_are_read_or_refused_without_a_crash(tmp_path, data):
    whole = bytearray(idx_bytes(np.arange(18, dtype=np.uint8).reshape(2, 3, 3), compressed=False))
    for position in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=4)):
        whole[position] = data.draw(st.integers(0, 255))
    file = tmp_path / "x-idx3-ubyte"
    file.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        array = read_idx(file)
    except InputError:
        return
    assert array.size == file.stat().st_size - 4 - 4 * array.ndim
