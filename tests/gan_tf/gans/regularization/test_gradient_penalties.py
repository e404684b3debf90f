"""The gradient penalty for critics whose gradient is known in closed form."""

import numpy as np
import pytest
import tensorflow as tf

from gan_tf.gans.regularization.gradient_penalties import gradient_penalty
from gan_tf.training.noise import Noise


@pytest.fixture(scope="module")
def noise():
    return Noise(Noise.key(5), 3)


def images(seed):
    return tf.random.stateless_normal([3, 2, 2, 1], [seed, 0])


@pytest.mark.parametrize(("length", "expected"), [(0.5, 0.25), (1.0, 0.0), (3.0, 4.0)])
def test_the_penalty_of_a_linear_critic_depends_on_its_weights_alone(length, expected, noise):
    # Critic w . x + 7: the gradient is w for every x, so the penalty is (|w| - 1)^2.
    weights = tf.constant([1.0, -2.0, 2.0, 4.0]) * (length / 5.0)

    def critic(inputs):
        return tf.reshape(inputs[0], [3, 4]) @ weights[:, tf.newaxis] + 7.0

    penalty = gradient_penalty(critic, [images(1)], [images(2)], noise)
    assert float(penalty) == pytest.approx(expected, abs=1e-5)


def test_points_lie_between_real_and_fake(noise):
    # Critic |x|^2 / 2: its gradient is x, the point itself.
    real, fake = images(1), images(2)
    share = noise.uniform("point between").numpy()[:, np.newaxis]
    points = (1 - share) * real.numpy().reshape(3, 4) + share * fake.numpy().reshape(3, 4)
    expected = np.mean((np.linalg.norm(points, axis=1) - 1) ** 2)

    def critic(inputs):
        return tf.reduce_sum(inputs[0] ** 2, axis=[1, 2, 3])[:, tf.newaxis] / 2

    assert float(gradient_penalty(critic, [real], [fake], noise)) == pytest.approx(expected)


def test_labels_are_interpolated_like_images_and_equal_labels_are_unchanged(noise):
    seen = []

    def critic(inputs):
        seen.append(inputs[1].numpy())
        return tf.reduce_sum(inputs[0], axis=[1, 2, 3])[:, tf.newaxis]

    real, fake = tf.one_hot([0, 1, 1], 2), tf.one_hot([0, 1, 0], 2)
    gradient_penalty(critic, [images(1), real], [images(2), fake], noise)
    share = float(noise.uniform("point between")[2])
    np.testing.assert_allclose(seen[0], [[1, 0], [0, 1], [share, 1 - share]], rtol=1e-6)


def test_a_constant_critic_has_a_finite_gradient(noise):
    weights = tf.Variable([[0.0]] * 4)
    with tf.GradientTape() as tape:
        penalty = gradient_penalty(
            lambda inputs: tf.reshape(inputs[0], [3, 4]) @ weights,
            [images(1)],
            [images(2)],
            noise,
        )
    assert float(penalty) == pytest.approx(1.0, abs=1e-5)
    assert np.isfinite(tape.gradient(penalty, weights).numpy()).all()
