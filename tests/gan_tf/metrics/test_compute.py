"""Computation of metrics by name."""

import numpy as np
import pytest

from gan_tf.classifiers import CLASSIFIERS
from gan_tf.metrics import (
    IMAGE_METRICS,
    METRICS,
    PREDICTION_METRICS,
    PRETRAINED_METRICS,
    TRANSFER_METRICS,
    compute,
)
from gan_tf.metrics.compute import (
    ExtractorOptions,
    ImageComparison,
    build_comparison,
    build_extractor,
    comparison_indices,
    prediction_scores,
)
from gan_tf.metrics.frechet import frechet_distance
from gan_tf.metrics.pixels import pixel_features

# Perfect predictions with a confidence of 0.9.
PERFECT = {
    "accuracy": 1.0,
    "balanced_accuracy": 1.0,
    "macro_f1": 1.0,
    "auroc": 1.0,
    "calibration_error": 0.1,
    "log_loss": -np.log(0.9),
}


def test_a_perfect_classifier_with_confidence_0_9_has_the_expected_scores():
    probabilities = np.full((3, 3), 0.05) + 0.85 * np.eye(3)
    scores = prediction_scores(np.array([0, 1, 2]), probabilities.astype(np.float32))
    assert scores == pytest.approx(PERFECT, rel=1e-6)


def test_every_pixel_metric_is_lower_for_similar_images():
    rng = np.random.default_rng(0)
    real, alike = rng.integers(0, 128, (2, 60, 4, 4, 1), np.uint8)
    other = rng.integers(128, 256, (60, 4, 4, 1), np.uint8)
    names = [name for name in IMAGE_METRICS if METRICS[name].extractor == "pixels"]
    compare = ImageComparison(names, real)
    near, far = compare(alike), compare(other)
    assert list(near) == names
    for name in names:
        assert METRICS[name].direction == "min" and near[name] < far[name]
    assert near["frechet_pixels"] == frechet_distance(pixel_features(real), pixel_features(alike))


def test_an_extractor_is_built_once_and_sees_every_set_once(monkeypatch):
    calls = []

    def counted(name, learning, options):
        calls.append("built")
        return lambda images: calls.append(len(images)) or pixel_features(images)

    monkeypatch.setattr("gan_tf.metrics.pixels.pixel_extractor", counted)
    images = np.random.default_rng(0).integers(0, 256, (8, 2, 2, 1), np.uint8)
    compare = ImageComparison(["frechet_pixels", "kernel_pixels"], images)
    compare(images[:5])
    assert calls == ["built", 8, 5]


def test_extractors_are_looked_up_in_the_table():
    assert build_extractor("pixels", None) is pixel_features
    assert compute.ExtractorOptions().seed == 0


@pytest.mark.parametrize("name", METRICS)
def test_every_entry_names_a_function_and_says_what_is_better(name):
    metric = METRICS[name]
    assert callable(metric.function)
    assert metric.direction in ("min", "max") and metric.unit in ("share", "nats", "")
    kinds = (PREDICTION_METRICS, TRANSFER_METRICS, IMAGE_METRICS, PRETRAINED_METRICS)
    assert sum(name in kind for kind in kinds) == 1
    assert (metric.classifier in CLASSIFIERS) == (name in TRANSFER_METRICS)


def test_compared_images_are_nested_and_a_trained_extractor_learns_from_others():
    few, none = comparison_indices(10, 3, ["frechet_pixels"], seed=1)
    more, _ = comparison_indices(10, 8, ["frechet_pixels"], seed=1)
    assert list(few) == list(more[:3]) and len(set(more)) == 8 and not len(none)
    compared, learned = comparison_indices(10, 8, ["frechet_pixels", "frechet_lenet"], seed=1)
    assert list(compared) == list(more[:5])
    assert sorted([*compared, *learned]) == list(range(10))


def test_a_comparison_is_built_of_the_drawn_images():
    images = np.random.default_rng(0).integers(0, 256, (9, 2, 2, 1), np.uint8)
    names, labels = ["frechet_pixels"], np.arange(9)
    indices = comparison_indices(9, 4, names, seed=1)
    compare = build_comparison(names, indices, images.__getitem__, labels, 9, ExtractorOptions())
    assert compare(images) == ImageComparison(names, images[indices[0]])(images)
