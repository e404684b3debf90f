"""The matrix product that train_step.py measures everything against."""

from collections.abc import Callable

from gan_tf import cli

cli.import_tensorflow()

import tensorflow as tf  # noqa: E402

EDGE = 2048


def prepared(gan: str, variant: str, num_threads: int) -> Callable[[int], None]:
    """A function that multiplies two square matrices so many times."""
    tf.config.threading.set_intra_op_parallelism_threads(num_threads)
    left, right = (
        tf.cast(tf.random.stateless_normal([EDGE, EDGE], [0, index]), variant) for index in (0, 1)
    )
    product = tf.function(lambda: tf.reduce_sum(tf.matmul(left, right)[:1]))

    def run_steps(count: int) -> None:
        for _ in range(count):
            product().numpy()

    return run_steps
