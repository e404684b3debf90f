"""ResNet-50 of keras.applications, trained as in [Fossen2020] and [Wolyniec2020]."""

from collections.abc import Iterator
from typing import Any

import keras
from keras import ops

from gan_tf.classifiers.objective import SCHEDULE, Classifier
from gan_tf.classifiers.recipe import Recipe, Stage
from gan_tf.classifiers.recipes.one_cycle import OneCycleAdam, RateSearch
from gan_tf.classifiers.weights import read_weights
from gan_tf.training.objective import Phase

BASE = "resnet50"
HEAD_SHARE = 0.2
BASE_RATE_SHARE = 0.1
SGD_RATE = 0.01


def resnet50(
    image_shape: tuple[int, int, int], num_classes: int, seed: int, weights: str | None = None
) -> keras.Model:
    """Build the network: the base, global average pooling, one dense layer.

    Images in 0..255 to logits. ImageNet's means are subtracted and channels reordered to BGR, as
    the weights expect; gray images are repeated in three channels.

    Args:
      image_shape: height, width and channels (1 or 3); edges of at least 32.
      num_classes: number of logits.
      seed: seed of the dense layer and, without weights, of the base.
      weights: path of a file of the base's weights without top; None for random ones.

    Raises:
      InputError: the file does not hold such weights.
    """
    height, width, channels = image_shape
    # keras.applications initializes its weights from Keras' global generator.
    keras.utils.set_random_seed(seed)
    base = keras.applications.ResNet50(
        include_top=False, weights=None, input_shape=(height, width, 3), pooling="avg", name=BASE
    )
    if weights is not None:
        read_weights(base, weights, "ResNet-50")
    inputs = keras.Input(image_shape)
    color = inputs if channels == 3 else ops.repeat(inputs, 3, axis=-1)
    prepared = keras.applications.resnet50.preprocess_input(color)
    initializer = keras.initializers.GlorotUniform(seed=seed)
    logits = keras.layers.Dense(num_classes, kernel_initializer=initializer)(base(prepared))
    return keras.Model(inputs, logits)


def fine_tuning_stages(
    classifier: Classifier, num_steps: int, log: dict[str, Any]
) -> Iterator[Stage]:
    """Yield the stages of [Fossen2020]: search the learning rate, train the head, train all layers.

    A fifth of the steps train the head alone; all layers then cycle at a tenth of its rate.
    [Fossen2020] states neither share. Batch normalization of the frozen base keeps its statistics.
    """
    base = classifier.networks["classifier"].get_layer(BASE)
    base.trainable = False
    search = RateSearch(classifier)
    yield search.stage()
    rate = search.suggested_rate()
    log["learning_rate"] = rate
    log["learning_rate_search"] = {"rates": search.rates, "losses": search.losses}
    head_steps = min(num_steps, max(1, round(HEAD_SHARE * num_steps)))
    yield Stage(_one_cycle(classifier, head_steps, rate))
    base.trainable = True
    if num_steps > head_steps:
        yield Stage(_one_cycle(classifier, num_steps - head_steps, rate * BASE_RATE_SHARE))


def frozen_stages(classifier: Classifier, num_steps: int, log: dict[str, Any]) -> Iterator[Stage]:
    """Yield the stage of [Wolyniec2020]: a frozen base, SGD at Keras' 0.01 on the dense layer."""
    classifier.networks["classifier"].get_layer(BASE).trainable = False
    optimizers = {"classifier": keras.optimizers.SGD(SGD_RATE)}
    yield Stage(Phase(classifier, SCHEDULE, num_steps, optimizers))


def _one_cycle(classifier: Classifier, num_steps: int, rate: float) -> Phase:
    return Phase(classifier, SCHEDULE, num_steps, {"classifier": OneCycleAdam(rate, num_steps)})


RESNET50 = Recipe(resnet50, fine_tuning_stages)
RESNET50_FROZEN = Recipe(resnet50, frozen_stages)
