"""Stopping all workers at the same step."""

import signal

import tensorflow as tf

from gan_tf.training.processes.signals import StopRequest

EXCHANGE_EVERY = 10
_CODES = (128 + signal.SIGTERM, 128 + signal.SIGINT)


class SharedStop:
    """A stop of all workers at the same step, requested from any of them.

    A single worker stops after the step in which the request came. Several workers exchange their
    requests after every tenth step.

    Args:
      request: stop request to this process.

    Attributes:
      exit_code: None until the workers stop, then 143 or 130; 143 if both were requested.
    """

    def __init__(self, request: StopRequest):
        self._request = request
        self._strategy = tf.distribute.get_strategy()
        self._is_single_worker = not isinstance(
            self._strategy, tf.distribute.MultiWorkerMirroredStrategy
        )
        self.exit_code: int | None = None

    def should_stop(self, step: int) -> bool:
        """Return whether to stop after ``step`` steps; all workers must call it after each step."""
        if self._is_single_worker:
            self.exit_code = self._request.exit_code
        elif step % EXCHANGE_EVERY == 0:
            self.exit_code = self._exchange_codes()
        return self.exit_code is not None

    def _exchange_codes(self) -> int | None:
        requested = tf.constant([self._request.exit_code == code for code in _CODES])
        num_requested = self._strategy.reduce(
            tf.distribute.ReduceOp.SUM,
            self._strategy.experimental_distribute_values_from_function(
                lambda _: tf.cast(requested, tf.int32)
            ),
            axis=None,
        ).numpy()
        return next(
            (code for code, count in zip(_CODES, num_requested, strict=True) if count), None
        )
