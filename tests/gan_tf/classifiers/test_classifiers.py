"""Every entry of CLASSIFIERS, trained as its recipe says."""

import itertools

import numpy as np
import pytest

from data_tools.errors import InputError
from gan_tf.classifiers import CLASSIFIERS
from gan_tf.classifiers.objective import Classifier, Predictor
from gan_tf.classifiers.recipe import recipe, refuse_images, refuse_weights
from gan_tf.training.loop import run_phase

#: For every classifier: an image shape that it takes, the steps of a short training, and the
#: factor by which they reduce the loss.
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


def test_every_classifier_is_tested():
    assert set(TRAINED) == set(CLASSIFIERS)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_images_at_the_limit_are_accepted_and_smaller_ones_refused(name):
    entry = CLASSIFIERS[name]
    edge = entry.smallest_edge
    for channels in entry.channels:
        refuse_images(name, (edge, edge, channels))
    with pytest.raises(InputError, match=f"{edge}x{edge - 1} pixels but --classifier={name} needs"):
        refuse_images(name, (edge - 1, edge, 3))
    with pytest.raises(InputError, match="have 2 channels but .* takes 1 or 3"):
        refuse_images(name, (edge, edge, 2))


def test_lenet_and_resnet20_accept_their_smallest_images():
    for name in ("lenet", "resnet20"):
        edge = CLASSIFIERS[name].smallest_edge
        network = recipe(name).network((edge, edge, 1), 2, 0, None)
        assert network(np.zeros((1, edge, edge, 1), np.float32)).shape == (1, 2)


def test_weights_are_refused_for_classifiers_without_any():
    refuse_weights("lenet", "none")
    refuse_weights("resnet50", "imagenet")
    with pytest.raises(InputError, match="there are weights for resnet50, resnet50_frozen"):
        refuse_weights("lenet", "imagenet")


@pytest.mark.parametrize("name", CASES)
def test_every_classifier_learns_to_separate_dark_from_light_images(name):
    shape, num_steps, factor = TRAINED[name]
    classifier_recipe = recipe(name)
    network = classifier_recipe.network(shape, 2, 1, None)
    classifier = Classifier(network, classifier_recipe.pixel_range)
    labels = np.arange(16, dtype=np.int32) % 2
    noise = np.random.default_rng(0).integers(0, 60, (16, *shape), np.uint8)
    images = noise + (150 * labels).astype(np.uint8)[:, None, None, None]
    losses, log = [], {}
    for stage in classifier_recipe.stages(classifier, num_steps, log):
        run_phase(
            stage.phase,
            itertools.repeat({"image": images, "label": labels}),
            seed=0,
            after_step=stage.search or (lambda step, metrics: losses.append(metrics()["loss"])),
        )
    assert len(losses) == num_steps
    assert np.mean(losses[-3:]) < factor * losses[0]
    probabilities = Predictor(network, classifier_recipe.pixel_range)(images)
    assert probabilities.shape == (16, 2)
