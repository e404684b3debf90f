"""The learning curve of a run, and the choice of its best point by validation images."""

import math
from collections.abc import Callable

import keras
import numpy as np

from data_tools.errors import InputError
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.classifiers.objective import Predictor
from gan_tf.study.data.study_data import StudyData

#: Training losses that are read for a point of the curve; each reading waits for the device.
LOSS_READINGS = 50


class Curve:
    """Collects points and keeps what the run is judged by.

    That is the last point, or with validation images the point of the best validation accuracy
    (the earliest of equals), whose weights ``restore`` brings back.

    Attributes:
      points: of the curve so far.
      looks: numbers of steps, ascending, after which ``add`` must be called.

    Args:
      network: what is trained.
      predictor: its probabilities.
      data: test images and, where there are any, validation images.
      num_steps: steps of the run.
      steps_per_epoch: of the run's own training set.
      num_points: number of points.
      patience: points without a better validation accuracy after which training ends.
    """

    def __init__(
        self,
        network: keras.Model,
        predictor: Predictor,
        data: StudyData,
        num_steps: int,
        steps_per_epoch: float,
        num_points: int,
        patience: float,
    ):
        self.points: list[dict[str, float]] = []
        self.probabilities = None
        self.best_step = 0
        self.is_over = False
        self._network, self._predictor, self._data = network, predictor, data
        self._steps_per_epoch = steps_per_epoch
        self._patience = patience
        marks = np.linspace(0, num_steps, num_points + 1)[1:]
        self._marks = {math.ceil(mark) for mark in marks}
        stride = max(1, num_steps // num_points // LOSS_READINGS)
        self.looks = sorted(self._marks.union(range(stride, num_steps + 1, stride)))
        self._readings: list[dict[str, float]] = []
        self._best_accuracy, self._best_weights, self._num_since_best = -1.0, None, 0

    def add(self, steps_done: int, metrics: Callable[[], dict[str, float]]) -> bool:
        """Takes the metrics of one of ``looks``; returns True when patience has run out.

        Raises:
          InputError: the loss is NaN or infinite.
        """
        self._readings.append(metrics())
        loss = self._readings[-1]["loss"]
        if not math.isfinite(loss):
            raise InputError(
                f"the loss of a classifier is {loss} after {steps_done} steps; give --classifier, "
                "--batch_size or --weights another value"
            )
        if steps_done in self._marks:
            self._add_point(steps_done)
        return self.is_over

    def _add_point(self, steps_done: int) -> None:
        probabilities = self._predictor(self._data.test.images)
        test_loss, test_accuracy = _loss_and_accuracy(probabilities, self._data.test)
        point = {
            "step": steps_done,
            "epoch": steps_done / self._steps_per_epoch,
            "train_loss": float(np.mean([reading["loss"] for reading in self._readings])),
            "train_accuracy": float(np.mean([reading["accuracy"] for reading in self._readings])),
            "test_loss": test_loss,
            "test_accuracy": test_accuracy,
        }
        self._readings = []
        self.points.append(point)
        if self._data.validation is None:
            self.probabilities, self.best_step = probabilities, steps_done
            return
        judged = self._predictor(self._data.validation.images)
        loss, accuracy = _loss_and_accuracy(judged, self._data.validation)
        point |= {"validation_loss": loss, "validation_accuracy": accuracy}
        if accuracy > self._best_accuracy:
            self.probabilities, self.best_step = probabilities, steps_done
            self._best_accuracy, self._best_weights = accuracy, self._network.get_weights()
            self._num_since_best = 0
        else:
            self._num_since_best += 1
            self.is_over = self._num_since_best >= self._patience

    def restore(self) -> None:
        """Gives the network the weights of the point that counts."""
        if self._best_weights is not None:
            self._network.set_weights(self._best_weights)


def _loss_and_accuracy(probabilities: np.ndarray, images: ImageSet) -> tuple[float, float]:
    rows = np.arange(len(images.labels))
    likelihood = probabilities[rows, images.labels].astype(np.float64)
    accuracy = (probabilities.argmax(axis=1) == images.labels).mean()
    return float(-np.log(np.maximum(likelihood, 1e-12)).mean()), float(accuracy)
