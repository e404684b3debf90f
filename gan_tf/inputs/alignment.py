"""Arrays whose memory TensorFlow can share; imports no TensorFlow."""

import numpy as np

#: Alignment in bytes that TensorFlow requires.
ALIGNMENT = 64


def aligned_empty(shape: tuple[int, ...]) -> np.ndarray:
    """Return an uninitialized uint8 array that is aligned."""
    size = int(np.prod(shape))
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size].reshape(shape)


def is_aligned(array: np.ndarray) -> bool:
    """Return whether an array is aligned."""
    return array.ctypes.data % ALIGNMENT == 0
