"""One device or many, by name; everything else is ``tf.distribute``."""

import json
import os

import tensorflow as tf

from data_tools.errors import InputError


def num_workers() -> int:
    """Number of workers in the cluster that TF_CONFIG describes; 1 without it.

    Raises:
      InputError: TF_CONFIG is not what TensorFlow understands.
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
    """The strategy of a name; call before any TensorFlow op.

    Args:
      name: one_device, mirrored, multi_worker, or auto: multi_worker where TF_CONFIG has several
        workers, else mirrored where there are several GPUs, else one_device.
      num_replicas: for mirrored: how many devices; 0 takes all GPUs. Without GPUs the CPU is
        divided into so many logical devices, which shows how a run behaves and is no faster.

    Raises:
      InputError: there are not so many devices.
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
    """True in the one process that writes."""
    resolver = strategy.cluster_resolver
    if resolver is None or not resolver.cluster_spec().as_dict():
        return True
    has_chief = "chief" in resolver.cluster_spec().as_dict()
    return resolver.task_type == "chief" or (not has_chief and resolver.task_id == 0)


def _devices(gpus: list, num_replicas: int) -> list[str]:
    if gpus:
        if num_replicas > len(gpus):
            raise InputError(f"--replicas={num_replicas} is more than there are GPUs ({len(gpus)})")
        return [f"GPU:{index}" for index in range(num_replicas or len(gpus))]
    if num_replicas < 2:
        raise InputError(
            "--strategy=mirrored finds no GPU; give --replicas=2 or more to divide the CPU, or "
            "choose --strategy=one_device"
        )
    cpu = tf.config.list_physical_devices("CPU")[0]
    parts = [tf.config.LogicalDeviceConfiguration()] * num_replicas
    tf.config.set_logical_device_configuration(cpu, parts)
    return [f"CPU:{index}" for index in range(num_replicas)]
