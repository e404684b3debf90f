"""The CycleGAN: its losses against NumPy, gradients, image pools, learning."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.datasets import load_digits
from small_families import digit_images, hidden_and_last_precisions

from data_tools.errors import InputError
from gan_tf.gans.cyclegan import DIRECTIONS, DISCRIMINATORS, GENERATORS, cyclegan
from gan_tf.gans.options import FamilyOptions
from gan_tf.runs import options as run_options
from gan_tf.training.loop import run_phase
from gan_tf.training.noise import Noise
from gan_tf.training.objective import Phase
from gan_tf.training.optimizers.fused_adam import FusedAdam
from gan_tf.training.pixels import to_float, to_uint8
from gan_tf.training.schedule import FixedSchedule, Update
from gan_tf.training.step import Step

SHAPE = (24, 24, 1)
ALL_NETWORKS = Update((GENERATORS, *DISCRIMINATORS.values()))


def build(shape=SHAPE, **options):
    small = {"gan": "cyclegan", "loss": "least_squares", "width": 0.05, "residual_blocks": 1}
    return cyclegan(shape, (3, 3), FamilyOptions(**small | {"seed": 1} | options))


@pytest.fixture(scope="module")
def family():
    return build()


@pytest.fixture(scope="module")
def batch():
    """Three zeros and three ones."""
    images, labels = digit_images(SHAPE)
    a, b = (to_float(tf.constant(images[labels == label][:3]), (-1, 1)).numpy() for label in (0, 1))
    return {"image_a": a, "image_b": b}


def noise():
    return Noise(Noise.key(0), 3)


def test_losses_are_those_of_the_paper(family, batch):
    def network(name):
        return lambda images: family.networks[name](images, training=True).numpy()

    a, b = batch["image_a"], batch["image_b"]
    ab, ba = network("generator_ab"), network("generator_ba")
    score_a, score_b = network("discriminator_a"), network("discriminator_b")
    expected = {
        "adversarial_ab": np.mean((score_b(ab(a)) - 1) ** 2),
        "adversarial_ba": np.mean((score_a(ba(b)) - 1) ** 2),
        "cycle_a": np.mean(np.abs(ba(ab(a)) - a)),
        "cycle_b": np.mean(np.abs(ab(ba(b)) - b)),
        "identity_a": np.mean(np.abs(ba(a) - a)),
        "identity_b": np.mean(np.abs(ab(b) - b)),
        # The pools are empty, so the discriminators see the newest images.
        "discriminator_a": 0.5 * np.mean((score_a(a) - 1) ** 2)
        + 0.5 * np.mean(score_a(ba(b)) ** 2),
        "discriminator_b": 0.5 * np.mean((score_b(b) - 1) ** 2)
        + 0.5 * np.mean(score_b(ab(a)) ** 2),
    }
    expected["generators"] = (
        expected["adversarial_ab"]
        + expected["adversarial_ba"]
        + 10 * (expected["cycle_a"] + expected["cycle_b"])
        + 0.5 * 10 * (expected["identity_a"] + expected["identity_b"])
    )
    losses = family.losses(ALL_NETWORKS, batch, noise())
    values = {
        name.removeprefix("loss/"): float(value)
        for name, value in losses.metrics.items()
        if name.startswith("loss/")
    }
    assert values == pytest.approx(expected, rel=1e-4)
    totals = [values["generators"], values["discriminator_a"], values["discriminator_b"]]
    assert [float(losses.totals[group]) for group in ALL_NETWORKS.groups] == totals
    scores = {name: float(losses.metrics[f"probability/{name}"]) for name in ("real_a", "fake_b")}
    assert scores["real_a"] == pytest.approx(score_a(a).mean(), abs=1e-5)
    assert scores["fake_b"] == pytest.approx(score_b(ab(a)).mean(), abs=1e-5)


def test_options_set_the_weights_of_the_losses(batch):
    light = build(cycle_weight=3.0, identity_weight=0.0)
    metrics = light.losses(Update((GENERATORS,)), batch, noise()).metrics
    value = {name.removeprefix("loss/"): float(loss) for name, loss in metrics.items()}
    cycles = value["cycle_a"] + value["cycle_b"]
    expected = value["adversarial_ab"] + value["adversarial_ba"] + 3 * cycles
    assert value["generators"] == pytest.approx(expected, rel=1e-5)
    assert not any(name.startswith("identity") for name in value)


# Section 7.2: six up to 128 pixels, nine from 256 on.
@pytest.mark.parametrize(
    ("edge", "blocks"), [pytest.param(64, 6, marks=pytest.mark.soak), (128, 6), (256, 9)]
)
def test_the_default_number_of_residual_blocks_depends_on_the_size(edge, blocks):
    family = build((edge, edge, 1), width=0.01, residual_blocks=0)
    for name in GENERATORS:
        layers = family.networks[name].layers
        assert sum(isinstance(layer, keras.layers.Add) for layer in layers) == blocks


def gradients(family, batch, update, loss, names):
    """Return, for each named network, whether a loss has a gradient with respect to it."""
    with tf.GradientTape() as tape:
        losses = family.losses(update, batch, noise())
        value = losses.metrics[f"loss/{loss}"]
    variables = {n: [v.value for v in family.networks[n].trainable_variables] for n in names}
    return {
        name: any(g is not None and np.any(g.numpy()) for g in values)
        for name, values in tape.gradient(value, variables).items()
    }


@pytest.mark.parametrize("loss", ["cycle_a", "cycle_b"])
def test_both_cycle_losses_reach_both_generators(family, batch, loss):
    reached = gradients(family, batch, Update((GENERATORS,)), loss, GENERATORS)
    assert reached == {"generator_ab": True, "generator_ba": True}


def test_a_discriminator_loss_reaches_only_its_own_network(family, batch):
    names = family.networks
    reached = gradients(family, batch, ALL_NETWORKS, "discriminator_a", names)
    assert [name for name in names if reached[name]] == ["discriminator_a"]


def weights(network):
    """Return kernels, and the biases that no normalization cancels."""
    layers = [layer for layer in network.layers if hasattr(layer, "kernel")]
    # Section 7.2: there is no normalization after the last layer of a generator, nor after the
    # first and last of a discriminator.
    free = layers[-1:] if network.name == "generator" else [layers[0], layers[-1]]
    return [layer.kernel for layer in layers] + [layer.bias for layer in free]


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("group", ALL_NETWORKS.groups, ids="+".join)
def test_an_update_changes_its_networks_and_no_other(batch, group):
    family = build()
    before = {
        name: ([v.numpy() for v in weights(network)], [v.numpy() for v in network.variables])
        for name, network in family.networks.items()
    }
    optimizers = {name: FusedAdam(2e-4, beta_1=0.5) for name in family.networks}
    Step(Phase(family, FixedSchedule(Update((group,))), 1, optimizers), seed=0)(0, [batch])
    for name, network in family.networks.items():
        old_weights, old_variables = before[name]
        if name in group:
            for variable, old in zip(weights(network), old_weights, strict=True):
                assert not np.array_equal(variable.numpy(), old), variable.path
        else:
            for variable, old in zip(network.variables, old_variables, strict=True):
                np.testing.assert_array_equal(variable, old)


def test_discriminators_see_pooled_images_and_new_ones_are_added(family, batch):
    pool = np.random.default_rng(1).uniform(-1, 1, (50, *SHAPE)).astype(np.float32)
    full = build()
    full.state["pool_b"].assign(pool)
    full.state["pool_b_count"].assign(50)
    update = Update(tuple(DISCRIMINATORS.values()))
    losses = full.losses(update, batch, noise())
    fake = full.networks["generator_ab"](batch["image_a"], training=True).numpy()
    draws = noise().uniform("pool_b", [2]).numpy()
    expected_pool, expected_images = pool.copy(), []
    for image, (draw, place) in zip(fake, draws, strict=True):
        if draw < 0.5:
            expected_images.append(expected_pool[int(place * 50)].copy())
            expected_pool[int(place * 50)] = image
        else:
            expected_images.append(image)
    assert 0 < sum(draw < 0.5 for draw, _ in draws) < 3
    np.testing.assert_allclose(losses.state["pool_b"], expected_pool, atol=1e-5)
    scores = full.networks["discriminator_b"](np.array(expected_images), training=True).numpy()
    assert float(losses.metrics["probability/fake_b"]) == pytest.approx(scores.mean(), abs=1e-5)
    assert set(losses.state) == {"pool_a", "pool_a_count", "pool_b", "pool_b_count"}
    assert int(losses.state["pool_a_count"]) == 3


def test_a_generator_update_does_not_change_the_pools(family, batch):
    assert family.losses(Update((GENERATORS,)), batch, noise()).state == {}


def test_generators_are_updated_first_on_one_batch(family):
    # With one step each, all networks move simultaneously.
    assert family.schedule(1, 1).updates == (ALL_NETWORKS,)
    discriminators = (("discriminator_a",), ("discriminator_b",))
    assert family.schedule(2, 1).updates == (
        Update((GENERATORS,), fresh_batch=True),
        Update(discriminators, fresh_batch=False),
        Update(discriminators, fresh_batch=False),
    )


def test_a_direction_selects_its_generator(family, batch):
    assert tuple(family.directions) == tuple(DIRECTIONS) == run_options.DIRECTIONS
    images = batch["image_a"]
    for direction, name in (("a_to_b", "generator_ab"), ("b_to_a", "generator_ba")):
        expected = family.networks[name](images, training=False)
        np.testing.assert_array_equal(family.translate(images, direction), expected)
    other = family.networks["generator_ba"]
    np.testing.assert_array_equal(family.translate(images, "a_to_b", other), other(images))


@pytest.mark.parametrize(("edge", "part"), [(20, "at least 24x24"), (26, "multiples of 4")])
def test_images_that_are_too_small_or_do_not_divide_are_refused(edge, part):
    with pytest.raises(InputError, match=f"--gan=cyclegan takes images .*{part}.*{edge}x{edge}"):
        build((edge, edge, 3))


def test_another_loss_is_refused():
    with pytest.raises(
        InputError, match="--gan=cyclegan supports only --loss=least_squares, not hinge"
    ):
        build(loss="hinge")


@pytest.mark.parametrize(
    ("name", "value"),
    [("spectral_norm", True), ("diff_augment", ("flip",)), ("mirror", True), ("r1_weight", 1.0)],
)
def test_options_of_families_with_noise_are_refused(name, value):
    with pytest.raises(InputError, match=f"^--{name} needs a --gan that generates images from n"):
        build(**{name: value})


def test_mixed_bfloat16_has_float32_losses(batch):
    family = build(precision="mixed_bfloat16")
    for network in family.networks.values():
        assert hidden_and_last_precisions(network) == ({"bfloat16"}, {"float32"})
    exact = build().losses(ALL_NETWORKS, batch, noise())
    losses = family.losses(ALL_NETWORKS, batch, noise())
    assert {value.dtype for value in losses.totals.values()} == {tf.float32}
    for name, value in losses.metrics.items():
        # bfloat16 has 8 bits: an error of a few hundredths after twenty layers.
        assert float(value) == pytest.approx(float(exact.metrics[name]), abs=0.05, rel=0.05), name


def test_a_hundred_steps_learn_to_brighten_and_to_darken():
    patterns = load_digits().images[:200].repeat(3, axis=1).repeat(3, axis=2)[..., np.newaxis] / 16
    # The same shapes, dark at 20..80 and bright at 150..230; no image is in both domains.
    dark = np.rint(20 + 60 * patterns[:100]).astype(np.uint8)
    bright = np.rint(150 + 80 * patterns[100:]).astype(np.uint8)
    family = build(pool_size=20)
    optimizers = {name: FusedAdam(2e-3, beta_1=0.5) for name in family.networks}

    def batch(index):
        indices_a, indices_b = np.random.default_rng(index).integers(0, 100, (2, 4))
        return {"image_a": dark[indices_a], "image_b": bright[indices_b]}

    phase = Phase(family, family.schedule(1, 1), 100, optimizers)
    run_phase(phase, map(batch, itertools.count()), seed=0)
    for direction, source, target in (("a_to_b", dark, bright), ("b_to_a", bright, dark)):
        images = to_float(tf.constant(source[:20]), family.pixel_range)
        translated = to_uint8(family.translate(images, direction), family.pixel_range)
        assert translated.mean() == pytest.approx(target.mean(), abs=20)
        # The shapes are preserved.
        assert np.corrcoef(translated.ravel(), source[:20].ravel())[0, 1] > 0.7
