"""The matrix product that measures the peak in train_step.py."""

from collections.abc import Callable

from gan_tf import cli

cli.import_tensorflow()

import tensorflow as tf  # noqa: E402

EDGE = 2048


def make_runner(gan: str, variant: str, num_threads: int) -> Callable[[int], None]:
    """Return a function that multiplies two square matrices a number of times."""
    tf.config.threading.set_intra_op_parallelism_threads(num_threads)
    left, right = (
        tf.cast(tf.random.stateless_normal([EDGE, EDGE], [0, index]), variant) for index in (0, 1)
    )
    product = tf.function(lambda: tf.reduce_sum(tf.matmul(left, right)[:1]))

    def run_steps(count: int) -> None:
        for _ in range(count):
            product().numpy()

    return run_steps
