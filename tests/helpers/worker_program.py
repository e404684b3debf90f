"""Small training job of one of the workers that TF_CONFIG names.

``worker_program.py sgd OUT`` writes the weights of ``plain_sgd``, ``worker_program.py GAN OUT`` the
metrics of a small run's first two steps. The first worker writes them as JSON.
"""

import json
import sys
from pathlib import Path

import plain_sgd
import tensorflow as tf
from small_families import SmallRun

from gan_tf.training.processes.devices import prepare_devices
from gan_tf.training.processes.strategy import is_chief, make_strategy


def main(name: str, path: str) -> None:
    """Train, and exit only when all workers are done: an early exit breaks their connections."""
    prepare_devices(2)
    strategy = make_strategy("multi_worker")
    with strategy.scope():
        if name == "sgd":
            result = plain_sgd.weights_before_and_after()[1].tolist()
        else:
            result = SmallRun(name).train(0, 2)
    if is_chief(strategy):
        Path(path).write_text(json.dumps(result))
    strategy.run(lambda: tf.distribute.get_replica_context().all_reduce("sum", tf.ones([])))


if __name__ == "__main__":
    main(*sys.argv[1:])
