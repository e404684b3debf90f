"""Every family of the table goes on to the last bit, and trains alike on one device and two."""

import numpy as np
import pytest
from small_families import SMALL_FAMILIES, small_images, small_recipe

from gan_tf.gans import GANS
from gan_tf.runs.feed import training_feed
from gan_tf.runs.recipe import build_model
from gan_tf.runs.training import data_card
from gan_tf.training.checkpoint import CheckpointStore
from gan_tf.training.step import Step


def test_every_family_is_tried():
    assert set(SMALL_FAMILIES) == set(GANS)


class SmallRun:
    """A family's model, trained step by step."""

    def __init__(self, gan):
        recipe, images = small_recipe(gan), small_images(gan)
        self.model = build_model(recipe, data_card(images))
        self._feed = training_feed(recipe, images)
        self._step = Step(self.model.phase, seed=recipe.seed)

    def train(self, first, last):
        """Metrics of the steps ``first`` to ``last`` - 1."""
        size = self.model.phase.batches_per_step
        return [
            {
                name: float(value)
                for name, value in self._step(
                    step, [self._feed(step * size + offset) for offset in range(size)]
                ).items()
            }
            for step in range(first, last)
        ]

    def variables(self):
        """Everything that a checkpoint should hold."""
        model = self.model
        averages = [average.network for average in model.averages.values()]
        owners = [*model.family.networks.values(), *averages, *model.phase.optimizers.values()]
        found = [v for owner in owners for v in owner.variables] + list(model.family.state.values())
        return [np.asarray(v) for v in found]


@pytest.fixture(scope="module", params=GANS)
def one_device(request, tmp_path_factory):
    """A run of four steps, saved after the second; and its metrics."""
    run = SmallRun(request.param)
    store = CheckpointStore(tmp_path_factory.mktemp(request.param) / "c", run.model.checkpoint)
    metrics = run.train(0, 2)
    store.save(2, "")
    return request.param, run, store, metrics + run.train(2, 4)


def test_going_on_from_a_checkpoint_changes_no_bit(one_device):
    # In the same process: what a checkpoint forgets stands where step 4 left it, not at step 2.
    _, run, store, metrics = one_device
    expected = run.variables()
    assert store.restore().step == 2
    assert any(not np.array_equal(a, b) for a, b in zip(run.variables(), expected, strict=True))
    assert run.train(2, 4) == metrics[2:]
    for actual, value in zip(run.variables(), expected, strict=True):
        np.testing.assert_array_equal(actual, value)


def test_two_devices_train_as_one(one_device, two_devices):
    gan, _, _, metrics = one_device
    with two_devices.scope():
        mirrored = SmallRun(gan).train(0, 2)
    for actual, expected in zip(mirrored, metrics[:2], strict=True):
        # Sums over replicas round in another order; a gradient's norm is a replica's own.
        names = [name for name in expected if not name.startswith("gradient_norm/")]
        assert names
        for name in names:
            assert actual[name] == pytest.approx(expected[name], abs=1e-5)
