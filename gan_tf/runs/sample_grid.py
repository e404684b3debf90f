"""Sample grids of a run, from fixed inputs, so that grids of different steps are comparable."""

from typing import Protocol

import numpy as np

from gan_tf.inputs.training_images import TrainingImages
from gan_tf.runs.data.card import DataCard
from gan_tf.runs.options import SampleOptions
from gan_tf.runs.sampling import ImageSampler, recalibrate_batch_norm, translators
from gan_tf.runs.train_state import TrainState
from gan_tf.training.objective import Translator

GRID_COLUMNS = 10


class SampleGrid(Protocol):
    """A grid of images made by the current weights from fixed inputs.

    Attributes:
      real_rows: real images arranged like ``rows``.
    """

    real_rows: np.ndarray

    def rows(self) -> np.ndarray:
        """Return images by the current weights, uint8 [rows, columns, height, width, channels]."""

    def displayed(self, rows: np.ndarray) -> np.ndarray:
        """Return ``rows`` together with the images that they should be compared with, if any."""

    def images(self, labels: np.ndarray) -> np.ndarray:
        """Return an image by the current weights for each label.

        Args:
          labels: int [n], the labels of the real images to compare with; the result is in the
            order of labels.

        Returns:
          uint8 [n, height, width, channels].
        """


def sample_grid(
    train_state: TrainState, data: DataCard, images: TrainingImages, seed: int
) -> SampleGrid:
    """Return the grid that suits the run's family.

    Args:
      train_state: trained networks of the run.
      data: description of the training images.
      images: the training images.
      seed: seed of the latent vectors; a family that translates ignores it.
    """
    if isinstance(train_state.family, Translator):
        return TranslationGrid(train_state, images)
    return GeneratedGrid(train_state, data, images, seed)


class GeneratedGrid:
    """Images that the averaged generator makes from fixed noise, one class per row.

    Its arguments are those of ``sample_grid``.
    """

    def __init__(self, train_state: TrainState, data: DataCard, images: TrainingImages, seed: int):
        self._family, self._data, self._seed = train_state.family, data, seed
        self._generator = train_state.averages["generator"].network
        self._sampler = ImageSampler(self._family, self._generator, SampleOptions(seed=seed))
        self.real_rows = real_rows(images, self._family.conditional)

    def rows(self) -> np.ndarray:
        """See ``SampleGrid``."""
        recalibrate_batch_norm(self._family, self._generator, self._data, self._seed)
        return self._sampler.rows(len(self._data.class_names), GRID_COLUMNS)

    def displayed(self, rows: np.ndarray) -> np.ndarray:
        """See ``SampleGrid``; these are the rows alone."""
        return rows

    def images(self, labels: np.ndarray) -> np.ndarray:
        """See ``SampleGrid``; an unconditional family ignores the labels."""
        recalibrate_batch_norm(self._family, self._generator, self._data, self._seed)
        counts = np.bincount(labels) if self._family.conditional else [len(labels)]
        samples = (self._sampler.images(label, int(n)) for label, n in enumerate(counts))
        return np.array([image for images in samples for image in images])


class TranslationGrid:
    """Fixed training images of both domains and their translations.

    Args:
      train_state: trained networks of a family that translates.
      images: training images of two domains, labeled 0 and 1.
    """

    def __init__(self, train_state: TrainState, images: TrainingImages):
        self._translators = translators(train_state)
        self._images = images
        indices = [_evenly_spaced(np.flatnonzero(images.labels == label)) for label in (0, 1)]
        self._sources = images.pixels(np.array(indices))
        # Translations are compared with their target domain: row 0 with the second domain.
        self.real_rows = self._sources[::-1]

    def rows(self) -> np.ndarray:
        """See ``SampleGrid``; row 0 is translated into the second domain, row 1 into the first."""
        pairs = zip(self._translators.values(), self._sources, strict=True)
        return np.array([list(translator(images)) for translator, images in pairs])

    def displayed(self, rows: np.ndarray) -> np.ndarray:
        """See ``SampleGrid``; each row is below its source images."""
        return np.stack([self._sources, rows], axis=1).reshape(-1, *rows.shape[1:])

    def images(self, labels: np.ndarray) -> np.ndarray:
        """See ``SampleGrid``; images are translated into the domain that the label names."""
        to_second, to_first = self._translators.values()
        translations = []
        for label, translator in enumerate((to_first, to_second)):
            sources = np.flatnonzero(self._images.labels == 1 - label)
            number = np.count_nonzero(labels == label)
            translations += translator(self._images.pixels(np.resize(sources, number)))
        return np.array(translations)


def real_rows(images: TrainingImages, conditional: bool) -> np.ndarray:
    """Return real images arranged like a generated grid.

    A class with fewer than ``GRID_COLUMNS`` images repeats them.

    Args:
      images: the training images.
      conditional: True for one class per row, False for images of all classes.

    Returns:
      uint8 [rows, columns, height, width, channels].
    """
    if conditional:
        indices = np.array(
            [
                np.resize(np.flatnonzero(images.labels == label), GRID_COLUMNS)
                for label in np.unique(images.labels)
            ]
        )
    else:
        spaced = np.linspace(0, len(images.labels), GRID_COLUMNS**2, endpoint=False)
        indices = spaced.astype(np.int64).reshape(GRID_COLUMNS, GRID_COLUMNS)
    return images.pixels(indices)


def _evenly_spaced(indices: np.ndarray) -> np.ndarray:
    """Return ``GRID_COLUMNS`` of the indices at equal distances; some repeat if there are fewer."""
    return indices[np.linspace(0, len(indices), GRID_COLUMNS, endpoint=False).astype(np.int64)]
