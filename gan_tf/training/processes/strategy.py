"""The choice of a ``tf.distribute`` strategy by name."""

import json
import os

import tensorflow as tf

from data_tools.errors import InputError


def num_workers() -> int:
    """Return the number of workers in the cluster that TF_CONFIG describes; 1 without it.

    Raises:
      InputError: TF_CONFIG is not a cluster description.
    """
    text = os.environ.get("TF_CONFIG", "")
    if not text:
        return 1
    try:
        cluster = json.loads(text)["cluster"]
        return len(cluster.get("worker", [])) + len(cluster.get("chief", []))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"the environment variable TF_CONFIG is not a cluster description ({error!r}); unset "
            'it or give {"cluster": {"worker": ["host:port", ...]}, "task": {...}}'
        ) from None


def make_strategy(name: str, num_replicas: int = 0) -> tf.distribute.Strategy:
    """Make a strategy by name; call before any TensorFlow op.

    Args:
      name: one_device, mirrored, multi_worker, or auto: multi_worker if TF_CONFIG has several
        workers, else mirrored if there are several GPUs, else one_device.
      num_replicas: number of devices for mirrored; 0 for all GPUs. Without GPUs the CPU is split
        into that many logical devices, which tests a run's behavior but is no faster.

    Raises:
      InputError: there are too few devices or workers.
    """
    gpus = tf.config.list_physical_devices("GPU")
    if name == "auto":
        several = "mirrored" if len(gpus) > 1 else "one_device"
        name = "multi_worker" if num_workers() > 1 else several
    if name == "one_device":
        return tf.distribute.get_strategy()
    if name == "multi_worker":
        if num_workers() < 2:
            raise InputError(
                "--strategy=multi_worker needs the environment variable TF_CONFIG with two workers "
                "or more; set it or choose another strategy"
            )
        return tf.distribute.MultiWorkerMirroredStrategy()
    return tf.distribute.MirroredStrategy(_devices(gpus, num_replicas))


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Return whether this is the one process that writes files."""
    resolver = strategy.cluster_resolver
    if resolver is None or not resolver.cluster_spec().as_dict():
        return True
    has_chief = "chief" in resolver.cluster_spec().as_dict()
    return resolver.task_type == "chief" or (not has_chief and resolver.task_id == 0)


def _devices(gpus: list, num_replicas: int) -> list[str]:
    if gpus:
        if num_replicas > len(gpus):
            raise InputError(f"--replicas={num_replicas} exceeds the number of GPUs ({len(gpus)})")
        return [f"GPU:{index}" for index in range(num_replicas or len(gpus))]
    if num_replicas < 2:
        raise InputError(
            "--strategy=mirrored finds no GPU; give --replicas=2 or more to split the CPU, or "
            "choose --strategy=one_device"
        )
    cpu = tf.config.list_physical_devices("CPU")[0]
    devices = [tf.config.LogicalDeviceConfiguration()] * num_replicas
    tf.config.set_logical_device_configuration(cpu, devices)
    return [f"CPU:{index}" for index in range(num_replicas)]
