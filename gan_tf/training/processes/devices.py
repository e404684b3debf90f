"""Configuration of TensorFlow's threads and devices, for speed and determinism."""

import os
from pathlib import Path

import keras
import tensorflow as tf

_BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16"}
#: Values of ``ONEDNN_MAX_CPU_ISA`` with which oneDNN emulates products of bfloat16.
_ISAS_WITHOUT_BFLOAT16 = {
    "SSE41",
    "AVX",
    "AVX2",
    "AVX2_VNNI",
    "AVX2_VNNI_2",
    "AVX512_CORE",
    "AVX512_CORE_VNNI",
}


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

    It is mixed_bfloat16 if the hardware supports it, else float32: emulated, it is several times as
    slow. A GPU needs compute capability 8.0, a CPU AVX512_BF16 or AMX and oneDNN, which may be
    turned off (``TF_ENABLE_ONEDNN_OPTS``) or limited to an older instruction set
    (``ONEDNN_MAX_CPU_ISA``).
    """
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        has_bfloat16 = details.get("compute_capability", (0, 0)) >= (8, 0)
    else:
        has_bfloat16 = _BFLOAT16_FLAGS & set(_cpu_flags()) and _onednn_computes_bfloat16()
    return "mixed_bfloat16" if has_bfloat16 else "float32"


def _onednn_computes_bfloat16() -> bool:
    """Return whether the environment lets oneDNN use the CPU's instructions for bfloat16."""
    names = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
    limit = next((os.environ[name] for name in names if name in os.environ), "")
    is_on = os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1").lower() not in ("0", "false")
    return is_on and limit.upper() not in _ISAS_WITHOUT_BFLOAT16


def _cpu_flags() -> list[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    return next((line.split() for line in lines if line.startswith("flags")), [])
