"""Runs that translate images: their files, records and sample grids."""

import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from small_families import small_config
from training_runs import read_json_lines
from translating_run import command, digit_pixels

from data_tools.errors import InputError, UsageError
from data_tools.formats.manifest import read_trained_on
from data_tools.sources import open_source
from gan_tf import train
from gan_tf.inputs.combined.domains import two_domains, with_labels
from gan_tf.inputs.images import images_in_memory
from gan_tf.runs import directory
from gan_tf.runs.data.card import data_card
from gan_tf.runs.sample_grid import sample_grid
from gan_tf.runs.sampling import ImageTranslator
from gan_tf.runs.train_state import build_train_state
from gan_tf.training.pixels import to_float, to_uint8


def test_both_generators_are_exported_and_give_the_same_images(cyclegan_run_dir, cyclegan_run):
    images = digit_pixels(3, 3)
    for direction, name in (("a_to_b", "generator_ab"), ("b_to_a", "generator_ba")):
        network = cyclegan_run.train_state.averages[name].network
        expected = list(
            ImageTranslator(cyclegan_run.train_state.family, direction, network)(images)
        )
        exported = tf.saved_model.load(str(cyclegan_run_dir / name))
        exported_images = to_uint8(exported.serve(to_float(tf.constant(images), (-1, 1))), (-1, 1))
        # Another batch size may round to the next gray level.
        assert np.abs(exported_images.astype(int) - np.array(expected)).max() <= 1


def test_a_family_has_its_own_defaults(cyclegan_run_dir):
    lines = (cyclegan_run_dir / "flags.txt").read_text().splitlines()
    given = {"--batch_size=4", "--domains=0,1", "--residual_blocks=1"}
    own = {"--decay_start=0.5", "--generator_steps=1", "--loss=least_squares"}
    assert given | own | {"--pool_size=50", "--identity_weight=0.5"} <= set(lines)
    metrics = read_json_lines(cyclegan_run_dir / "metrics.jsonl")
    # Both steps had the full rate; a third would have rate 0.
    assert metrics[-1]["learning_rate/generator_ab"] == pytest.approx(0.0, abs=1e-9)
    assert {"loss/cycle_a", "loss/identity_b", "probability/fake_a"} <= set(metrics[-1])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["--gan=cyclegan"], InputError, "--data has 10 labels; choose two of them with --domains"),
        (["--gan=cyclegan", "--domains=3"], InputError, "--domains=3 must name two labels"),
        (["--gan=cyclegan", "--domains=3,x"], InputError, "--domains names 'x', but --data"),
        (["--domains=1,2"], UsageError, "--domains is for a --gan that translates, not cdcgan"),
        (["--data_b=x"], UsageError, "--data_b is for a --gan that translates, not cdcgan"),
        (["--batch_size=1"], UsageError, "--batch_size=1 leaves --gan=cdcgan nothing to normalize"),
        (["--gan=cyclegan", "--domains=1,2", "--loss=hinge"], InputError, "least_squares, not hi"),
    ],
)
def test_invalid_training_flags_are_refused(tmp_path, arguments, error, message):
    given = ["--data=sklearn:digits", f"--run_dir={tmp_path / 'run'}", "--steps=1"]
    with pytest.raises(error, match=message):
        command(*given, "--threads=2", *arguments, module=train)
    assert not (tmp_path / "run" / "run.json").exists()


def test_images_of_both_domains_are_listed_as_trained_on(cyclegan_run_dir, domains):
    listed = read_trained_on(cyclegan_run_dir)
    assert listed == list(domains.identities())
    assert {one.path.split("/")[0] for one in listed} == {"0", "1"}


def test_the_sample_grid_shows_sources_above_their_translations(
    cyclegan_run_dir, cyclegan_run, domains
):
    with Image.open(cyclegan_run_dir / "samples" / "step-00000002.png") as picture:
        grid = np.asarray(picture)
    rows = grid.reshape(4, 28, 10, 28).swapaxes(1, 2)
    zeros, ones = (np.flatnonzero(domains.labels == label) for label in (0, 1))
    for row, numbers, direction in ((0, zeros, "a_to_b"), (2, ones, "b_to_a")):
        sources = domains.pixels(numbers[np.arange(10) * len(numbers) // 10])
        np.testing.assert_array_equal(rows[row], sources[..., 0])
        network = cyclegan_run.train_state.averages[
            cyclegan_run.train_state.family.directions[direction]
        ].network
        translated = np.array(
            list(ImageTranslator(cyclegan_run.train_state.family, direction, network)(sources))
        )
        np.testing.assert_array_equal(rows[row + 1], translated[..., 0])
        assert not np.array_equal(rows[row + 1], rows[row])


def test_translations_are_compared_with_real_images_of_their_domain(cyclegan_run, domains):
    shown = sample_grid(cyclegan_run.train_state, cyclegan_run.data, domains, seed=0)
    first, second = (shown.real_rows[row, 0] for row in (0, 1))
    # Row 0 is translated into the second domain.
    np.testing.assert_array_equal(first, domains.pixels(np.flatnonzero(domains.labels == 1)[0]))
    np.testing.assert_array_equal(second, domains.pixels(np.flatnonzero(domains.labels == 0)[0]))


def test_the_checkpoint_hash_is_that_of_the_averaged_weights(cyclegan_run_dir, cyclegan_run):
    record = json.loads(
        (cyclegan_run_dir / "checkpoints/step-00000002/checkpoint.json").read_text()
    )
    assert cyclegan_run.checkpoint.weights_hash == record["weights_hash"]


def test_a_run_on_synthetic_images_lists_the_real_images_behind_them(twos, tmp_path):
    images = two_domains(
        twos, with_labels(open_source("sklearn:digits"), ["1"], "", ""), [], images_in_memory
    )
    (tmp_path / "run").mkdir()
    config = small_config("cyclegan")
    directory.create(tmp_path / "run", config, data_card(images), images, [], {})
    paths = [one.path for one in read_trained_on(tmp_path / "run")]
    real = [example.path for example in twos.examples if example.origin == "real"]
    assert 0 < len(real) < len(twos.examples)
    assert paths[: len(real)] == real
    assert all(path.startswith("1/") for path in paths[len(real) : -1])
    assert paths[-1] == "seen/by/acgan.png"


def test_a_trained_run_has_the_weights_of_its_checkpoint(cyclegan_run, domains):
    fresh = (
        build_train_state(cyclegan_run.config, data_card(domains)).averages["generator_ab"].network
    )
    trained = cyclegan_run.train_state.averages["generator_ab"].network
    pairs = zip(fresh.trainable_variables, trained.trainable_variables, strict=True)
    assert any(not np.array_equal(a.numpy(), b.numpy()) for a, b in pairs)
