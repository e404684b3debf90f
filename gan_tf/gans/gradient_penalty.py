"""The gradient penalty of a Wasserstein critic."""

from collections.abc import Callable, Sequence

import tensorflow as tf

from gan_tf.training.noise import Noise

# The root of 0 has no finite derivative.
_TINY = 1e-12


def gradient_penalty(
    critic: Callable[[Sequence[tf.Tensor]], tf.Tensor],
    real_inputs: Sequence[tf.Tensor],
    fake_inputs: Sequence[tf.Tensor],
    noise: Noise,
) -> tf.Tensor:
    """Mean of (|gradient of the critic by its image| - 1)^2 between real and fake examples.

    Source: Gulrajani et al., "Improved Training of Wasserstein GANs" (2017), equation 3. Each
    example has a point of its own on the line from its real to its fake inputs; one-hot labels
    beside the images are mixed alike, which changes nothing where both are of one class.

    Args:
      critic: inputs -> logits [batch, 1]; an example's logit must not depend on other examples, so
        it may have no batch normalization.
      real_inputs, fake_inputs: images [batch, height, width, channels], then what goes with them.
      noise: where the points come from.
    """
    share = noise.uniform("point between")
    points = [
        real + _along(share, real) * (fake - real)
        for real, fake in zip(real_inputs, fake_inputs, strict=True)
    ]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(points[0])
        logits = critic(points)
    gradient = tape.gradient(logits, points[0])
    norms = tf.sqrt(tf.reduce_sum(gradient**2, axis=[1, 2, 3]) + _TINY)
    return tf.reduce_mean((norms - 1.0) ** 2)


def _along(share: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """One number an example, in a shape that multiplies ``values``."""
    return tf.reshape(share, [-1] + [1] * (values.shape.rank - 1))
