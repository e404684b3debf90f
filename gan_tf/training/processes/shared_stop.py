"""A stop at the same step on every worker."""

import signal

import tensorflow as tf

from gan_tf.training.processes.signals import StopRequest

AGREE_EVERY = 10
_CODES = (128 + signal.SIGTERM, 128 + signal.SIGINT)


class SharedStop:
    """Whether the run ends at a step because some worker was asked to end.

    A single worker follows a request after the step in which it came. Several ask each other after
    every tenth step, so that a request to any of them ends all of them at the same one.

    Args:
      request: what this process was asked.

    Attributes:
      exit_code: None until it is agreed to end, then 143 or 130; 143 where workers were asked both.
    """

    def __init__(self, request: StopRequest):
        self._request = request
        self._strategy = tf.distribute.get_strategy()
        self._alone = not isinstance(self._strategy, tf.distribute.MultiWorkerMirroredStrategy)
        self.exit_code: int | None = None

    def is_at(self, step: int) -> bool:
        """True to end after step number ``step``; every worker must ask after every step."""
        if self._alone:
            self.exit_code = self._request.exit_code
        elif step % AGREE_EVERY == 0:
            self.exit_code = self._agreed_code()
        return self.exit_code is not None

    def _agreed_code(self) -> int | None:
        mine = tf.constant([self._request.exit_code == code for code in _CODES])
        asked = self._strategy.reduce(
            tf.distribute.ReduceOp.SUM,
            self._strategy.experimental_distribute_values_from_function(
                lambda _: tf.cast(mine, tf.int32)
            ),
            axis=None,
        ).numpy()
        return next((code for code, count in zip(_CODES, asked, strict=True) if count), None)
