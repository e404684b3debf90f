"""Metrics of synthetic sets in a study."""

from dataclasses import replace

import numpy as np
import pytest
from small_study import sources

from data_tools.errors import InputError
from gan_tf.metrics import IMAGE_METRICS
from gan_tf.metrics.frechet import frechet_distance
from gan_tf.metrics.pixels import pixel_features
from gan_tf.study.analysis.image_metrics import image_metrics
from gan_tf.study.data.loading import load_study_images


@pytest.fixture(scope="module")
def images(digit_sets):
    return load_study_images(sources(digit_sets))


def test_values_are_those_of_as_many_images_of_either_kind(images):
    # 400 real digits and 300 synthetic ones; pixels need no other images to learn from.
    (entry,) = image_metrics(images, ["frechet_pixels"])
    synthetic = images.synthetic[0].images
    assert (entry["num_real"], entry["num_synthetic"]) == (400, 300)
    expected = frechet_distance(pixel_features(images.real.images), pixel_features(synthetic))
    assert entry["values"] == {"frechet_pixels": pytest.approx(expected, rel=1e-6)}


def test_a_trained_extractor_learns_from_the_other_half_and_every_metric_has_a_value(images):
    (entry,) = image_metrics(images, IMAGE_METRICS)
    assert (entry["num_real"], entry["num_synthetic"]) == (200, 200)
    assert list(entry["values"]) == list(IMAGE_METRICS)
    assert np.isfinite(list(entry["values"].values())).all()


def test_nothing_is_computed_without_names_or_synthetic_images(images):
    assert image_metrics(images, ()) == []
    assert image_metrics(replace(images, synthetic=[]), ["frechet_pixels"]) == []


def test_a_single_image_is_refused(images):
    one = images.synthetic[0]._replace(images=images.synthetic[0].images[:1])
    with pytest.raises(InputError, match="--metrics compares 2 images or more"):
        image_metrics(replace(images, synthetic=[one]), ["frechet_pixels"])
