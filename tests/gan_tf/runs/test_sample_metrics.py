"""Metrics of samples while a run trains."""

import warnings
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from training_runs import read_json_lines, train
from translating_run import command

from data_tools.errors import InputError, UsageError
from gan_tf import train as train_command
from gan_tf.classifiers.features import pretrained_extractor
from gan_tf.inputs.images import load_images
from gan_tf.metrics import EXTRACTORS, PRETRAINED_METRICS
from gan_tf.metrics.compute import ExtractorOptions, comparison_indices
from gan_tf.metrics.frechet import frechet_distance
from gan_tf.metrics.pixels import pixel_features
from gan_tf.runs.generated_folder import generate
from gan_tf.runs.options import LogOptions, SampleOptions
from gan_tf.runs.sample_grid import TranslationGrid
from gan_tf.runs.sample_metrics import SampleMetrics
from gan_tf.training.checkpoint import CheckpointStore
from gan_tf.training.noise import derived_seed


def lines_of(run_dir):
    return read_json_lines(run_dir / "metrics.jsonl")


@pytest.fixture(scope="module")
def measured():
    """Return options that log at step 4 and save and measure at steps 2 and 4."""
    return LogOptions(
        log_every=4,
        sample_every=0,
        checkpoint_every=2,
        metric_images=20,
        metrics=("frechet_pixels",),
    )


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory, config, digits, measured):
    folder = tmp_path_factory.mktemp("measured") / "run"
    train(folder, config, digits, measured)
    return folder


def test_metrics_are_logged_with_every_checkpoint(run_dir):
    lines = lines_of(run_dir)
    assert [line["step"] for line in lines] == [2, 4]
    assert all(line["frechet_pixels"] > 0 and "loss/generator" in line for line in lines)


def test_a_logged_value_equals_that_of_generated_images(
    run_dir, config, digits, measured, tmp_path
):
    # Samples have the run seed and, of each class, as many images as the compared real ones.
    seed = derived_seed(config.seed, "metrics")
    indices, _ = comparison_indices(60, 20, measured.metrics, seed)
    counts = np.bincount(digits.labels[indices], minlength=10)
    generate(
        run_dir, tmp_path / "images", SampleOptions(images_per_class=int(counts.max()), seed=3)
    )
    images = load_images(str(tmp_path / "images"))
    kept = [np.flatnonzero(images.labels == k)[:n] for k, n in enumerate(counts)]
    expected = frechet_distance(
        pixel_features(digits.images[indices]), pixel_features(images.images[np.concatenate(kept)])
    )
    assert lines_of(run_dir)[-1]["frechet_pixels"] == pytest.approx(expected, rel=1e-9)


def test_a_resumed_run_logs_the_same_values(run_dir, config, digits, measured, tmp_path):
    train(tmp_path / "run", replace(config, steps=2), digits, measured)
    train(tmp_path / "run", config, digits, measured)
    assert lines_of(tmp_path / "run") == lines_of(run_dir)


def test_the_best_checkpoint_by_an_image_metric_is_kept(
    run_dir, config, digits, measured, tmp_path
):
    best_only = replace(measured, metrics=(), keep_checkpoints=1, best_metric="frechet_pixels")
    train(tmp_path / "run", config, digits, best_only)
    values = {line["step"]: line["frechet_pixels"] for line in lines_of(run_dir)}
    store = CheckpointStore(tmp_path / "run" / "checkpoints", tf.train.Checkpoint())
    assert store.best_step() == min(values, key=values.get)


@pytest.mark.parametrize(
    ("best_metric", "best_mode", "mode"),
    [
        ("frechet_pixels", None, "min"),
        ("accuracy", None, "max"),
        ("loss/generator", None, "min"),
        ("frechet_pixels", "max", "max"),
    ],
)
def test_the_mode_of_the_best_metric_is_its_own_unless_given(best_metric, best_mode, mode):
    options = LogOptions(best_metric=best_metric, best_mode=best_mode)
    assert options.resolved_best_mode == mode


def test_one_training_image_cannot_be_compared(digits):
    with pytest.raises(InputError, match="--metrics can compare 1 of 1 training images"):
        one = digits._replace(images=digits.images[:1], labels=digits.labels[:1])
        SampleMetrics(["frechet_pixels"], None, one, 5, seed=0)


def test_a_run_whose_metrics_cannot_be_computed_leaves_nothing(tmp_path, config, digits, measured):
    # The classifier learns from one of the two images, which leaves one to compare with.
    kept = slice(0, 2)
    two = digits._replace(
        images=digits.images[kept], labels=digits.labels[kept], examples=digits.examples[kept]
    )
    options = replace(measured, metrics=("kernel_lenet",))
    with pytest.raises(InputError, match="--metrics can compare 1 of 2 training images, but needs"):
        train(tmp_path / "run", replace(config, batch_size=2), two, options)
    assert not list(tmp_path.iterdir())


def test_translations_are_compared_with_their_own_domain(cyclegan_run, domains):
    grid = TranslationGrid(cyclegan_run.train_state, domains)
    images = grid.images(np.array([1, 0, 1]))
    # In the order of labels: one translation into the first domain, of the first image of the
    # second, then two into the second.
    rows = [
        list(translate(domains.pixels(np.flatnonzero(domains.labels == label)[:number])))
        for translate, label, number in zip(
            reversed(grid._translators.values()), (1, 0), (1, 2), strict=True
        )
    ]
    np.testing.assert_array_equal(images, np.concatenate(rows))


@pytest.fixture
def inception_weights(tmp_path, monkeypatch):
    """Write weights of an Inception-v3 for 75 pixels, its minimum, in place of 299."""
    extractor = EXTRACTORS["inception_v3"]._replace(edge=75)
    monkeypatch.setitem(EXTRACTORS, "inception_v3", extractor)
    network = keras.applications.InceptionV3(
        include_top=False, weights=None, input_shape=(75, 75, 3), pooling="avg"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of Keras, on NumPy's new copy rule
        network.save_weights(tmp_path / "inception.weights.h5")
    return str(tmp_path / "inception.weights.h5")


class _RealImages:
    """A sample grid of real images."""

    def __init__(self, images):
        self._images = images

    def images(self, labels):
        """Return as many images."""
        return self._images[: len(labels)]


def test_metrics_of_inception_use_the_weights_of_a_file(inception_weights, digits):
    grid = _RealImages(digits.images[20:])
    measured = SampleMetrics(PRETRAINED_METRICS, grid, digits, 20, 3, weights=inception_weights)
    values = measured()
    assert list(values) == list(PRETRAINED_METRICS)
    indices, _ = comparison_indices(60, 20, PRETRAINED_METRICS, derived_seed(3, "metrics"))
    features = pretrained_extractor(
        "inception_v3", None, ExtractorOptions(weights=inception_weights)
    )
    expected = frechet_distance(features(digits.images[indices]), features(digits.images[20:40]))
    assert values["frechet_inception_v3"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("none", "--metrics=frechet_inception_v3 needs --weights=imagenet or a file"),
        ("/nowhere", "--weights=/nowhere is not a file"),
    ],
)
def test_metrics_of_inception_need_weights(weights, message, digits):
    with pytest.raises(InputError, match=message):
        SampleMetrics(["frechet_inception_v3"], None, digits, 20, 3, weights=weights)


def test_weights_are_for_metrics_of_inception(tmp_path):
    given = ["--data=sklearn:digits", f"--run_dir={tmp_path / 'run'}", "--steps=1"]
    with pytest.raises(UsageError, match="--weights is for --metrics such as frechet_inception_v"):
        command(*given, "--weights=x", "--metrics=frechet_pixels", module=train_command)
