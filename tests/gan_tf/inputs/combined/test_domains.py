"""Two domains from one source or two: images, order and errors."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from data_tools.__main__ import main as data_tools_main
from data_tools.errors import InputError
from data_tools.formats.manifest import TrainedOnImage
from data_tools.sources import open_source
from gan_tf import cli, train
from gan_tf.inputs import opening
from gan_tf.inputs.combined.domains import two_domains
from gan_tf.inputs.images import images_in_memory
from gan_tf.inputs.streamed import streamed_images

LOADERS = {"memory": images_in_memory, "stream": streamed_images}


def folder(root, gray_by_label, size=(4, 4)):
    """Write constant gray images ``root/<label>/<gray>.png`` and return the root."""
    for label, grays in gray_by_label.items():
        (root / label).mkdir(parents=True)
        for gray in grays:
            Image.new("L", size, gray).save(root / label / f"{gray:03d}.png")
    return open_source(str(root))


@pytest.fixture
def animals(tmp_path):
    return folder(
        tmp_path / "animals", {"ant": range(5), "bee": range(10, 13), "cat": range(20, 24)}
    )


@pytest.fixture
def plants(tmp_path):
    return folder(tmp_path / "plants", {"bee": range(100, 105), "oak": range(110, 112)})


def grays(images):
    return np.asarray(images)[:, 0, 0, 0].tolist()


@pytest.mark.parametrize("how", LOADERS)
def test_two_labels_of_one_source_are_two_domains(animals, how):
    images = two_domains(animals, None, ["cat", "ant"], LOADERS[how])
    assert images.class_names == ("cat", "ant")
    assert images.labels.tolist() == [0] * 4 + [1] * 5
    assert images.image_shape == (4, 4, 1)
    assert images.name == "animals"
    assert images.epoch_size == 5
    assert grays(images.pixels(range(9))) == [20, 21, 22, 23, 0, 1, 2, 3, 4]
    pixels = images.pixels(np.array([[8, 0], [3, 4]]))
    assert pixels.shape == (2, 2, 4, 4, 1) and pixels[..., 0, 0, 0].tolist() == [[4, 20], [23, 0]]
    paths = [f"cat/{n:03d}.png" for n in range(20, 24)] + [f"ant/{n:03d}.png" for n in range(5)]
    assert [one.path for one in images.identities()] == paths


def test_one_label_of_tfrecords_is_streamed(animals, tmp_path):
    # The images of "bee" are between others in the shards.
    arguments = ["--op=convert_to_tfrecords", f"--data_dir={animals.folder}", "--num_shards=2"]
    assert data_tools_main(["convert", *arguments, f"--dest={tmp_path / 'records'}"]) == 0
    source = open_source(str(tmp_path / "records"))
    images = two_domains(source, None, ["bee", "cat"], streamed_images)
    assert sorted(grays(images.pixels(range(7)))) == [10, 11, 12, 20, 21, 22, 23]
    (batch,) = images.dataset(3, seed=0).take(1)
    assert sorted(grays(batch["image_a"])) == [10, 11, 12]


@pytest.mark.parametrize("how", LOADERS)
def test_every_epoch_has_each_image_of_a_domain_once(animals, how):
    images = two_domains(animals, None, ["ant", "bee"], LOADERS[how])
    dataset = images.dataset(3, seed=7)
    spec = tf.TensorSpec([3, 4, 4, 1], tf.uint8)
    assert dataset.element_spec == {"image_a": spec, "image_b": spec}
    batches = list(dataset.take(5))
    (again,) = images.dataset(3, seed=7, first_batch=1).take(1)
    a = [gray for batch in batches for gray in grays(batch["image_a"])]
    b = [gray for batch in batches for gray in grays(batch["image_b"])]
    for epoch in range(3):
        assert sorted(a[5 * epoch : 5 * epoch + 5]) == list(range(5))
        assert sorted(b[3 * epoch : 3 * epoch + 3]) == [10, 11, 12]
    for name, value in again.items():
        np.testing.assert_array_equal(value, batches[1][name])
    other = list(images.dataset(3, seed=8).take(2))
    assert grays(other[0]["image_a"]) != a[:3] or grays(other[1]["image_a"]) != a[3:6]


def test_domains_of_equal_size_have_independent_orders(tmp_path):
    source = folder(tmp_path / "twins", {"x": range(50), "y": range(100, 150)})
    (batch,) = two_domains(source, None, [], images_in_memory).dataset(50, seed=0).take(1)
    # Independent permutations of 50 agree in one place on average, equal ones in all.
    assert (
        np.mean(np.array(grays(batch["image_a"])) == np.array(grays(batch["image_b"])) - 100) < 0.2
    )


def test_two_sources_are_two_domains(animals, plants):
    every = two_domains(animals, plants, [], images_in_memory)
    assert every.class_names == ("animals", "plants")
    assert np.bincount(every.labels).tolist() == [12, 7]
    assert every.name == "animals and plants"
    bees = two_domains(animals, plants, ["bee", "bee"], images_in_memory)
    assert bees.class_names == ("bee", "bee")
    assert grays(bees.pixels(range(8))) == [10, 11, 12, 100, 101, 102, 103, 104]


# The 12 and 7 images of 16 bytes each are 304 bytes; they may fill a quarter of memory.
@pytest.mark.parametrize(
    ("how", "memory", "expected"),
    [
        ("memory", 0, "memory"),
        ("stream", 10**9, "stream"),
        ("auto", 4 * 304, "memory"),
        ("auto", 4 * 303, "stream"),
    ],
)
def test_the_command_opens_two_folders(animals, plants, how, memory, expected, monkeypatch):
    monkeypatch.setattr(opening, "memory_bytes", lambda: memory)
    flags = [f"--data={animals.folder}", f"--data_b={plants.folder}", "--domains=bee,oak"]
    values = cli.parse(train.define_flags(), ["--gan=cyclegan", *flags, f"--input={how}"])
    images, resolved = train._open_images(values)
    assert resolved == expected
    assert images.class_names == ("bee", "oak")
    (batch,) = images.dataset(5, seed=0).take(1)
    # An epoch of the smaller domains ends within the batch.
    assert set(grays(batch["image_a"])) == {10, 11, 12}
    assert set(grays(batch["image_b"])) == {110, 111}


@pytest.mark.parametrize("how", LOADERS)
def test_trained_on_lists_the_images_of_both_domains(animals, plants, how):
    behind = [TrainedOnImage(digit * 64, digit * 64) for digit in "12"]
    sources = [
        replace(source, trained_on=(one,))
        for source, one in zip((animals, plants), behind, strict=True)
    ]
    assert list(two_domains(*sources, [], LOADERS[how]).trained_on) == behind


def test_a_source_with_two_labels_needs_no_domains(plants):
    images = two_domains(plants, None, [], images_in_memory)
    assert images.class_names == ("bee", "oak")
    assert np.bincount(images.labels).tolist() == [5, 2]


def test_the_fingerprint_depends_on_domains_and_their_order(animals, plants):
    pairs = [["ant", "bee"], ["bee", "ant"], ["ant", "cat"]]
    prints = {two_domains(animals, None, pair, images_in_memory).fingerprint for pair in pairs}
    prints.add(two_domains(animals, plants, ["bee", "bee"], images_in_memory).fingerprint)
    assert len(prints) == 4
    again = two_domains(animals, None, pairs[0], streamed_images).fingerprint
    assert again in prints


@pytest.mark.parametrize(
    ("with_second", "labels", "message"),
    [
        (False, [], "--data has 3 labels; choose two of them with --domains=FIRST,SECOND"),
        (False, ["ant"], "--domains=ant must name two labels"),
        (False, ["ant", "ant"], "--domains names 'ant' twice"),
        (False, ["ant", "elk"], "--domains names 'elk', but --data=.*animals has no such images; "),
        (
            True,
            ["ant", "cat"],
            "'cat', but --data_b=.*plants has no such images; its labels are bee, oak",
        ),
    ],
)
def test_missing_domains_are_refused(animals, plants, with_second, labels, message):
    with pytest.raises(InputError, match=message):
        two_domains(animals, plants if with_second else None, labels, images_in_memory)


def test_domains_of_different_sizes_are_refused(animals, tmp_path):
    wide = folder(tmp_path / "wide", {"x": [1]}, size=(6, 4))
    with pytest.raises(InputError, match="'animals' are 4x4 .* 'x' 6x4 .*--op=resize_images"):
        two_domains(animals, wide, [], images_in_memory)
