"""Checkpoints: saving, pruning, and skipping damaged ones."""

import numpy as np
import pytest
import tensorflow as tf

from data_tools.errors import Caution, InputError
from gan_tf.training.checkpoint import CheckpointStore, Score, weights_hash


@pytest.fixture
def variable():
    return tf.Variable(np.zeros(3, np.float32))


@pytest.fixture
def store(tmp_path, variable):
    return CheckpointStore(tmp_path / "checkpoints", tf.train.Checkpoint(v=variable), keep=2)


def save(store, variable, step):
    variable.assign([step] * 3)
    store.save(step, weights_hash([variable]), {"note": step})


def test_the_latest_is_restored_with_its_extra_values(store, variable):
    for step in (1, 2, 10):
        save(store, variable, step)
    expected_hash = weights_hash([variable])
    variable.assign([0.0] * 3)
    restored = store.restore()
    assert (restored.step, restored.weights_hash, restored.extra) == (
        10,
        expected_hash,
        {"note": 10},
    )
    np.testing.assert_array_equal(variable, [10] * 3)


def test_only_the_latest_are_kept_and_any_of_them_can_be_restored(store, variable):
    for step in (1, 2, 10):
        save(store, variable, step)
    assert store.steps() == [2, 10]
    assert store.restore(2).step == 2
    np.testing.assert_array_equal(variable, [2] * 3)
    with pytest.raises(InputError, match="no intact checkpoint of step 1 .* available: 2, 10"):
        store.restore(1)


def kept_after_each(store, scores):
    kept = []
    for step, score in enumerate(scores, start=1):
        store.save(step, "", score=score)
        kept.append(store.steps())
    return kept


def test_the_best_is_kept_in_addition_to_the_latest(store):
    # The latest two, and the lowest of 5, 3, 4, 3, 9, 2 so far: step 2 until step 6 has 2.
    scores = [Score("fid", "min", value) for value in (5.0, 3.0, 4.0, 3.0, 9.0, 2.0)]
    assert kept_after_each(store, scores) == [
        [1],
        [1, 2],
        [2, 3],
        [2, 3, 4],
        [2, 4, 5],
        [5, 6],
    ]
    assert store.best_step() == 6


def test_higher_may_be_better_and_another_metric_starts_over(store):
    assert store.best_step() is None
    scores = [Score("accuracy", "max", value) for value in (0.5, 0.9, 0.7)]
    kept_after_each(store, [None, *scores])
    assert store.best_step() == 3
    store.save(9, "", score=Score("fid", "max", 0.1))
    store.save(10, "")
    assert store.best_step() == 9
    assert store.steps() == [9, 10]


@pytest.mark.parametrize("damage", ["cut", "flip", "remove", "record"])
def test_a_damaged_checkpoint_is_skipped_with_a_warning(store, variable, damage, tmp_path):
    save(store, variable, 1)
    save(store, variable, 2)
    folder = tmp_path / "checkpoints" / "step-00000002"
    data = folder / "weights.data-00000-of-00001"
    content = data.read_bytes()
    if damage == "cut":
        data.write_bytes(content[:-1])
    elif damage == "flip":
        data.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    elif damage == "remove":
        data.unlink()
    else:
        (folder / "checkpoint.json").write_text("{")
    with pytest.warns(Caution, match="step-00000002 is damaged"):
        assert store.restore().step == 1
    np.testing.assert_array_equal(variable, [1] * 3)


def test_restoring_without_a_checkpoint_is_refused(store):
    assert store.restore_if_any() is None
    with pytest.raises(InputError, match="has no checkpoint yet"):
        store.restore()


def test_a_checkpoint_of_other_variables_is_refused(store, variable, tmp_path):
    save(store, variable, 1)
    other = tf.train.Checkpoint(v=variable, w=tf.Variable(1.0))
    with pytest.raises(InputError, match="step-00000001 does not fit the networks of this version"):
        CheckpointStore(tmp_path / "checkpoints", other).restore()


def test_weights_hash_depends_on_values_and_order():
    a, b = tf.Variable([1.0, 2.0]), tf.Variable([3.0])
    assert weights_hash([a, b]) == weights_hash([a, b])
    assert weights_hash([a, b]) != weights_hash([b, a])
