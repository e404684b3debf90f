"""What a sample grid shows of a run."""

from typing import Protocol

import numpy as np

from gan_tf.inputs.training_images import TrainingImages
from gan_tf.runs.config import DataCard, TrainState
from gan_tf.runs.sampling import ImageSampler, recalibrate_batch_norm
from gan_tf.runs.translation import TranslationGrid
from gan_tf.training.objective import Translator

GRID_COLUMNS = 10


class SampleGrid(Protocol):
    """Grids of images that can be compared from step to step.

    Attributes:
      real_rows: real images in the form of ``rows``.
    """

    real_rows: np.ndarray

    def rows(self) -> np.ndarray:
        """Images of the present weights, uint8 [rows, columns, height, width, channels]."""

    def sheet_rows(self, rows: np.ndarray) -> np.ndarray:
        """``rows`` as they are shown, with what they are to be compared with."""


def gallery(
    train_state: TrainState, data: DataCard, images: TrainingImages, seed: int
) -> SampleGrid:
    """The gallery that suits a model's family."""
    if isinstance(train_state.family, Translator):
        return TranslationGrid(train_state, images, GRID_COLUMNS)
    return GeneratedGrid(train_state, data, images, seed)


class GeneratedGrid:
    """Images of fixed noise by the averaged generator; a row is a class.

    Arguments as in ``gallery``.
    """

    def __init__(self, train_state: TrainState, data: DataCard, images: TrainingImages, seed: int):
        self._family, self._data, self._seed = train_state.family, data, seed
        self._generator = train_state.averages["generator"].network
        self._sampler = ImageSampler(self._family, self._generator, seed)
        self.real_rows = real_rows(images, self._family.conditional)

    def rows(self) -> np.ndarray:
        """See ``SampleGrid``."""
        recalibrate_batch_norm(self._family, self._generator, self._data, self._seed)
        return self._sampler.rows(len(self._data.class_names), GRID_COLUMNS)

    def sheet_rows(self, rows: np.ndarray) -> np.ndarray:
        """See ``SampleGrid``: the rows alone."""
        return rows


def real_rows(images: TrainingImages, conditional: bool) -> np.ndarray:
    """Real images in the form of the sample grid, uint8 [rows, columns, height, width, channels].

    A label with too few images repeats them.
    """
    if conditional:
        chosen = [
            np.resize(np.flatnonzero(images.labels == label), GRID_COLUMNS)
            for label in np.unique(images.labels)
        ]
    else:
        spread = np.linspace(0, len(images.labels), GRID_COLUMNS**2, endpoint=False)
        chosen = spread.astype(np.int64).reshape(GRID_COLUMNS, GRID_COLUMNS)
    return images.pixels(np.array(chosen))


def sheet(rows: np.ndarray) -> np.ndarray:
    """Rows of images [rows, columns, height, width, channels] as one image."""
    num_rows, num_columns, height, width, channels = rows.shape
    return rows.swapaxes(1, 2).reshape(num_rows * height, num_columns * width, channels)
