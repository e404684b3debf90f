"""Trains the classifier of one run."""

from typing import NamedTuple

import keras
import numpy as np

from gan_tf.classifiers.augmentation import augmentation
from gan_tf.classifiers.objective import Classifier, Predictor
from gan_tf.classifiers.recipe import Recipe, recipe
from gan_tf.study.design.arms import TrainingSet
from gan_tf.study.design.cells import Run
from gan_tf.study.design.settings import ImageSet, Settings, StudyData, training_set
from gan_tf.study.execution.curve import Curve
from gan_tf.study.execution.feed import TrainingFeed
from gan_tf.study.execution.store import ReplicateResult
from gan_tf.training.loop import run_phase
from gan_tf.training.noise import derived_seed

MOST_GAN_TEST_IMAGES = 10_000


def train(run: Run, data: StudyData, settings: Settings) -> ReplicateResult:
    """Trains the run's classifier and lets it judge the test images; see ``trained``."""
    return trained(run, data, settings)[0]


class PreparedReplicate(NamedTuple):
    """A run before its first step.

    Attributes:
      chosen: what it trains on.
      way: how.
      classifier: what is trained, with its network at its first weights.
      feed: its batches.
      num_steps: how many it takes, but for searches.
    """

    chosen: TrainingSet
    way: Recipe
    classifier: Classifier
    feed: TrainingFeed
    num_steps: int

    @property
    def network(self) -> keras.Model:
        """The network that is trained."""
        return self.classifier.networks["classifier"]


def prepare_replicate(run: Run, data: StudyData, settings: Settings) -> PreparedReplicate:
    """The run's classifier, built, and its batches."""
    chosen = training_set(run, data, settings)
    synthetic = data.synthetic[run.gan_run]
    way = recipe(settings.classifier)
    image_shape = data.real.images.shape[1:]
    network = way.network(image_shape, len(data.class_names), run.seed, settings.weights)
    augment = augmentation(settings.augment, way.pixel_range) if chosen.augmented else None
    feed = TrainingFeed(
        chosen,
        data.real.images,
        synthetic.images,
        data.real.labels,
        synthetic.labels,
        settings.batch_size,
        run.seed,
    )
    classifier = Classifier(network, way.pixel_range, augment)
    return PreparedReplicate(chosen, way, classifier, feed, settings.num_steps(len(chosen)))


def trained(run: Run, data: StudyData, settings: Settings) -> tuple[ReplicateResult, keras.Model]:
    """Trains the run's classifier, lets it judge the test images and gives it back.

    Runs of one seed start from the same weights and see what they share in the same order. The
    test images are read for the curves too, but nothing is chosen by them: with validation images
    a run stops when these get no better, and is judged by the point that they call best.
    """
    chosen, way, classifier, feed, num_steps = beginning = prepare_replicate(run, data, settings)
    network = beginning.network
    predictor = Predictor(network, way.pixel_range)
    steps_per_epoch = len(chosen) / settings.batch_size
    curve = Curve(network, predictor, data, num_steps, steps_per_epoch, settings)
    first, log = 0, {}
    for number, stage in enumerate(way.stages(classifier, num_steps, log)):
        run_phase(
            stage.phase,
            lambda index, first=first: feed(first + index),
            seed=derived_seed(run.seed, f"stage{number}"),
            after_step=stage.search
            or (lambda done, metrics, first=first: curve.add(first + done, metrics)),
            eval_steps=None if stage.search else [at - first for at in curve.looks if at > first],
        )
        first += 0 if stage.search else stage.phase.steps
        if curve.is_over:
            break
    curve.restore()
    if data.validation is not None:
        log["best_step"] = curve.best_step
    result = ReplicateResult(
        probabilities=curve.probabilities,
        history=curve.points,
        num_images=len(chosen),
        num_steps=curve.points[-1]["step"],
        gan_test=_gan_test(run, predictor, data.synthetic[run.gan_run]),
        log=log,
    )
    return result, network


def _gan_test(run: Run, predictor: Predictor, synthetic: ImageSet) -> float | None:
    """Accuracy on synthetic images of a classifier that was trained on real ones alone."""
    if run.cell.arm != "real" or not len(synthetic.labels):
        return None
    chosen = np.linspace(
        0, len(synthetic.labels), min(len(synthetic.labels), MOST_GAN_TEST_IMAGES), endpoint=False
    ).astype(np.int64)
    predicted = predictor(synthetic.images[chosen]).argmax(axis=1)
    return float((predicted == synthetic.labels[chosen]).mean())
