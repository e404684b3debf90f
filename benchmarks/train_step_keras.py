"""The Keras side of train_step.py: a model with a ``train_step``, trained by ``fit``.

It follows the GAN in Keras' guides: plain layers, label planes by broadcasting, Keras' Adam.
"""

from collections.abc import Callable

from gan_tf import cli

cli.import_tensorflow()

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import layers, ops  # noqa: E402

LATENT_DIM = 100
NUM_CLASSES = 10


def make_runner(gan: str, variant: str, num_threads: int) -> Callable[[int], None]:
    """Return a function that runs a number of steps on a batch of noise images."""
    tf.config.threading.set_intra_op_parallelism_threads(num_threads)
    tf.config.threading.set_inter_op_parallelism_threads(num_threads)
    keras.mixed_precision.set_global_policy(variant)
    generator, discriminator, shape, low = {"cdcgan": cdcgan, "dcgan": dcgan}[gan]()
    model = Gan(generator, discriminator, conditional=gan == "cdcgan")
    model.compile(keras.optimizers.Adam(2e-4, 0.5), keras.optimizers.Adam(2e-4, 0.5))
    random = np.random.default_rng(0)
    images = random.uniform(low, 1.0, (64, *shape)).astype(np.float32)
    labels = np.eye(NUM_CLASSES, dtype=np.float32)[random.integers(0, NUM_CLASSES, 64)]
    data = tf.data.Dataset.from_tensors((images, labels)).repeat()
    return lambda count: model.fit(data, steps_per_epoch=count, epochs=1, verbose=0)


class Gan(keras.Model):
    """A GAN with one discriminator and two generator updates per step."""

    def __init__(self, generator, discriminator, conditional):
        super().__init__()
        self.generator = generator
        self.discriminator = discriminator
        self.conditional = conditional
        self.loss_fn = keras.losses.BinaryCrossentropy(from_logits=True)

    def compile(self, discriminator_optimizer, generator_optimizer):
        """Set an optimizer for each network."""
        super().compile()
        self.discriminator_optimizer = discriminator_optimizer
        self.generator_optimizer = generator_optimizer

    def _fake(self, labels):
        noise = keras.random.normal([64, LATENT_DIM])
        return self.generator([noise, labels] if self.conditional else noise, training=True)

    def _discriminate(self, images, labels):
        inputs = [images, labels] if self.conditional else images
        return self.discriminator(inputs, training=True)

    def train_step(self, data):
        """Run the updates of one batch."""
        images, labels = data
        fake_images = self._fake(labels)
        with tf.GradientTape() as tape:
            real, fake = self._discriminate(images, labels), self._discriminate(fake_images, labels)
            loss = self.loss_fn(ops.ones([64, 1]), real) + self.loss_fn(ops.zeros([64, 1]), fake)
        variables = self.discriminator.trainable_weights
        self.discriminator_optimizer.apply_gradients(
            zip(tape.gradient(loss, variables), variables, strict=True)
        )
        for _ in range(2):
            with tf.GradientTape() as tape:
                fake = self._discriminate(self._fake(labels), labels)
                generator_loss = self.loss_fn(ops.ones([64, 1]), fake)
            variables = self.generator.trainable_weights
            self.generator_optimizer.apply_gradients(
                zip(tape.gradient(generator_loss, variables), variables, strict=True)
            )
        return {"discriminator": loss, "generator": generator_loss}


def _normalized(x, activation):
    return activation(layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x))


def _leaky(x):
    return layers.LeakyReLU(negative_slope=0.2)(x)


def _with_planes(x, labels):
    height, width = x.shape[1:3]
    planes = layers.Reshape([1, 1, NUM_CLASSES])(labels)
    planes = layers.UpSampling2D((height, width))(planes)
    return layers.Concatenate()([x, planes])


def _with_labels(x, labels):
    return layers.Concatenate()([x, labels])


def cdcgan():
    """Return [Baker2018]'s conditional DCGAN: generator, discriminator, image shape, low pixel."""
    z, y = keras.Input([LATENT_DIM]), keras.Input([NUM_CLASSES])
    x = _normalized(layers.Dense(1024)(_with_labels(z, y)), layers.ReLU())
    x = _normalized(layers.Dense(6272)(_with_labels(x, y)), layers.ReLU())
    x = _with_planes(layers.Reshape([7, 7, 128])(x), y)
    x = layers.Conv2DTranspose(128, 5, strides=2, padding="same")(x)
    x = _with_planes(_normalized(x, layers.ReLU()), y)
    image = layers.Conv2DTranspose(
        1, 5, strides=2, padding="same", activation="sigmoid", dtype="float32"
    )(x)
    generator = keras.Model([z, y], image)

    image, y = keras.Input([28, 28, 1]), keras.Input([NUM_CLASSES])
    x = _leaky(layers.Conv2D(11, 5, strides=2, padding="same")(_with_planes(image, y)))
    x = layers.Conv2D(74, 5, strides=2, padding="same")(_with_planes(x, y))
    x = _with_labels(layers.Flatten()(_normalized(x, _leaky)), y)
    x = _with_labels(_normalized(layers.Dense(1024)(x), _leaky), y)
    discriminator = keras.Model([image, y], layers.Dense(1, dtype="float32")(x))
    return generator, discriminator, (28, 28, 1), 0.0


def dcgan():
    """Return [Baker2018]'s DCGAN for 64x64x3: generator, discriminator, image shape, low pixel."""
    z = keras.Input([LATENT_DIM])
    x = layers.Reshape([4, 4, 512])(layers.Dense(8192)(z))
    x = _normalized(x, layers.ReLU())
    for filters in (256, 128, 64):
        x = layers.Conv2DTranspose(filters, 5, strides=2, padding="same")(x)
        x = _normalized(x, layers.ReLU())
    image = layers.Conv2DTranspose(
        3, 5, strides=2, padding="same", activation="tanh", dtype="float32"
    )(x)
    generator = keras.Model(z, image)

    image = keras.Input([64, 64, 3])
    x = _leaky(layers.Conv2D(64, 5, strides=2, padding="same")(image))
    for filters in (128, 256, 512):
        x = _normalized(layers.Conv2D(filters, 5, strides=2, padding="same")(x), _leaky)
    discriminator = keras.Model(image, layers.Dense(1, dtype="float32")(layers.Flatten()(x)))
    return generator, discriminator, (64, 64, 3), -1.0
