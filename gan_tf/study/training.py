"""Trains the classifier of one run."""

import math

import numpy as np

from gan_tf.classifiers.augmentation import augmentation
from gan_tf.classifiers.objective import Classifier, Predictor
from gan_tf.classifiers.recipe import recipe
from gan_tf.study.feed import TrainingFeed
from gan_tf.study.plan import Run
from gan_tf.study.settings import ImageSet, Settings, StudyData, training_set
from gan_tf.study.store import RunResult
from gan_tf.training.loop import run_phase
from gan_tf.training.noise import derived_seed

LOSS_READINGS = 50
MOST_GAN_TEST_IMAGES = 10_000


def train(run: Run, data: StudyData, settings: Settings) -> RunResult:
    """Trains the run's classifier and lets it judge the test images.

    Runs of one seed start from the same weights and see what they share in the same order. The
    test images are read for the curves too, but nothing is chosen by them.
    """
    chosen = training_set(run, data, settings)
    synthetic = data.synthetic[run.gan_run]
    way = recipe(settings.classifier)
    image_shape = data.real.images.shape[1:]
    network = way.network(image_shape, len(data.class_names), run.seed, settings.weights)
    augment = augmentation(settings.augment, way.pixel_range) if chosen.augmented else None
    classifier = Classifier(network, way.pixel_range, augment)
    feed = TrainingFeed(
        chosen,
        data.real.images,
        synthetic.images,
        data.real.labels,
        synthetic.labels,
        settings.batch_size,
        run.seed,
    )
    num_steps = settings.num_steps(len(chosen))
    predictor = Predictor(network, way.pixel_range)
    curve = _Curve(predictor, data.test, num_steps, len(chosen) / settings.batch_size, settings)
    first, log = 0, {}
    for number, stage in enumerate(way.stages(classifier, num_steps, log)):
        run_phase(
            stage.phase,
            lambda index, first=first: feed(first + index),
            seed=derived_seed(run.seed, f"stage{number}"),
            after_step=stage.search
            or (lambda done, metrics, first=first: curve.add(first + done, metrics)),
        )
        first += 0 if stage.search else stage.phase.steps
    return RunResult(
        probabilities=curve.probabilities,
        history=curve.points,
        num_images=len(chosen),
        num_steps=num_steps,
        gan_test=_gan_test(run, predictor, synthetic),
        log=log,
    )


class _Curve:
    """Collects the learning curve; the last point's probabilities are the result."""

    def __init__(
        self,
        predictor: Predictor,
        test: ImageSet,
        num_steps: int,
        steps_per_epoch: float,
        settings: Settings,
    ):
        self.points: list[dict[str, float]] = []
        self.probabilities = None
        self._predictor, self._test = predictor, test
        self._steps_per_epoch = steps_per_epoch
        marks = np.linspace(0, num_steps, settings.num_curve_points + 1)[1:]
        self._marks = {math.ceil(mark) for mark in marks}
        self._stride = max(1, num_steps // settings.num_curve_points // LOSS_READINGS)
        self._readings: list[dict[str, float]] = []

    def add(self, steps_done: int, metrics) -> None:
        at_mark = steps_done in self._marks
        if at_mark or steps_done % self._stride == 0:
            self._readings.append(metrics())
        if not at_mark:
            return
        self.probabilities = self._predictor(self._test.images)
        rows = np.arange(len(self._test.labels))
        likelihood = self.probabilities[rows, self._test.labels].astype(np.float64)
        self.points.append(
            {
                "step": steps_done,
                "epoch": steps_done / self._steps_per_epoch,
                "train_loss": float(np.mean([reading["loss"] for reading in self._readings])),
                "train_accuracy": float(
                    np.mean([reading["accuracy"] for reading in self._readings])
                ),
                "test_loss": float(-np.log(np.maximum(likelihood, 1e-12)).mean()),
                "test_accuracy": float(
                    (self.probabilities.argmax(axis=1) == self._test.labels).mean()
                ),
            }
        )
        self._readings = []


def _gan_test(run: Run, predictor: Predictor, synthetic: ImageSet) -> float | None:
    """Accuracy on synthetic images of a classifier that was trained on real ones alone."""
    if run.cell.arm != "real" or not len(synthetic.labels):
        return None
    chosen = np.linspace(
        0, len(synthetic.labels), min(len(synthetic.labels), MOST_GAN_TEST_IMAGES), endpoint=False
    ).astype(np.int64)
    predicted = predictor(synthetic.images[chosen]).argmax(axis=1)
    return float((predicted == synthetic.labels[chosen]).mean())
