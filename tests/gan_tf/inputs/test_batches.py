"""The batches that a process consumes: the same on any number of replicas, threads and restarts."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

import gan_tf.inputs
from data_tools.__main__ import main as data_tools
from gan_tf.inputs.batches import Batches, UnreadableBatchError
from gan_tf.inputs.opening import open_domains, open_images


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """Return scikit-learn's digits as TFRecords."""
    dest = tmp_path_factory.mktemp("data") / "records"
    arguments = ["convert", "--op=convert_to_tfrecords", "--data_dir=sklearn:digits"]
    assert data_tools([*arguments, f"--dest={dest}", "--num_shards=3"]) == 0
    return str(dest)


def as_arrays(batches, num_batches):
    taken = itertools.islice(batches, num_batches)
    return [{name: value.numpy() for name, value in batch.items()} for batch in taken]


def assert_equal(first, second):
    for one, other in zip(first, second, strict=True):
        assert one.keys() == other.keys()
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])


@pytest.mark.parametrize("how", ["memory", "stream"])
def test_two_replicas_get_the_halves_of_every_batch(records, how, two_devices):
    images, _ = open_images(records, how)
    expected = as_arrays(Batches(images, 8, 3, 5), 4)
    with two_devices.scope():
        batches = Batches(images, 8, 3, 5)
        for whole in expected:
            for name, values in next(batches).items():
                halves = two_devices.experimental_local_results(values)
                assert [half.shape[0] for half in halves] == [4, 4]
                np.testing.assert_array_equal(np.concatenate(halves), whole[name])


@pytest.mark.parametrize("how", ["memory", "stream"])
def test_the_number_of_threads_changes_nothing(records, how):
    images, _ = open_images(records, how)

    def with_threads(number):
        options = tf.data.Options()
        options.threading.private_threadpool_size = number
        options.threading.max_intra_op_parallelism = number
        return as_arrays(images.dataset(32, seed=9).with_options(options), 70)

    assert_equal(with_threads(1), with_threads(7))


@pytest.mark.parametrize("how", ["memory", "stream"])
def test_public_functions_return_the_batches_of_a_run(records, how):
    images, _ = open_images(records, how)
    dataset = gan_tf.inputs.dataset(records, 8, 3, first_batch=5, input_mode=how)
    assert_equal(as_arrays(dataset, 3), as_arrays(Batches(images, 8, 3, 5), 3))
    domains, _ = open_domains(records, None, ["3", "8"], how)
    dataset = gan_tf.inputs.two_domain_dataset(
        records, 8, 3, domains=["3", "8"], first_batch=5, input_mode=how
    )
    assert_equal(as_arrays(dataset, 3), as_arrays(Batches(domains, 8, 3, 5), 3))


def test_a_dataset_is_read_by_a_plain_loop():
    for number, batch in enumerate(gan_tf.inputs.dataset("sklearn:digits", batch_size=64, seed=1)):
        assert batch["image"].shape == (64, 28, 28, 1)
        if number == 3:
            break


def test_a_fault_that_has_passed_is_reported_as_such():
    class Failing:
        def dataset(self, *arguments, **more):
            return tf.data.Dataset.range(3).map(lambda x: tf.ensure_shape(tf.zeros([x]), [0]))

        def require_readable(self, *arguments):
            pass

    batches = Batches(Failing(), 4, 0, 0)
    next(batches)
    with pytest.raises(UnreadableBatchError, match=r"batch 1 could not be read .* but can now"):
        next(batches)
