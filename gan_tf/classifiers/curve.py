"""The learning curve of a classifier, and the selection of its best point on validation images."""

import math
from collections.abc import Callable

import keras
import numpy as np

from data_tools.errors import InputError
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.classifiers.objective import Predictor

#: Training losses to average for a point of the curve; reading one waits for the device.
LOSS_READINGS = 50


class Curve:
    """The points of a learning curve, one of which is selected.

    With validation images it is the point with the best validation accuracy (the earliest of
    equals), whose weights ``restore`` brings back; without them it is the last point.

    Attributes:
      points: points so far.
      eval_steps: numbers of steps, ascending, after which ``add`` must be called.
      test_probabilities: float32 [n, K] of the test images at the selected point; None without
        test images.
      best_step: number of steps at the selected point.
      is_over: True once patience has run out.

    Args:
      network: the classifier's network.
      predictor: function that computes its probabilities.
      validation: images that select the best point, or None.
      test: images whose scores the curve shows as well, or None; they never affect the selection.
      num_steps: number of training steps.
      steps_per_epoch: steps per pass over the training set.
      num_points: number of points.
      patience: points without a better validation accuracy after which training ends.
    """

    def __init__(
        self,
        network: keras.Model,
        predictor: Predictor,
        *,
        validation: ImageSet | None,
        test: ImageSet | None,
        num_steps: int,
        steps_per_epoch: float,
        num_points: int,
        patience: float,
    ):
        self.points: list[dict[str, float]] = []
        self.test_probabilities: np.ndarray | None = None
        self.best_step = 0
        self.is_over = False
        self._network, self._predictor = network, predictor
        self._validation, self._test = validation, test
        self._steps_per_epoch = steps_per_epoch
        self._patience = patience
        marks = np.linspace(0, num_steps, num_points + 1)[1:]
        self._marks = {math.ceil(mark) for mark in marks}
        stride = max(1, num_steps // num_points // LOSS_READINGS)
        self.eval_steps = sorted(self._marks.union(range(stride, num_steps + 1, stride)))
        self._readings: list[dict[str, float]] = []
        self._best_accuracy, self._best_weights, self._num_since_best = -1.0, None, 0

    def add(self, steps_done: int, metrics: Callable[[], dict[str, float]]) -> bool:
        """Record the training metrics at one of ``eval_steps``; return True if training must end.

        Raises:
          InputError: the loss is NaN or infinite.
        """
        self._readings.append(metrics())
        loss = self._readings[-1]["loss"]
        if not math.isfinite(loss):
            raise InputError(
                f"the loss of a classifier is {loss} after {steps_done} steps; change "
                "--classifier, --batch_size or --weights"
            )
        if steps_done in self._marks:
            self._add_point(steps_done)
        return self.is_over

    def _add_point(self, steps_done: int) -> None:
        point = {
            "step": steps_done,
            "epoch": steps_done / self._steps_per_epoch,
            "train_loss": float(np.mean([reading["loss"] for reading in self._readings])),
            "train_accuracy": float(np.mean([reading["accuracy"] for reading in self._readings])),
        }
        self._readings = []
        self.points.append(point)
        test_probabilities = None
        if self._test is not None:
            test_probabilities = self._predictor(self._test.images)
            loss, accuracy = _loss_and_accuracy(test_probabilities, self._test.labels)
            point |= {"test_loss": loss, "test_accuracy": accuracy}
        if self._validation is None:
            self.test_probabilities, self.best_step = test_probabilities, steps_done
            return
        probabilities = self._predictor(self._validation.images)
        loss, accuracy = _loss_and_accuracy(probabilities, self._validation.labels)
        point |= {"validation_loss": loss, "validation_accuracy": accuracy}
        if accuracy > self._best_accuracy:
            self.test_probabilities, self.best_step = test_probabilities, steps_done
            self._best_accuracy, self._best_weights = accuracy, self._network.get_weights()
            self._num_since_best = 0
        else:
            self._num_since_best += 1
            self.is_over = self._num_since_best >= self._patience

    def restore(self) -> None:
        """Give the network the weights of the selected point."""
        if self._best_weights is not None:
            self._network.set_weights(self._best_weights)


def _loss_and_accuracy(probabilities: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    likelihood = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    accuracy = (probabilities.argmax(axis=1) == labels).mean()
    return float(-np.log(np.maximum(likelihood, 1e-12)).mean()), float(accuracy)
