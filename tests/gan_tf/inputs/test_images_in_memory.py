"""Images of a source in memory."""

import io

import numpy as np
import pytest
from PIL import Image

from data_tools.errors import InputError
from data_tools.formats.images import bytes_sha256
from data_tools.sources import open_source
from gan_tf.inputs import images as images_module
from gan_tf.inputs import opening
from gan_tf.inputs.images import images_in_memory, load_images, open_split


def save(folder, name, value, size=(3, 2), mode="L"):
    folder.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, value).save(folder / name)


def test_images_labels_and_hashes_match_the_files(tmp_path):
    save(tmp_path / "label_10", "a.png", 10)
    save(tmp_path / "label_2", "b.png", 20)
    loaded = load_images(str(tmp_path))
    # Natural order: label_2 is class 0.
    assert loaded.class_names == ("label_2", "label_10")
    assert loaded.images.shape == (2, 2, 3, 1)
    pairs = {int(label): int(image[0, 0, 0]) for image, label in zip(*loaded[:2], strict=True)}
    assert pairs == {0: 20, 1: 10}
    assert (loaded.images.dtype, loaded.labels.dtype) == (np.uint8, np.int32)
    for example in loaded.examples:
        assert example.sha256 == bytes_sha256((tmp_path / example.path).read_bytes())
    assert loaded.fingerprint == open_source(tmp_path).fingerprint


def test_a_split_is_loaded_by_name(tmp_path):
    for split, value in {"train": 1, "test": 2}.items():
        save(tmp_path / split / "x", "a.png", value)
    assert int(load_images(str(tmp_path)).images.max()) == 1
    assert int(load_images(str(tmp_path), "test").images.max()) == 2
    with pytest.raises(InputError, match="no split 'validation'"):
        load_images(str(tmp_path), "validation")


def test_an_unlabeled_folder_is_one_class(tmp_path):
    save(tmp_path / "flowers", "a.png", (1, 2, 3), mode="RGB")
    save(tmp_path / "flowers", "b.png", (4, 5, 6), mode="RGB")
    with pytest.raises(InputError):
        load_images(str(tmp_path / "flowers"))
    loaded = load_images(str(tmp_path / "flowers"), unlabeled=True)
    assert (len(loaded.class_names), list(loaded.labels)) == (1, [0, 0])
    assert loaded.images[:, 0, 0].tolist() == [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"size": (4, 2)}, "'x/b.png' .* is 4x2 pixels with 1 channel but 'x/a.png' is 3x2"),
        ({"mode": "RGB", "value": (0, 0, 0)}, "is 3x2 pixels with 3 channels but"),
    ],
)
def test_images_of_different_shapes_are_refused(tmp_path, other, message):
    save(tmp_path / "x", "a.png", 0)
    save(tmp_path / "x", "b.png", **{"value": 0, **other})
    with pytest.raises(InputError, match=message):
        load_images(str(tmp_path))


def test_workers_do_not_change_images_in_memory(monkeypatch):
    monkeypatch.setattr(images_module, "_MAX_IMAGES_PER_PART", 500)
    source = open_split("sklearn:digits", "train")
    one, two = (images_in_memory(source, workers) for workers in (1, 2))
    np.testing.assert_array_equal(one.images, two.images)
    np.testing.assert_array_equal(one.labels, two.labels)
    assert one.fingerprint == two.fingerprint == source.fingerprint
    assert list(one.identities()) == list(two.identities())


def test_pixels_without_a_file_are_those_of_its_png():
    example = open_split("sklearn:digits", "train").examples[3]
    with Image.open(io.BytesIO(example.read())) as image:
        np.testing.assert_array_equal(example.pixels()[..., 0], np.asarray(image))


def test_memory_is_limited_by_the_container(tmp_path, monkeypatch):
    machine = opening.memory_bytes()
    assert 2**28 < machine < 2**46
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(opening, "_CGROUP_LIMITS", (limit, tmp_path / "nowhere"))
    limit.write_text("max\n")
    assert opening.memory_bytes() >= machine
    limit.write_text("1000000\n")
    assert opening.memory_bytes() == 1_000_000
