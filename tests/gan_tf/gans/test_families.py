"""Every family that generates images from noise: gradients, updates, labels, learning."""

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
from gan_tf.gans import GANS, family_builder
from gan_tf.gans.noise_to_image import DISCRIMINATOR, GENERATOR, alternating_schedule
from gan_tf.gans.options import LOSS_NAMES, FamilyOptions
from gan_tf.inputs.memory import example_batches, lookup
from gan_tf.training.loop import run_phase
from gan_tf.training.noise import Noise
from gan_tf.training.objective import Phase
from gan_tf.training.schedule import FixedSchedule, Update
from gan_tf.training.step import Step


class Toy(NamedTuple):
    """The smallest image that a family takes, and options to learn zeros and ones."""

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
    "projection_gan": Toy((8, 8, 1), True, 8, 1e-3, 300, 0.25),
    "upsampling_dcgan": Toy((16, 16, 3), False, 16, 1e-3, 200, 0.06),
    "upsampling_gan": Toy((32, 32, 3), False, 32, 1e-3, 200, 0.06),
}


WITH_DROPOUT = ("acgan", "upsampling_dcgan", "upsampling_gan")


def test_every_family_is_tested():
    translators = {name for name, entry in GANS.items() if entry.translates}
    assert set(TOYS) == set(GANS) - translators
    # Families that translate images have their own test files.
    for name in translators:
        assert Path(__file__).with_name(f"test_{name}.py").exists()


def build(name, shape=None, **options):
    options = FamilyOptions(**{"gan": name, "latent_dim": 8, "width": 0.125, "seed": 1} | options)
    return family_builder(name)(shape or TOYS[name].shape, (2, 2), options)


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
def test_an_update_changes_every_variable_of_its_network_and_no_other(name, moved):
    family = build(name)
    before = {network: values(model) for network, model in family.networks.items()}
    one_step(family, name, FixedSchedule(Update(((moved,),))))
    for network, model in family.networks.items():
        for old, new in zip(before[network], values(model), strict=True):
            assert np.array_equal(old, new) == (network != moved)


@pytest.mark.parametrize("name", TOYS)
def test_samples_depend_on_labels_only_if_the_family_is_conditional(name):
    family = build(name)
    # Some classes have equal weights initially.
    for number, variable in enumerate(family.networks["generator"].trainable_variables):
        variable.assign_add(0.1 * tf.random.stateless_normal(variable.shape, [0, number]))
    noise = Noise(Noise.key(3), 4)
    zeros = family.sample(tf.zeros([4], tf.int32), noise).numpy()
    ones = family.sample(tf.ones([4], tf.int32), noise).numpy()
    assert family.conditional == TOYS[name].conditional
    assert np.array_equal(zeros, ones) != family.conditional
    assert zeros.shape == (4, *TOYS[name].shape)
    # For any weights, pixels lie in the range of the last activation and cover it.
    kernel = family.networks["generator"].layers[-1].kernel
    kernel.assign(1e6 * kernel)
    images = family.sample(tf.zeros([4], tf.int32), noise).numpy()
    assert (images.min(), images.max()) == family.pixel_range


@pytest.mark.parametrize("name", TOYS)
@pytest.mark.parametrize("network", ["generator", "discriminator"])
def test_another_network_has_the_same_initial_weights(name, network):
    family = build(name, spectral_norm=True)
    again = family.build_network(network)
    for a, b in zip(family.networks[network].variables, again.variables, strict=True):
        assert a is not b
        np.testing.assert_array_equal(a, b)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("name", ["cdcgan", "dcgan"])
def test_first_discriminator_loss_is_twice_log_2(name):
    # Initial logits are near 0, so D(x) = 1/2 on both halves: 2 log 2 = 1.386. Batch normalization
    # gives 128 units variance 1; weights of standard deviation 0.02 then give logits of 0.2.
    metrics = one_step(build(name), name, FixedSchedule(Update((DISCRIMINATOR, GENERATOR))))
    assert float(metrics["loss/discriminator"]) == pytest.approx(1.386, abs=0.25)
    assert float(metrics["loss/generator"]) == pytest.approx(0.693, abs=0.15)


WITH_KERNEL = ("Conv2D", "Convolution", "Dense")

# Values of every loss are in test_adversarial_losses.py and test_acgan.py.
NOT_SOAK = [("wasserstein", False), ("hinge", True)]


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(
    ("name", "loss", "spectral_norm"),
    [
        pytest.param(*case, marks=() if case[1:] in NOT_SOAK else pytest.mark.soak)
        for case in product(TOYS, LOSS_NAMES, (False, True))
    ],
)
def test_every_loss_and_normalization_moves_every_weight(name, loss, spectral_norm):
    family = build(name, loss=loss, spectral_norm=spectral_norm)
    kinds = {type(layer).__name__ for layer in family.networks["discriminator"].layers}
    norm = "GroupNormalization" if loss == "wasserstein" else "FusedBatchNormalization"
    normalizes = not spectral_norm and name not in ("projection_gan", "upsampling_dcgan")
    assert {kind for kind in kinds if "Norm" in kind} == ({norm} if normalizes else set())
    assert all(
        kind.startswith("Spectral") == spectral_norm for kind in kinds if kind.endswith(WITH_KERNEL)
    )
    assert ("Dropout" in kinds) == (name in WITH_DROPOUT)
    assert not any(
        type(layer).__name__.startswith("Spectral") for layer in family.networks["generator"].layers
    )
    before = {network: values(model) for network, model in family.networks.items()}
    metrics = one_step(family, name, alternating_schedule(1, 1))
    metrics = {name: float(value) for name, value in metrics.items()}
    assert ("gradient_penalty" in metrics) == (loss == "wasserstein")
    assert np.isfinite(list(metrics.values())).all()
    # Some losses depend only on differences of scores, in which the last bias cancels.
    is_difference = loss in ("hinge", "wasserstein")
    for network, model in family.networks.items():
        for variable, old in zip(model.trainable_variables, before[network], strict=True):
            if not (is_difference and network == "discriminator" and old.shape == (1,)):
                assert not np.array_equal(variable.numpy(), old), variable.path


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("name", TOYS)
def test_power_is_iterated_once_per_discriminator_update(name):
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
def test_dropout_depends_on_half_and_example_but_not_on_the_number_of_devices(name):
    family = build(name, spectral_norm=True)  # Without batch normalization images are independent.
    images = tf.zeros([4, *TOYS[name].shape]) + 0.5

    def logits(images, noise, half):
        return tf.nest.flatten(family._discriminate([images], noise, half))[0].numpy()

    real = logits(images, Noise(Noise.key(3), 4), "real")
    on_second_device = logits(images[2:], Noise(Noise.key(3), 2, 2, 4), "real")
    np.testing.assert_allclose(on_second_device, real[2:], rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(logits(images, Noise(Noise.key(3), 4), "real"), real)
    assert len(np.unique(real)) == 4
    assert not np.isin(logits(images, Noise(Noise.key(3), 4), "fake"), real).any()


# These are the slowest.
SOAK = ("acgan", "dcgan", "upsampling_dcgan", "upsampling_gan")


@pytest.mark.parametrize(
    "name", [pytest.param(x, marks=pytest.mark.soak) if x in SOAK else x for x in TOYS]
)
def test_a_few_hundred_steps_learn_the_two_class_means(name):
    toy = TOYS[name]
    images, labels = digit_images((toy.edge, toy.edge, 1))
    family = build(name, images.shape[1:], width=toy.width)
    # Two discriminator updates: with batch-normalized batches of such simple images the
    # discriminator learns more slowly.
    phase = Phase(family, alternating_schedule(2, 1), toy.steps, adam(family, toy.rate))
    lookups = {"image": lookup(images), "label": lookup(labels)}
    run_phase(phase, iter(example_batches(lookups, len(labels), 64, seed=1)), seed=0)
    generated = np.concatenate(
        [
            family.sample(tf.fill([64], label), Noise(Noise.key(9, label), 64)).numpy()
            for label in (0, 1)
        ]
    )
    real = [images[labels == label].mean(0) for label in (0, 1)]
    labels = np.repeat([0, 1], 64)
    if not family.conditional:
        # An image gets the label of the class mean that it resembles more. Identical images, even
        # the mean of all, would all get the same label.
        labels = np.array([np.argmax([correlation(x, mean) for mean in real]) for x in generated])
    for label in (0, 1):
        assert np.mean(labels == label) > 0.2
        # The class means of zeros and ones have a correlation of 0.48: below 0.7 the class has not
        # been learned.
        mean = generated[labels == label].mean(0)
        own, other = (correlation(mean, real[k]) for k in (label, 1 - label))
        assert own > 0.7 and own > other + 0.2


def correlation(first, second):
    return np.corrcoef(first.ravel(), second.ravel())[0, 1]


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("name", TOYS)
def test_mixed_bfloat16_trains_with_float32_losses(name):
    options = {f"{regularizer}_weight": 1.0 for regularizer in ("r1", "r2", "consistency", "lecam")}
    policies = ("color", "flip", "translation", "cutout")
    family = build(name, precision="mixed_bfloat16", diff_augment=policies, mirror=True, **options)
    for network in family.networks.values():
        assert hidden_and_last_precisions(network) == ({"bfloat16"}, {"float32"})
    metrics = one_step(family, name, alternating_schedule(1, 1))
    assert {value.dtype for value in metrics.values()} == {tf.float32}
    assert all(np.isfinite(float(value)) for value in metrics.values())


@pytest.mark.parametrize("name", TOYS)
def test_images_of_a_wrong_size_are_refused(name):
    height, width, channels = TOYS[name].shape
    # The projection GAN takes any number of pixels that is not too small.
    height += -1 if name == "projection_gan" else 1
    allowed = {
        "projection_gan": f"images of 8 pixels or more, not {width}x{height};",
        "upsampling_gan": f"square images of 32, 64, 96 or 128 pixels, not {width}x{height};",
    }
    expected = allowed.get(name, "images whose height and width are multiples of")
    with pytest.raises(InputError, match=re.escape(f"--gan={name} takes {expected}")):
        build(name, (height, width, channels))


@pytest.mark.parametrize("edge", [160, 16])
def test_upsampling_gan_refuses_sizes_without_a_factor(edge):
    with pytest.raises(InputError, match=f"not {edge}x{edge}"):
        build("upsampling_gan", (edge, edge, 3))


def test_upsampling_dcgan_warns_at_512_pixels():
    with pytest.warns(Caution, match="512x512 pixels: in the only run .* losses never"):
        build("upsampling_dcgan", (512, 512, 1), latent_dim=2, width=0.001)


# [Baker2018] uses one discriminator and two generator updates.
@pytest.mark.parametrize(
    ("counts", "moved", "fresh"),
    [((1, 2), "dgg", [True, False, False]), ((3, 1), "dddg", [True, True, True, False])],
)
def test_generator_updates_follow_on_the_last_discriminator_batch(counts, moved, fresh):
    groups = {"d": (DISCRIMINATOR,), "g": (GENERATOR,)}
    expected = [Update(groups[x], is_fresh) for x, is_fresh in zip(moved, fresh, strict=True)]
    assert list(alternating_schedule(*counts).updates) == expected
