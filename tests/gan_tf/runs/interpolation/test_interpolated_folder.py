"""Pictures of interpolations: their ends are generated images, and the loop closes."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from image_folders import tree
from PIL import Image, ImageSequence
from small_families import small_config

from data_tools.errors import InputError, UsageError
from gan_tf import cli
from gan_tf.generate import define_flags, main
from gan_tf.runs.data.card import data_card
from gan_tf.runs.generated_folder import generate
from gan_tf.runs.interpolation.interpolated_folder import UNCONDITIONAL_ROWS, interpolate
from gan_tf.runs.interpolation.options import InterpolationOptions
from gan_tf.runs.interpolation.paths import closed_loop
from gan_tf.runs.options import AlarmOptions, SampleOptions
from gan_tf.runs.training import train_run

# More anchors than a batch has images, so that not all of them come from the first one.
OPTIONS = InterpolationOptions(interpolation_images=3, anchors=66)
EDGE = 28


def trained(folder, config, digits, log_options):
    train_run(folder, config, data_card(digits), digits, log_options, AlarmOptions(), [])
    return folder


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory, config, digits, log_options):
    return trained(tmp_path_factory.mktemp("runs") / "tiny", config, digits, log_options)


@pytest.fixture(scope="module")
def folders(run_dir, tmp_path_factory):
    """Return a folder of interpolations and the generated images between which it draws."""
    folder = tmp_path_factory.mktemp("interpolated")
    samples = SampleOptions(seed=5, latent_scale=1.5, labels=("2", "4", "7"))
    names = interpolate(run_dir, folder / "pictures", samples, OPTIONS)
    assert names == ["classes.png", "latents.png", "loop.gif"]
    generate(run_dir, folder / "images", replace(samples, images_per_class=66))
    return folder / "pictures", folder / "images"


def pixels(path):
    return np.asarray(Image.open(path))


def cells(path, edge=EDGE):
    """Return the images of a grid, [rows, columns, height, width]."""
    grid = pixels(path)
    rows, columns = (length // edge for length in grid.shape)
    return grid.reshape(rows, edge, columns, edge).swapaxes(1, 2)


def test_ends_of_rows_are_generated_images(folders):
    pictures, images = folders
    rows = cells(pictures / "latents.png")
    assert rows.shape == (3, 3, EDGE, EDGE)
    for row, label in zip(rows, "247", strict=True):
        np.testing.assert_array_equal(row[0], pixels(images / label / "000000.png"))
        np.testing.assert_array_equal(row[-1], pixels(images / label / "000001.png"))
        assert (row[1] != row[0]).any() and (row[1] != row[-1]).any()


def test_classes_change_into_the_next_and_the_last_into_the_first(folders):
    pictures, images = folders
    rows = cells(pictures / "classes.png")
    assert rows.shape == (3, 3, EDGE, EDGE)
    np.testing.assert_array_equal(rows[0, 0], pixels(images / "2" / "000000.png"))
    for row, following in zip(rows, np.roll(rows, -1, axis=0), strict=True):
        np.testing.assert_array_equal(row[-1], following[0])
        assert (row[0] != row[-1]).any()


def test_the_loop_passes_the_generated_images(folders):
    pictures, images = folders
    animation = Image.open(io.BytesIO((pictures / "loop.gif").read_bytes()))
    frames = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(animation)]
    # Two steps from each of 66 anchors to the next; three images fill two rows of two.
    assert np.shape(frames) == (132, 2 * EDGE, 2 * EDGE)
    places = {"2": (0, 0), "4": (0, EDGE), "7": (EDGE, 0)}
    for anchor in (0, 1, 63, 64, 65):
        for label, (row, column) in places.items():
            shown = frames[2 * anchor][row : row + EDGE, column : column + EDGE]
            np.testing.assert_array_equal(shown, pixels(images / label / f"{anchor:06d}.png"))
    assert not np.any([frame[EDGE:, EDGE:] for frame in frames])


def test_a_loop_closes_by_a_step_of_the_same_angle():
    anchors = 3 * np.eye(3, dtype=np.float32)
    loop = closed_loop(anchors, 5)
    assert loop.shape == (15, 3)
    np.testing.assert_array_equal(loop[::5], anchors)
    # Three right angles in 15 steps of 18 degrees, the last of which leads to the first vector.
    cosines = (loop * np.roll(loop, -1, axis=0)).sum(1) / 9
    np.testing.assert_allclose(cosines, np.cos(np.pi / 10), rtol=1e-6)


def test_the_same_seed_draws_the_same_pictures(run_dir, folders, tmp_path):
    samples = SampleOptions(seed=5, latent_scale=1.5, labels=("2", "4", "7"))
    interpolate(run_dir, tmp_path / "again", samples, OPTIONS)
    assert tree(tmp_path / "again") == tree(folders[0])
    interpolate(run_dir, tmp_path / "other", replace(samples, seed=6), OPTIONS)
    other = tree(tmp_path / "other")
    assert all(other[name] != content for name, content in tree(folders[0]).items())


def test_a_picture_says_what_it_shows(folders):
    arguments = json.loads((folders[0] / "interpolation.json").read_text())
    del arguments["checkpoint"]
    assert arguments == {
        "run": "tiny",
        "step": 4,
        "seed": 5,
        "latent_scale": 1.5,
        "labels": ["2", "4", "7"],
        "interpolation_images": 3,
        "anchors": 66,
        "classes": ["2", "4", "7"],
    }


def test_a_single_class_does_not_change(run_dir, tmp_path):
    options = InterpolationOptions(interpolation_images=2, anchors=2)
    names = interpolate(run_dir, tmp_path / "one", SampleOptions(labels=("3",)), options)
    assert names == ["latents.png", "loop.gif"]


def test_an_unconditional_run_has_rows_of_its_own_images(tmp_path, digits, log_options, capsys):
    small = digits._replace(images=digits.images[:, 6:22, 6:22])
    run_dir = trained(tmp_path / "run", small_config("dcgan", steps=2), small, log_options)
    words = ["--anchors=3", "--interpolation_images=2", f"--dest={tmp_path / 'pictures'}"]
    main(cli_flags(f"--run_dir={run_dir}", "--interpolate", *words))
    assert "classes.png is left out" in capsys.readouterr().out
    generate(run_dir, tmp_path / "images", SampleOptions(images_per_class=24))
    rows = cells(tmp_path / "pictures" / "latents.png", edge=16)
    (folder,) = (path for path in (tmp_path / "images").iterdir() if path.is_dir())
    # Row r has the images 3 r and 3 r + 1.
    for r in range(UNCONDITIONAL_ROWS):
        for column in (0, 1):
            expected = pixels(folder / f"{3 * r + column:06d}.png")
            np.testing.assert_array_equal(rows[r, column], expected)
    animation = Image.open(io.BytesIO((tmp_path / "pictures" / "loop.gif").read_bytes()))
    assert (animation.n_frames, animation.size) == (3, (3 * 16, 3 * 16))


def cli_flags(*words):
    return cli.parse(define_flags(), words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--interpolate", "--images_per_class=2"], "--images_per_class has no effect with"),
        (["--interpolate", "--strip_metadata"], "--strip_metadata has no effect with"),
        (["--images_per_class=2", "--anchors=3"], "--anchors needs --interpolate"),
        (["--images_per_class=2", "--interpolation_images=3"], "needs --interpolate"),
    ],
)
def test_flags_that_have_no_effect_are_refused(run_dir, tmp_path, words, message):
    with pytest.raises(UsageError, match=message):
        main(cli_flags(f"--run_dir={run_dir}", f"--dest={tmp_path / 'out'}", *words))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("word", ["--anchors=1", "--interpolation_images=1"])
def test_numbers_that_are_too_small_are_refused(word):
    with pytest.raises(UsageError, match="is not an integer of at least 2"):
        cli_flags("--interpolate", word)


def test_a_run_that_translates_is_refused(cyclegan_run_dir, tmp_path):
    with pytest.raises(InputError, match="which translates images; use `gan_tf.translate`"):
        interpolate(cyclegan_run_dir, tmp_path / "out", SampleOptions(), OPTIONS)
    assert not (tmp_path / "out").exists()
