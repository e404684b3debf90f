"""What all pipelines end with."""

import tensorflow as tf


def finished(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Return the dataset with its next batches prepared ahead, always in the same order.

    Under op determinism, which a run enables, TensorFlow removes all prefetching and parallel
    calls after a function with an op that it counts as stateful, as ``get_single_element`` is.
    """
    options = tf.data.Options()
    options.deterministic = True
    # Everything is parallel that should be. The rewriting of the graph would copy the tensors that
    # it reads from: all images, if they are in memory.
    options.experimental_optimization.apply_default_optimizations = False
    return dataset.prefetch(tf.data.AUTOTUNE).with_options(options)
