"""Every family that makes images from noise: gradients, what moves, labels, learning."""

import re
from itertools import product
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_families import digit_images, hidden_and_last_precisions

from data_tools.errors import Caution, InputError
from gan_tf.gans import GANS, LOSS_NAMES, family_builder
from gan_tf.gans.noise_to_image import DISCRIMINATOR, GENERATOR, alternating_schedule
from gan_tf.inputs.batches import Batches
from gan_tf.networks.layers import NetworkOptions
from gan_tf.training.loop import run_phase
from gan_tf.training.noise import Noise
from gan_tf.training.objective import Phase
from gan_tf.training.schedule import FixedSchedule, Update
from gan_tf.training.step import Step


class Toy(NamedTuple):
    """The smallest image that a family takes, and how it learns zeros and ones."""

    shape: tuple[int, int, int]
    conditional: bool
    edge: int
    rate: float
    steps: int
    width: float


TOYS = {
    "acgan": Toy((16, 16, 3), True, 16, 2e-3, 120, 0.25),
    "cdcgan": Toy((8, 8, 1), True, 8, 2e-3, 300, 0.25),
    "dcgan": Toy((16, 16, 3), False, 32, 1e-3, 250, 0.1),
    "upsampling_dcgan": Toy((16, 16, 3), False, 16, 1e-3, 200, 0.06),
    "upsampling_gan": Toy((32, 32, 3), False, 32, 1e-3, 200, 0.06),
}


WITH_DROPOUT = ("acgan", "upsampling_dcgan", "upsampling_gan")


def test_every_family_is_tested():
    translators = {name for name, entry in GANS.items() if entry.translates}
    assert set(TOYS) == set(GANS) - translators
    # Families that make images from images have a test file of their own.
    for name in translators:
        assert Path(__file__).with_name(f"test_{name}.py").exists()


def build(name, loss="non_saturating", dtype="float32", spectral_norm=False):
    settings = NetworkOptions(1, 0.125, dtype, spectral_norm=spectral_norm)
    return family_builder(name)(TOYS[name].shape, 2, latent_dim=8, loss=loss, settings=settings)


def adam(family, rate=2e-4):
    return {name: keras.optimizers.Adam(rate, beta_1=0.5) for name in family.networks}


def batch(name):
    """A zero, a one, a zero and a one."""
    images, labels = digit_images(TOYS[name].shape, 4)
    return {"image": images, "label": labels}


def values(network):
    return [v.numpy() for v in network.trainable_variables]


def one_step(family, name, schedule):
    return Step(Phase(family, schedule, 1, adam(family)), seed=0)(0, [batch(name)])


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("name", TOYS)
@pytest.mark.parametrize("moved", ["discriminator", "generator"])
def test_an_update_moves_every_variable_of_its_own_network_and_no_other(name, moved):
    family = build(name)
    before = {network: values(model) for network, model in family.networks.items()}
    one_step(family, name, FixedSchedule(Update(((moved,),))))
    for network, model in family.networks.items():
        for old, new in zip(before[network], values(model), strict=True):
            assert np.array_equal(old, new) == (network != moved)


@pytest.mark.parametrize("name", TOYS)
def test_sampling_follows_labels_only_where_the_family_knows_them(name):
    family = build(name)
    noise = Noise(Noise.key(3), 4)
    zeros = family.sample(tf.zeros([4], tf.int32), noise).numpy()
    ones = family.sample(tf.ones([4], tf.int32), noise).numpy()
    assert family.conditional == TOYS[name].conditional
    assert np.array_equal(zeros, ones) != family.conditional
    assert zeros.shape == (4, *TOYS[name].shape)
    # Whatever the weights, pixels end where the last activation does, and fill what it leaves.
    kernel = family.networks["generator"].layers[-1].kernel
    kernel.assign(1e6 * kernel)
    images = family.sample(tf.zeros([4], tf.int32), noise).numpy()
    assert (images.min(), images.max()) == family.pixel_range


@pytest.mark.parametrize("name", TOYS)
@pytest.mark.parametrize("network", ["generator", "discriminator"])
def test_a_further_network_has_the_initial_weights(name, network):
    family = build(name, spectral_norm=True)
    again = family.build_network(network)
    for a, b in zip(family.networks[network].variables, again.variables, strict=True):
        assert a is not b
        np.testing.assert_array_equal(a, b)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("name", ["cdcgan", "dcgan"])
def test_first_discriminator_loss_is_twice_log_2(name):
    # Untrained logits are near 0, so D(x) = 1/2 on both halves: 2 log 2 = 1.386. Batch
    # normalization brings 128 units to variance 1; weights of deviation 0.02 leave logits of 0.2.
    metrics = one_step(build(name), name, FixedSchedule(Update((DISCRIMINATOR, GENERATOR))))
    assert float(metrics["loss/discriminator"]) == pytest.approx(1.386, abs=0.25)
    assert float(metrics["loss/generator"]) == pytest.approx(0.693, abs=0.15)


WITH_KERNEL = ("Conv2D", "Convolution", "Dense")

# Values of every loss are in test_adversarial_losses.py and test_acgan.py.
SOONER = [("wasserstein", False), ("hinge", True)]


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(
    ("name", "loss", "spectral_norm"),
    [
        pytest.param(*case, marks=() if case[1:] in SOONER else pytest.mark.soak)
        for case in product(TOYS, LOSS_NAMES, (False, True))
    ],
)
def test_every_loss_and_norm_reaches_every_weight(name, loss, spectral_norm):
    family = build(name, loss, spectral_norm=spectral_norm)
    kinds = {type(layer).__name__ for layer in family.networks["discriminator"].layers}
    norm = "GroupNormalization" if loss == "wasserstein" else "FusedBatchNormalization"
    normalizes = not spectral_norm and name != "upsampling_dcgan"
    assert {kind for kind in kinds if "Norm" in kind} == ({norm} if normalizes else set())
    assert all(
        kind.startswith("Spectral") == spectral_norm for kind in kinds if kind.endswith(WITH_KERNEL)
    )
    assert ("Dropout" in kinds) == (name in WITH_DROPOUT)
    assert not any(
        type(layer).__name__.startswith("Spectral") for layer in family.networks["generator"].layers
    )
    before = {network: values(model) for network, model in family.networks.items()}
    found = one_step(family, name, alternating_schedule(1, 1))
    metrics = {name: float(value) for name, value in found.items()}
    assert ("gradient_penalty" in metrics) == (loss == "wasserstein")
    assert np.isfinite(list(metrics.values())).all()
    # Some losses know differences of scores alone, from which the last bias cancels out.
    differences_alone = loss in ("hinge", "wasserstein")
    for network, model in family.networks.items():
        for variable, old in zip(model.trainable_variables, before[network], strict=True):
            if not (differences_alone and network == "discriminator" and old.shape == (1,)):
                assert not np.array_equal(variable.numpy(), old), variable.path


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("name", TOYS)
def test_power_iteration_is_once_a_discriminator_update(name):
    family = build(name, spectral_norm=True)
    layer = next(x for x in family.networks["discriminator"].layers if hasattr(x, "iterate_power"))
    matrix, u = layer._kernel.numpy().reshape(-1, layer.u.shape[0]), layer.u.numpy()
    one_step(family, name, FixedSchedule(Update((GENERATOR,))))
    np.testing.assert_array_equal(layer.u, u)
    one_step(family, name, FixedSchedule(Update((DISCRIMINATOR,))))
    v = matrix @ u / np.linalg.norm(matrix @ u)
    expected = matrix.T @ v
    np.testing.assert_allclose(layer.u, expected / np.linalg.norm(expected), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", WITH_DROPOUT)
def test_dropout_depends_on_half_and_example_and_not_on_the_number_of_devices(name):
    family = build(name, spectral_norm=True)  # Without batch normalization an image stands alone.
    images = tf.zeros([4, *TOYS[name].shape]) + 0.5

    def logits(images, noise, half):
        return tf.nest.flatten(family._discriminate([images], noise, half))[0].numpy()

    real = logits(images, Noise(Noise.key(3), 4), "real")
    of_second_device = logits(images[2:], Noise(Noise.key(3), 2, 2, 4), "real")
    np.testing.assert_allclose(of_second_device, real[2:], rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(logits(images, Noise(Noise.key(3), 4), "real"), real)
    assert len(np.unique(real)) == 4
    assert not np.isin(logits(images, Noise(Noise.key(3), 4), "fake"), real).any()


# The longest.
LATER = ("acgan", "dcgan", "upsampling_dcgan", "upsampling_gan")


@pytest.mark.parametrize(
    "name", [pytest.param(x, marks=pytest.mark.soak) if x in LATER else x for x in TOYS]
)
def test_a_few_hundred_steps_learn_the_two_class_means(name):
    toy = TOYS[name]
    images, labels = digit_images((toy.edge, toy.edge, 1))
    family = family_builder(name)(
        images.shape[1:],
        2,
        latent_dim=8,
        loss="non_saturating",
        settings=NetworkOptions(1, toy.width),
    )
    # Two discriminator updates: against batch-normalized batches of so simple images the
    # discriminator is the slower learner.
    phase = Phase(family, alternating_schedule(2, 1), toy.steps, adam(family, toy.rate))
    run_phase(phase, Batches(images, labels, 64, seed=0), seed=0)
    made = np.concatenate(
        [
            family.sample(tf.fill([64], label), Noise(Noise.key(9, label), 64)).numpy()
            for label in (0, 1)
        ]
    )
    real = [images[labels == label].mean(0) for label in (0, 1)]
    meant = np.repeat([0, 1], 64)
    if not family.conditional:
        # An image counts as what it resembles more. One and the same image, the mean of all
        # included, would count as one of the two.
        meant = np.array([np.argmax([correlation(one, mean) for mean in real]) for one in made])
    for label in (0, 1):
        assert np.mean(meant == label) > 0.2
        # The class means of zeros and ones correlate by 0.48: below 0.7 the class is not met.
        mean = made[meant == label].mean(0)
        own, other = (correlation(mean, real[k]) for k in (label, 1 - label))
        assert own > 0.7 and own > other + 0.2


def correlation(first, second):
    return np.corrcoef(first.ravel(), second.ravel())[0, 1]


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("name", TOYS)
def test_mixed_bfloat16_trains_with_float32_losses(name):
    family = build(name, dtype="mixed_bfloat16")
    for network in family.networks.values():
        assert hidden_and_last_precisions(network) == ({"bfloat16"}, {"float32"})
    metrics = one_step(family, name, alternating_schedule(1, 1))
    assert {value.dtype for value in metrics.values()} == {tf.float32}
    assert all(np.isfinite(float(value)) for value in metrics.values())


@pytest.mark.parametrize("name", TOYS)
def test_images_of_a_wrong_edge_are_refused(name):
    height, width, channels = TOYS[name].shape
    allowed = {
        "upsampling_gan": f"square images of 32, 64, 96 or 128 pixels, not {width}x{height + 1};"
    }
    expected = allowed.get(name, "images whose height and width are multiples of")
    with pytest.raises(InputError, match=re.escape(f"--gan={name} takes {expected}")):
        family_builder(name)(
            (height + 1, width, channels),
            2,
            latent_dim=8,
            loss="hinge",
            settings=NetworkOptions(0),
        )


@pytest.mark.parametrize("edge", [160, 16])
def test_an_edge_that_document_e_has_no_factor_for_is_refused(edge):
    with pytest.raises(InputError, match=f"not {edge}x{edge}"):
        family_builder("upsampling_gan")(
            (edge, edge, 3), 2, latent_dim=8, loss="hinge", settings=NetworkOptions(0)
        )


def test_document_a_at_512_pixels_is_warned_about():
    with pytest.warns(Caution, match="512x512 pixels: in the one such run .* losses never"):
        family_builder("upsampling_dcgan")(
            (512, 512, 1), 2, latent_dim=2, loss="hinge", settings=NetworkOptions(0, 0.001)
        )


# [Baker2018] has one and two.
@pytest.mark.parametrize(
    ("counts", "moved", "fresh"),
    [((1, 2), "dgg", [True, False, False]), ((3, 1), "dddg", [True, True, True, False])],
)
def test_order_of_updates(counts, moved, fresh):
    groups = {"d": (DISCRIMINATOR,), "g": (GENERATOR,)}
    expected = [Update(groups[x], is_fresh) for x, is_fresh in zip(moved, fresh, strict=True)]
    assert list(alternating_schedule(*counts).updates) == expected
