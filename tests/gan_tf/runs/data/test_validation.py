"""Checkpoints are chosen by images that are neither trained on nor test images."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from image_folders import convert
from training_runs import assert_equal_runs, every_30th_digit, read_json_lines, train
from translating_run import command

from data_tools.errors import InputError, UsageError
from data_tools.formats.manifest import read_trained_on
from gan_tf import train as train_command
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.classifiers.fitting import fit
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.inputs.images import load_images
from gan_tf.metrics import METRICS, TRANSFER_METRICS
from gan_tf.runs import sample_metrics
from gan_tf.runs.data.validation import load_validation
from gan_tf.runs.generated_folder import generate
from gan_tf.runs.options import LogOptions, SampleOptions
from gan_tf.training.checkpoint import CheckpointStore
from gan_tf.training.noise import derived_seed

SAMPLES, STEPS = 40, 30


@pytest.fixture(autouse=True, scope="module")
def small_classifiers():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sample_metrics, "TRANSFER_SAMPLES", SAMPLES)
        patch.setattr(sample_metrics, "TRANSFER_STEPS", STEPS)
        yield


@pytest.fixture(scope="module")
def validation():
    """Return every 30th digit from the 16th on, 60 images."""
    return every_30th_digit(15)


@pytest.fixture(scope="module")
def options():
    """Return options that save at steps 2 and 4, measure and keep the best."""
    return LogOptions(
        log_every=4,
        sample_every=0,
        checkpoint_every=2,
        metrics=("frechet_pixels",),
        metric_images=50,
        best_metric="cas_lenet",
    )


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory, config, digits, validation, options):
    folder = tmp_path_factory.mktemp("validated") / "run"
    train(folder, config, digits, options, validation=validation)
    return folder


def test_the_score_is_that_of_a_classifier_of_generated_images(
    run_dir, config, validation, tmp_path
):
    # 40 samples of ten classes, from the run seed.
    generate(run_dir, tmp_path / "images", SampleOptions(images_per_class=SAMPLES // 10, seed=3))
    images = load_images(str(tmp_path / "images"))
    seed = derived_seed(config.seed, "metrics") % 2**32
    training = ImageSet(images.images, images.labels)
    fitted = fit(training, FitOptions("lenet", steps=STEPS), num_classes=10, seed=seed)
    predicted = fitted.predict(validation.images).argmax(1)
    expected = np.mean(predicted == validation.labels)
    lines = read_json_lines(run_dir / "metrics.jsonl")
    assert [line["step"] for line in lines] == [2, 4]
    assert lines[-1]["cas_lenet"] == pytest.approx(expected)
    assert lines[-1]["frechet_pixels"] > 0


def test_measuring_does_not_change_the_weights(run_dir, config, digits, options, tmp_path):
    plain = replace(options, metrics=(), best_metric=None)
    train(tmp_path / "run", config, digits, plain)
    hashes = [
        CheckpointStore(folder / "checkpoints", tf.train.Checkpoint())._intact_record(4)[
            "weights_hash"
        ]
        for folder in (run_dir, tmp_path / "run")
    ]
    assert hashes[0] == hashes[1]


def test_a_resumed_run_has_the_same_scores_and_the_same_best_checkpoint(
    run_dir, config, digits, validation, options, tmp_path
):
    for steps in (2, 4):
        train(
            tmp_path / "run", replace(config, steps=steps), digits, options, validation=validation
        )
    assert_equal_runs(run_dir, tmp_path / "run", config, digits)
    stores = [
        CheckpointStore(folder / "checkpoints", tf.train.Checkpoint())
        for folder in (run_dir, tmp_path / "run")
    ]
    values = {
        line["step"]: line["cas_lenet"] for line in read_json_lines(run_dir / "metrics.jsonl")
    }
    assert stores[0].best_step() == stores[1].best_step()
    assert values[stores[0].best_step()] == max(values.values())


def test_metrics_may_be_rarer_than_checkpoints(config, digits, validation, options, tmp_path):
    rare = replace(options, checkpoint_every=1, metrics_every=3, keep_checkpoints=9)
    train(tmp_path / "run", config, digits, rare, validation=validation)
    lines = read_json_lines(tmp_path / "run" / "metrics.jsonl")
    # Step 4 is the last.
    assert [line["step"] for line in lines if "cas_lenet" in line] == [3, 4]
    store = CheckpointStore(tmp_path / "run" / "checkpoints", tf.train.Checkpoint())
    assert store.steps() == [1, 2, 3, 4]
    assert store.best_step() in (3, 4)


def test_validation_images_count_as_seen(run_dir, digits, validation):
    hashes = [image.pixels_sha256 for image in read_trained_on(run_dir)]
    expected = [*digits.identities(), *validation.identities()]
    assert hashes == [image.pixels_sha256 for image in expected]
    assert len(set(hashes)) == 120


def test_a_resumed_run_needs_the_same_validation_images(
    run_dir, config, digits, validation, options
):
    other = validation._replace(fingerprint="0" * 64)
    with pytest.raises(InputError, match="--validation_data differs from the images that the run"):
        train(run_dir, replace(config, steps=6), digits, options, validation=other)


def test_images_that_are_trained_on_are_refused(config, digits, options, tmp_path):
    with pytest.raises(InputError, match="--validation_data has 60 validation images .* in --data"):
        train(tmp_path / "run", config, digits, options, validation=digits)
    assert not (tmp_path / "run" / "run.json").exists()


@pytest.mark.parametrize("name", TRANSFER_METRICS)
def test_every_score_of_a_classifier_needs_validation_images(
    name, config, digits, options, tmp_path
):
    assert METRICS[name].classifier
    scored = replace(options, best_metric=name)
    with pytest.raises(InputError, match=f"--metrics={name} tests .* needs --validation_data"):
        train(tmp_path / "run", config, digits, scored)
    assert not list(tmp_path.iterdir())


def test_labels_are_numbered_by_the_classes_of_the_training_images(tmp_path, digits):
    # Without the class "0", label "1" has number 0 in its own source.
    data = convert("select_classes", "sklearn:digits", tmp_path / "data", "--drop=0")
    loaded = load_validation(str(data), digits)
    assert loaded.class_names == digits.class_names
    assert set(loaded.labels.tolist()) == set(range(1, 10))


def test_a_label_that_is_not_trained_on_is_refused(tmp_path, digits):
    data = convert("select_classes", "sklearn:digits", tmp_path / "data", "--map=0=zero")
    with pytest.raises(InputError, match="--validation_data has label 'zero', which --data lacks"):
        load_validation(str(data), digits)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--gan=cyclegan", "--domains=0,1"], "--validation_data is for a --gan that generates"),
        ([], "--validation_data is for --metrics; add some"),
    ],
)
def test_flags_that_validation_images_do_not_fit_are_refused(tmp_path, flags, message):
    given = ["--data=sklearn:digits", "--validation_data=sklearn:digits", "--steps=1", *flags]
    with pytest.raises(UsageError, match=message):
        command(*given, f"--run_dir={tmp_path / 'run'}", module=train_command)
    assert not list(tmp_path.iterdir())
