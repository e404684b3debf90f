"""The precision that ``--precision=auto`` chooses."""

import pytest

from gan_tf.training.processes import devices
from gan_tf.training.processes.devices import fast_precision

ZEN4, HASWELL = ["fpu", "avx2", "avx512_bf16"], ["fpu", "avx2"]
VARIABLES = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "TF_ENABLE_ONEDNN_OPTS")


@pytest.mark.parametrize(
    ("cpu_flags", "environment", "expected"),
    [
        (ZEN4, {}, "mixed_bfloat16"),
        (["amx_bf16"], {}, "mixed_bfloat16"),
        (HASWELL, {}, "float32"),
        # A processor of another kind has no such flags.
        ([], {}, "float32"),
        (ZEN4, {"ONEDNN_MAX_CPU_ISA": "AVX2"}, "float32"),
        (ZEN4, {"ONEDNN_MAX_CPU_ISA": "avx512_core"}, "float32"),
        (ZEN4, {"DNNL_MAX_CPU_ISA": "AVX2"}, "float32"),
        (ZEN4, {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_BF16"}, "mixed_bfloat16"),
        (ZEN4, {"ONEDNN_MAX_CPU_ISA": "ALL", "DNNL_MAX_CPU_ISA": "AVX2"}, "mixed_bfloat16"),
        (HASWELL, {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_BF16"}, "float32"),
        (ZEN4, {"TF_ENABLE_ONEDNN_OPTS": "0"}, "float32"),
        (ZEN4, {"TF_ENABLE_ONEDNN_OPTS": "1"}, "mixed_bfloat16"),
    ],
)
def test_bfloat16_is_chosen_only_where_it_is_not_emulated(
    monkeypatch, cpu_flags, environment, expected
):
    monkeypatch.setattr(devices, "_cpu_flags", lambda: cpu_flags)
    monkeypatch.setattr(devices.tf.config, "list_physical_devices", lambda kind: [])
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert fast_precision() == expected
