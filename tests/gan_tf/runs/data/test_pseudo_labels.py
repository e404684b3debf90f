"""Pseudo-labels: what they are, where they are kept, and that a resumed run has the same."""

import json
from dataclasses import replace

import numpy as np
import pytest
from small_families import small_config
from training_runs import assert_equal_runs, read_json_lines, train

from data_tools.errors import InputError
from data_tools.formats.manifest import read_trained_on
from gan_tf.inputs.combined.partly_labeled import PartlyLabeled
from gan_tf.inputs.images import load_images
from gan_tf.inputs.training_images import NO_LABEL
from gan_tf.runs.data import PSEUDO_LABELS_FILE, pseudo_labels
from gan_tf.runs.data.card import data_card
from gan_tf.runs.data.pseudo_labels import (
    PseudoLabels,
    predicted_labels,
    read_pseudo_labels,
    require_predictable,
    summary,
)
from gan_tf.runs.options import LogOptions

LOG = LogOptions(log_every=2, sample_every=4, checkpoint_every=2)


@pytest.fixture(scope="module")
def digits():
    """Return scikit-learn's digits, every sixth with its label, and the labels of the others."""
    images = load_images("sklearn:digits")
    has_label = np.arange(len(images.labels)) % 6 == 0

    def part(chosen):
        return images._replace(
            images=images.images[chosen],
            labels=images.labels[chosen],
            examples=[images.examples[index] for index in np.flatnonzero(chosen)],
        )

    return PartlyLabeled(part(has_label), part(~has_label), 0.5), images.labels[~has_label]


@pytest.fixture(scope="module")
def config():
    options = {"pseudo_label_threshold": 0.95, "pseudo_label_classifier": "lenet"}
    return small_config("projection_gan", **options)


@pytest.fixture(scope="module")
def predicted(digits, config):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pseudo_labels, "_PREDICTED_AT_ONCE", 400)
        return predicted_labels(digits[0], config)


@pytest.fixture(scope="module")
def known(predicted):
    """Use the labels that are predicted already, as training a classifier takes its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pseudo_labels, "predicted_labels", lambda images, config: predicted)
        yield


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory, digits, config, known):
    folder = tmp_path_factory.mktemp("pseudo-labels") / "run"
    train(folder, config, digits[0], LOG)
    return folder


def test_a_label_is_given_to_images_of_which_the_classifier_is_certain(predicted, digits):
    _, labels = digits
    is_certain = predicted.probabilities >= 0.95
    np.testing.assert_array_equal(predicted.labels == NO_LABEL, ~is_certain)
    # A LeNet of 300 digits is certain of most others, and then nearly always right.
    assert 0.5 < is_certain.mean() < 1.0
    assert np.mean(predicted.labels[is_certain] == labels[is_certain]) > 0.95


def test_images_that_the_classifier_does_not_take_are_refused(digits, config):
    images = digits[0]
    card = data_card(images)
    require_predictable(card, config)
    small = card._replace(image_shape=(8, 8, 1))
    require_predictable(small, replace(config, pseudo_label_threshold=0.0))
    with pytest.raises(InputError, match="--pseudo_label_classifier=lenet needs at least 28x28"):
        require_predictable(small, config)
    with pytest.raises(InputError, match="needs labels to choose from, but digits has only 'x'"):
        require_predictable(card._replace(class_names=("x",)), config)


def test_a_run_lists_its_pseudo_labels(run_dir, digits, predicted):
    images = digits[0]
    lines = read_json_lines(run_dir / PSEUDO_LABELS_FILE)
    assert [line["path"] for line in lines] == list(images.unlabeled_paths())
    given = [None if label == NO_LABEL else str(label) for label in predicted.labels]
    assert [line["label"] for line in lines] == given
    np.testing.assert_allclose(
        [line["probability"] for line in lines], predicted.probabilities, atol=1e-6
    )
    np.testing.assert_array_equal(read_pseudo_labels(run_dir, images), predicted.labels)


def test_the_summary_counts_them():
    predicted = PseudoLabels(np.array([1, -1, 0, 1], np.int32), np.float32([1, 0.5, 1, 1]))
    assert summary(predicted, ["a", "b"], 0.95) == (
        "--pseudo_label_threshold=0.95: 3 of 4 images without labels have got one (a 1, b 2); "
        "pseudo_labels.jsonl lists them"
    )


def test_a_run_records_the_images_without_labels(run_dir):
    record = json.loads((run_dir / "run.json").read_text())
    assert record["data"]["num_unlabeled"] == 1497
    assert sum(record["data"]["class_counts"]) == 300
    seen = [image.seen_as for image in read_trained_on(run_dir)]
    assert seen == [None] * 300 + ["unlabeled"] * 1497


def test_a_resumed_run_goes_on_with_the_labels_that_it_was_started_with(
    run_dir, tmp_path, digits, config, known, monkeypatch
):
    images = digits[0]
    train(tmp_path / "run", replace(config, steps=2), images, LOG)
    labeled, unlabeled = images._parts
    other = PartlyLabeled(labeled, unlabeled._replace(fingerprint="0" * 64), 0.5)
    with pytest.raises(InputError, match="--data or --unlabeled_data differs from the images"):
        train(tmp_path / "run", config, other, LOG)

    def refuse(images, config):
        raise AssertionError("the classifier is trained again")

    monkeypatch.setattr(pseudo_labels, "predicted_labels", refuse)
    train(tmp_path / "run", config, images, LOG)
    assert_equal_runs(run_dir, tmp_path / "run", config, images)


def test_pseudo_labels_change_what_is_learned(run_dir, tmp_path, digits, config):
    (tmp_path / "run").mkdir()  # What a start with pseudo-labels left that was interrupted.
    (tmp_path / "run" / PSEUDO_LABELS_FILE).write_text("x")
    train(tmp_path / "run", replace(config, pseudo_label_threshold=0.0), digits[0], LOG)
    metrics = [(folder / "metrics.jsonl").read_text() for folder in (run_dir, tmp_path / "run")]
    assert metrics[0] != metrics[1]
    assert not (tmp_path / "run" / PSEUDO_LABELS_FILE).exists()


@pytest.mark.parametrize("content", [None, "{", '{"label": "x"}\n', "3\n", '{"label": "1"}\n'])
def test_damaged_pseudo_labels_are_refused(content, tmp_path, digits):
    if content is not None:
        (tmp_path / PSEUDO_LABELS_FILE).write_text(content)
    with pytest.raises(InputError, match=f"{PSEUDO_LABELS_FILE} is missing or damaged"):
        read_pseudo_labels(tmp_path, digits[0])
