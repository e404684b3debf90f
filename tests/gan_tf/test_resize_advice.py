"""Commands that messages recommend for images of different sizes or modes: obeying them works."""

import re
import shlex

import numpy as np
import pytest
from image_folders import random_image, write_files
from small_families import small_config

from data_tools.__main__ import main
from data_tools.errors import Caution, InputError
from data_tools.formats.images import encode_png
from data_tools.sources import open_source
from data_tools.sources.value_range import warn_of_narrow_range
from gan_tf.classifiers import CLASSIFIERS
from gan_tf.classifiers.recipe import refuse_images
from gan_tf.gans import GANS, family_builder
from gan_tf.inputs.combined.domains import two_domains
from gan_tf.inputs.images import images_in_memory, load_images
from gan_tf.inputs.opening import open_images
from gan_tf.study.data.loading import Sources, load_study_images

_COMMAND = re.compile(r"`data_tools (convert [^`]*)`")


def folder(root, shapes, seed=0):
    """Write a labeled folder of images of these shapes and return its path."""
    images = enumerate(shapes)
    files = {
        f"{'ab'[n % 2]}/{n}.png": encode_png(random_image(seed + n, *shape)) for n, shape in images
    }
    return str(write_files(root, files))


def obeyed(error, source, dest):
    """Run the command that an error recommends on a source, and return the new data set."""
    (command,) = _COMMAND.findall(str(error))
    words = [*shlex.split(command), f"--data_dir={source}", f"--dest={dest}", "--workers=1"]
    assert main(words) == 0
    return str(dest)


@pytest.mark.parametrize("other", [(12, 10, 3), (10, 12, 1), (12, 10, 4), (3, 40, 3)])
def test_mixed_images_in_memory(other, tmp_path):
    root = folder(tmp_path / "in", [(12, 10, 1), (12, 10, 1), other])
    with pytest.raises(InputError, match="bring all to one size and mode") as error:
        open_images(root, "memory")
    images, _ = open_images(obeyed(error.value, root, tmp_path / "out"), "memory")
    assert images.images.shape == (3, 12, 10, 1)


def test_mixed_sizes_in_a_stream(tmp_path):
    root = folder(tmp_path / "in", [(12, 10, 3), (12, 10, 3), (9, 9, 3)])
    images, _ = open_images(root, "stream")
    with pytest.raises(InputError, match="bring all to one size and mode") as error:
        images.pixels([0, 1, 2])
    images, _ = open_images(obeyed(error.value, root, tmp_path / "out"), "stream")
    assert images.pixels([0, 1, 2]).shape == (3, 12, 10, 3)


def test_a_mode_with_a_semicolon_is_quoted_for_the_shell(tmp_path):
    deep = encode_png(np.full((2, 2, 1), 50_000, np.uint16))
    files = {"a/0.png": deep, "a/1.png": encode_png(random_image(1, 2, 2, 1))}
    root = write_files(tmp_path, files)
    with pytest.raises(InputError, match=r"--op=convert_to_tfrecords '--mode=I;16'`$"):
        open_images(str(root), "stream")


def test_mixed_modes_in_a_stream(tmp_path):
    root = folder(tmp_path / "in", [(12, 10, 3), (12, 10, 3), (12, 10, 1)])
    with pytest.raises(InputError, match="in mode RGB, like the first") as error:
        open_images(root, "stream")
    images, _ = open_images(obeyed(error.value, root, tmp_path / "out"), "stream")
    assert images.pixels([0, 1, 2]).shape == (3, 12, 10, 3)


def test_two_domains(tmp_path):
    roots = [
        folder(tmp_path / "a", [(12, 10, 3)] * 2),
        folder(tmp_path / "b", [(20, 20, 1)] * 2),
    ]
    with pytest.raises(InputError, match="bring both to one size and mode") as error:
        two_domains(*map(open_source, roots), [], images_in_memory)
    new = [obeyed(error.value, root, f"{root}_new") for root in roots]
    assert two_domains(*map(open_source, new), [], images_in_memory).image_shape == (12, 10, 3)


@pytest.mark.parametrize("role", ["synthetic", "test", "validation"])
@pytest.mark.parametrize(
    ("real_shape", "other_shape"), [((12, 10, 3), (12, 10, 1)), ((12, 10, 1), (20, 20, 4))]
)
def test_the_sets_of_a_study(role, real_shape, other_shape, tmp_path):
    shapes = {name: real_shape for name in ("real", "synthetic", "test", "validation")}
    shapes[role] = other_shape
    specs = {
        name: folder(tmp_path / name, [shape] * 4, seed=100 * n)
        for n, (name, shape) in enumerate(shapes.items())
    }

    def load():
        return load_study_images(
            Sources(specs["real"], (specs["synthetic"],), specs["test"], specs["validation"])
        )

    with pytest.raises(InputError, match=f"convert those of --{role}") as error:
        load()
    specs[role] = obeyed(error.value, specs[role], tmp_path / "out")
    images = load()
    assert {images.real.image_shape, images.synthetic[0].image_shape} == {real_shape}
    assert {images.test.image_shape, images.validation.image_shape} == {real_shape}


@pytest.mark.parametrize("shape", [(5, 90, 4), (30, 17, 1)])
@pytest.mark.parametrize("gan", GANS)
def test_sizes_that_a_family_does_not_take(gan, shape, tmp_path):
    options = small_config(gan)

    def build(root):
        images = load_images(root)
        family_builder(gan)(images.image_shape, (1, 1), options)
        return images

    spec = folder(tmp_path / "in", [shape] * 2)
    for attempt in range(3):
        try:
            images = build(spec)
            break
        except InputError as error:
            spec = obeyed(error, spec, tmp_path / f"out_{attempt}")
    assert images.image_shape[2] == shape[2]


@pytest.mark.parametrize("shape", [(5, 90, 1), (64, 64, 4)])
@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_images_that_a_classifier_does_not_take(classifier, shape, tmp_path):
    spec = folder(tmp_path / "in", [shape] * 2)
    for attempt in range(3):
        images = load_images(spec)
        try:
            refuse_images(classifier, images.image_shape)
            break
        except InputError as error:
            spec = obeyed(error, spec, tmp_path / f"out_{attempt}")
    else:
        pytest.fail("the images are still refused")


@pytest.mark.parametrize("input_mode", ["memory", "stream"])
def test_16_bit_images_of_a_narrow_range(input_mode, tmp_path):
    # 12-bit values; with the default scale 4095 becomes 15.9, with --bit_depth=12 it becomes 255.
    values = np.array([[0, 2048], [4000, 4095]], np.uint16)[..., np.newaxis]
    root = write_files(tmp_path / "in", {"a/0.png": encode_png(values)})
    with pytest.warns(Caution, match=r"values of '.*in' are 0 to 4095 of 65535") as caught:
        images, _ = open_images(str(root), input_mode)
    assert images.pixels([0]).ravel().tolist() == [0, 8, 16, 16]
    # The converted images cause no caution, which would be an error here.
    new = obeyed(caught[0].message, root, tmp_path / "out")
    images, _ = open_images(new, input_mode)
    assert images.pixels([0]).ravel().tolist() == [0, 128, 249, 255]


def test_images_of_8_bits_and_a_wide_range_cause_no_caution(tmp_path):
    wide = np.array([[0, 40_000]], np.uint16)[..., np.newaxis]
    files = {"a/0.png": encode_png(wide), "a/1.png": encode_png(np.zeros((1, 2, 1), np.uint8))}
    warn_of_narrow_range(open_source(str(write_files(tmp_path, files))))
    warn_of_narrow_range(open_source("sklearn:digits"))
