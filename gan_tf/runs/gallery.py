"""What a sample grid shows of a run."""

from typing import Protocol

import numpy as np

from gan_tf.inputs.training_images import TrainingImages
from gan_tf.runs.recipe import DataCard, Model
from gan_tf.runs.sampling import ImageSampler, settle_batch_statistics
from gan_tf.runs.translation import TranslationGallery
from gan_tf.training.objective import Translator

GRID_COLUMNS = 10


class Gallery(Protocol):
    """Grids of images that can be compared from step to step.

    Attributes:
      real_rows: real images in the form of ``rows``.
    """

    real_rows: np.ndarray

    def rows(self) -> np.ndarray:
        """Images of the present weights, uint8 [rows, columns, height, width, channels]."""

    def sheet_rows(self, rows: np.ndarray) -> np.ndarray:
        """``rows`` as they are shown, with what they are to be compared with."""


def gallery(model: Model, data: DataCard, images: TrainingImages, seed: int) -> Gallery:
    """The gallery that suits a model's family."""
    if isinstance(model.family, Translator):
        return TranslationGallery(model, images, GRID_COLUMNS)
    return SampleGallery(model, data, images, seed)


class SampleGallery:
    """Images of fixed noise by the averaged generator; a row is a class.

    Arguments as in ``gallery``.
    """

    def __init__(self, model: Model, data: DataCard, images: TrainingImages, seed: int):
        self._family, self._data, self._seed = model.family, data, seed
        self._generator = model.averages["generator"].network
        self._sampler = ImageSampler(self._family, self._generator, seed)
        self.real_rows = real_rows(images, self._family.conditional)

    def rows(self) -> np.ndarray:
        """See ``Gallery``."""
        settle_batch_statistics(self._family, self._generator, self._data, self._seed)
        return self._sampler.rows(len(self._data.class_names), GRID_COLUMNS)

    def sheet_rows(self, rows: np.ndarray) -> np.ndarray:
        """See ``Gallery``: the rows alone."""
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
