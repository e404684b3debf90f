"""The gradient penalty of a Wasserstein critic."""

from collections.abc import Callable, Sequence

import tensorflow as tf

from gan_tf.training.noise import Noise

# The square root has no finite derivative at 0.
_TINY = 1e-12


def gradient_penalty(
    critic: Callable[[Sequence[tf.Tensor]], tf.Tensor],
    real_inputs: Sequence[tf.Tensor],
    fake_inputs: Sequence[tf.Tensor],
    noise: Noise,
) -> tf.Tensor:
    """Return the mean of (|gradient of the critic by its image| - 1)^2 between real and fake.

    Source: Gulrajani et al., "Improved Training of Wasserstein GANs" (2017), equation 3. Each
    example has its own random point on the line from its real to its fake inputs; one-hot labels
    are interpolated like the images, which has no effect if both are of the same class.

    Args:
      critic: inputs -> logits [batch, 1]; an example's logit must not depend on other examples,
        which rules out batch normalization.
      real_inputs, fake_inputs: images [batch, height, width, channels], then the critic's other
        inputs.
      noise: source of the random points.
    """
    share = noise.uniform("point between")
    points = [
        real + _broadcast(share, real) * (fake - real)
        for real, fake in zip(real_inputs, fake_inputs, strict=True)
    ]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(points[0])
        logits = critic(points)
    gradient = tape.gradient(logits, points[0])
    norms = tf.sqrt(tf.reduce_sum(gradient**2, axis=[1, 2, 3]) + _TINY)
    return tf.reduce_mean((norms - 1.0) ** 2)


def _broadcast(share: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """Reshape one number per example so that it broadcasts over ``values``."""
    return tf.reshape(share, [-1] + [1] * (values.shape.rank - 1))
