"""Penalties on the gradient of a critic with respect to images."""

from collections.abc import Callable, Sequence

import tensorflow as tf

from gan_tf.training.noise import Noise

#: Inputs (images [batch, height, width, channels], then others) -> logits [batch, 1]. An example's
#: logit must not depend on other examples, which rules out batch normalization.
Critic = Callable[[Sequence[tf.Tensor]], tf.Tensor]

# The square root has no finite derivative at 0.
_TINY = 1e-12


def gradient_penalty(
    critic: Critic,
    real_inputs: Sequence[tf.Tensor],
    fake_inputs: Sequence[tf.Tensor],
    noise: Noise,
) -> tf.Tensor:
    """Return the mean of (|critic's gradient| - 1)^2 at points between real and fake images.

    Source: Gulrajani et al., "Improved Training of Wasserstein GANs" (2017), equation 3. Each
    example has its own random point on the line from its real to its fake inputs; one-hot labels
    are interpolated like the images, which has no effect if both are of the same class.

    Args:
      critic: see ``Critic``.
      real_inputs, fake_inputs: inputs of the critic.
      noise: source of the random points.
    """
    share = noise.uniform("point between")
    points = [
        real + _broadcast(share, real) * (fake - real)
        for real, fake in zip(real_inputs, fake_inputs, strict=True)
    ]
    norms = tf.sqrt(_squared_gradients(critic, points) + _TINY)
    return tf.reduce_mean((norms - 1.0) ** 2)


def squared_gradient(critic: Critic, inputs: Sequence[tf.Tensor]) -> tf.Tensor:
    """Return half the mean of |critic's gradient|^2 at images: R1 at real, R2 at generated ones.

    Source: Mescheder et al., "Which Training Methods for GANs do actually Converge?" (2018),
    equation 9.
    """
    return 0.5 * tf.reduce_mean(_squared_gradients(critic, inputs))


def _squared_gradients(critic: Critic, inputs: Sequence[tf.Tensor]) -> tf.Tensor:
    """Return the squared norm of each example's gradient with respect to its image, [batch]."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs[0])
        logits = critic(inputs)
    return tf.reduce_sum(tape.gradient(logits, inputs[0]) ** 2, axis=[1, 2, 3])


def _broadcast(share: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """Reshape one number per example so that it broadcasts over ``values``."""
    return tf.reshape(share, [-1] + [1] * (values.shape.rank - 1))
