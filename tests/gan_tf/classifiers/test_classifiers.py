"""Every entry of CLASSIFIERS, trained as its recipe says."""

import numpy as np
import pytest

from gan_tf.classifiers.objective import Classifier, Predictor
from gan_tf.classifiers.recipe import CLASSIFIERS, TAKING_WEIGHTS, recipe
from gan_tf.training.loop import run_phase

#: For every classifier: an image shape that it takes, the steps of a short training, and by which
#: factor they bring the loss down.
TRAINED = {
    "lenet": ((28, 28, 1), 12, 0.5),
    "resnet20": ((16, 16, 3), 20, 0.5),
    "resnet50": ((32, 32, 1), 60, 0.5),
    "resnet50_frozen": ((32, 32, 3), 8, 0.9),
}
#: All layers of ResNet-50 take a minute; the frozen one runs the same code in seconds.
CASES = [
    pytest.param(name, marks=[pytest.mark.soak] if name == "resnet50" else []) for name in TRAINED
]


def test_every_classifier_is_trained_here():
    assert set(TRAINED) == set(CLASSIFIERS)
    assert set(TAKING_WEIGHTS) < set(CLASSIFIERS)


@pytest.mark.parametrize("name", CASES)
def test_every_classifier_learns_to_tell_dark_from_light(name):
    shape, num_steps, factor = TRAINED[name]
    way = recipe(name)
    network = way.network(shape, 2, 1, None)
    classifier = Classifier(network, way.pixel_range)
    labels = np.arange(16, dtype=np.int32) % 2
    noise = np.random.default_rng(0).integers(0, 60, (16, *shape), np.uint8)
    images = noise + (150 * labels).astype(np.uint8)[:, None, None, None]
    losses, log = [], {}
    for stage in way.stages(classifier, num_steps, log):
        run_phase(
            stage.phase,
            lambda index: {"image": images, "label": labels},
            seed=0,
            after_step=stage.search or (lambda step, metrics: losses.append(metrics()["loss"])),
        )
    assert len(losses) == num_steps
    assert np.mean(losses[-3:]) < factor * losses[0]
    probabilities = Predictor(network, way.pixel_range)(images)
    assert probabilities.shape == (16, 2)
