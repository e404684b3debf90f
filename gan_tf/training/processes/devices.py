"""Configuration of TensorFlow's threads and devices, for speed and determinism."""

import os
from pathlib import Path

import keras
import tensorflow as tf


def prepare_devices(num_threads: int) -> int:
    """Set the thread count and make all ops deterministic; call before any TensorFlow op.

    Args:
      num_threads: CPU threads per op; 0 for all cores available to this process. One thread and
        two differ in the last bits, so a run must keep its number.

    Returns:
      The number of threads.
    """
    num_threads = num_threads or len(os.sched_getaffinity(0))
    tf.config.threading.set_intra_op_parallelism_threads(num_threads)
    tf.config.threading.set_inter_op_parallelism_threads(num_threads)
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    # The remapper fails on the gradient of leaky ReLU with a long message, and gains nothing here.
    tf.config.optimizer.set_experimental_options({"remapping": False})
    # Op determinism refuses unseeded random ops, and Keras layers draw their seeds at random.
    keras.utils.set_random_seed(0)
    tf.config.experimental.enable_op_determinism()
    return num_threads


def fast_precision() -> str:
    """Return the dtype policy that is fastest on this machine.

    It is mixed_bfloat16 if the hardware supports it, else float32. A CPU needs AVX512_BF16 or AMX,
    a GPU compute capability 8.0.
    """
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        has_bfloat16 = details.get("compute_capability", (0, 0)) >= (8, 0)
    else:
        has_bfloat16 = {"avx512_bf16", "amx_bf16"} & set(_cpu_flags())
    return "mixed_bfloat16" if has_bfloat16 else "float32"


def _cpu_flags() -> list[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    return next((line.split() for line in lines if line.startswith("flags")), [])
