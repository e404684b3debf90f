"""scikit-learn's 1,797 handwritten digits: a data set that needs no network."""

from pathlib import Path

import numpy as np
from PIL import Image

from data_tools.errors import InputError
from data_tools.formats.manifest import REAL
from data_tools.sources.source import ArrayLoader, Example, Source

SPEC = "sklearn:digits"
_EDGE = 28
_MAX_STORED = 16


def matches(spec: str, path: Path | None) -> bool:
    """Return whether the spec names a data set of scikit-learn."""
    return spec.startswith("sklearn:")


def open_spec(spec: str, folder: Path | None, unlabeled: bool) -> Source:
    """Open the digits: 8x8 values in 0..16, resized bilinearly to 28x28 in 0..255.

    Raises:
      InputError: the spec names another data set.
    """
    if spec != SPEC:
        raise InputError(f"{spec} is not known; the only data set of scikit-learn is {SPEC}")
    from sklearn.datasets import load_digits

    data = load_digits()
    levels = np.rint(data.images * (255 / _MAX_STORED)).astype(np.uint8)
    examples = []
    for index, (pixels, label) in enumerate(zip(levels, data.target.tolist(), strict=True)):
        image = Image.fromarray(pixels).resize((_EDGE, _EDGE), Image.Resampling.BILINEAR)
        path = f"{label}/{index:04d}.png"
        load = ArrayLoader(np.asarray(image))
        examples.append(Example(path, str(label), "", None, REAL, load))
    examples.sort(key=lambda example: example.path)
    return Source(spec, "digits", tuple(str(name) for name in data.target_names), (), examples)
