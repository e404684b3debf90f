import warnings

import keras
import numpy as np
import pytest

from data_tools.errors import InputError
from gan_tf.classifiers.objective import Classifier
from gan_tf.classifiers.recipes.resnet20 import resnet20
from gan_tf.classifiers.recipes.resnet50 import BASE, fine_tuning_stages, frozen_stages, resnet50
from gan_tf.classifiers.weights import IMAGENET_FILES, weights_file


def test_resnet20_has_the_parameters_of_the_paper():
    # He et al. table 6 gives 0.27M. Convolutions: 27*16, then 6 of 9*16*16, 9*16*32 + 5 of 9*32*32,
    # 9*32*64 + 5 of 9*64*64; two numbers a map in 7 + 6 + 6 normalizations; dense 64*10 + 10.
    convolutions = 432 + 6 * 2304 + 4608 + 5 * 9216 + 18432 + 5 * 36864
    normalizations = 2 * (7 * 16 + 6 * 32 + 6 * 64)
    trainable = resnet20((32, 32, 3), 10, seed=0).trainable_variables
    assert sum(int(np.prod(v.shape)) for v in trainable) == convolutions + normalizations + 650
    assert convolutions + normalizations + 650 == 269_722


def test_resnet20_shortcuts_carry_the_first_layer_past_zero_blocks():
    """With all convolutions of the blocks at 0, only the shortcuts pass on the first layer."""
    network = resnet20((8, 8, 1), 3, seed=0)
    convolutions = [one for one in network.layers if isinstance(one, keras.layers.Conv2D)]
    for layer in convolutions[1:]:
        layer.set_weights([np.zeros_like(layer.get_weights()[0])])
    image = np.random.default_rng(0).uniform(0, 255, (1, 8, 8, 1)).astype(np.float32)
    first = keras.Model(network.input, network.layers[3].output)(image).numpy()
    # Strides 2 and 2 keep every fourth pixel; 48 of 64 maps are padding; then the mean.
    pooled = np.maximum(first, 0)[:, ::4, ::4].mean(axis=(1, 2))
    kernel, bias = network.layers[-1].get_weights()
    expected = pooled @ kernel[:16] + bias
    np.testing.assert_allclose(network(image).numpy(), expected, rtol=1e-3, atol=1e-4)


def test_resnet20_seed_decides_the_weights():
    first, same, other = (resnet20((8, 8, 1), 2, seed).get_weights()[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert not np.allclose(first, other)


@pytest.fixture(scope="module")
def base_weights(tmp_path_factory):
    """A file of weights of ResNet-50 without top, from another seed."""
    keras.utils.set_random_seed(5)
    base = keras.applications.ResNet50(include_top=False, weights=None, pooling="avg")
    path = tmp_path_factory.mktemp("weights") / "base.weights.h5"
    with warnings.catch_warnings():
        # Keras 3.15 copies its variables in a way that NumPy 2 is about to forbid.
        warnings.simplefilter("ignore", DeprecationWarning)
        base.save_weights(path)
    return path, base


def test_resnet50_reads_weights_and_prepares_images_as_they_expect(base_weights):
    path, base = base_weights
    network = resnet50((32, 32, 1), 3, seed=0, weights=str(path))
    gray = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 1)).astype(np.float32)
    # Gray in three channels, less ImageNet's means in the order blue, green, red.
    prepared = np.repeat(gray, 3, axis=-1) - np.array([103.939, 116.779, 123.68], np.float32)
    kernel, bias = network.layers[-1].get_weights()
    expected = base(prepared).numpy() @ kernel + bias
    np.testing.assert_allclose(network(gray).numpy(), expected, rtol=1e-3, atol=1e-3)


def test_recipes_freeze_and_unfreeze_the_base():
    network = resnet50((32, 32, 3), 3, seed=0)
    classifier = Classifier(network)
    (stage,) = frozen_stages(classifier, 10, {})
    assert len(network.trainable_variables) == 2
    assert isinstance(stage.phase.optimizers["classifier"], keras.optimizers.SGD)
    assert float(stage.phase.optimizers["classifier"].learning_rate) == pytest.approx(0.01)

    log = {}
    stages = fine_tuning_stages(classifier, 50, log)
    search = next(stages)
    for step, loss in enumerate([0.7, 0.5, 0.9], start=1):
        search.search(step, lambda loss=loss: {"loss": loss})
    head = next(stages)
    assert head.search is None
    assert (head.phase.steps, len(network.trainable_variables)) == (10, 2)
    whole = next(stages)
    assert (whole.phase.steps, len(network.trainable_variables) > 100) == (40, True)
    assert network.get_layer(BASE).trainable
    # Smoothed losses 0.7, (0.9 * 0.07 + 0.05) / 0.19 = 0.5947, ...: the second or third is least.
    assert log["learning_rate"] == log["learning_rate_search"]["rates"][1] / 10
    peaks = [
        float(stage.phase.optimizers["classifier"]._learning_rate(stage.phase.steps // 2))
        for stage in (head, whole)
    ]
    assert peaks == pytest.approx([log["learning_rate"], log["learning_rate"] / 10])


def test_a_file_without_weights_is_refused(tmp_path):
    file = tmp_path / "weights.h5"
    file.write_bytes(b"no weights")
    with pytest.raises(InputError, match="weights.h5 does not hold weights of ResNet-50"):
        resnet50((32, 32, 3), 2, seed=0, weights=str(file))


def test_weights_are_a_file_or_come_from_the_cache(tmp_path):
    assert weights_file("none") is None
    with pytest.raises(InputError, match="--weights=/nowhere is not a file; give imagenet, none"):
        weights_file("/nowhere")
    cached = tmp_path / IMAGENET_FILES["resnet50"].rpartition("/")[2]
    cached.write_bytes(b"cached")
    assert weights_file("imagenet", cache=tmp_path) == cached


def test_imagenet_weights_without_a_network_are_a_clear_error(tmp_path, monkeypatch):
    monkeypatch.setattr("gan_tf.classifiers.weights.BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(InputError, match="cannot be downloaded .* give --weights=PATH"):
        weights_file("imagenet", cache=tmp_path)
    assert not list(tmp_path.iterdir())
