"""Training that has gone wrong is named, never masked."""

import math
from collections.abc import Mapping

from data_tools.errors import InputError


def require_finite(metrics: Mapping[str, float], step: int) -> None:
    """Raises InputError if a loss or gradient is NaN or infinite."""
    for name, value in metrics.items():
        if not math.isfinite(value):
            raise InputError(
                f"{name} is {value} at step {step}; lower --learning_rate or use "
                "--precision=float32, and continue from the last checkpoint or begin anew"
            )
