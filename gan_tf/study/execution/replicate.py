"""Trains the classifier of one replicate."""

import math
from typing import NamedTuple

import keras
import numpy as np

from gan_tf.classifiers.augmentation import augmentation
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.classifiers.objective import Classifier, Predictor
from gan_tf.classifiers.recipe import CLASSIFIERS, Recipe, recipe
from gan_tf.study.data.study_data import StudyData
from gan_tf.study.design.arms import TrainingSet
from gan_tf.study.design.cells import Replicate
from gan_tf.study.design.options import StudyOptions
from gan_tf.study.execution.curve import Curve
from gan_tf.study.execution.feed import TrainingFeed
from gan_tf.study.execution.store import ReplicateResult
from gan_tf.training.loop import run_phase
from gan_tf.training.noise import derived_seed

MOST_GAN_TEST_IMAGES = 10_000


def train(
    replicate: Replicate, data: StudyData, options: StudyOptions, fit_options: FitOptions
) -> ReplicateResult:
    """Trains the replicate's classifier and lets it judge the test images; see ``trained``."""
    return trained(replicate, data, options, fit_options)[0]


class PreparedReplicate(NamedTuple):
    """A replicate before its first step.

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


def prepare_replicate(
    replicate: Replicate, data: StudyData, options: StudyOptions, fit_options: FitOptions
) -> PreparedReplicate:
    """The replicate's classifier, built, and its batches."""
    chosen = data.training_set(replicate, options.kept_shares)
    synthetic = data.synthetic[replicate.gan_run]
    way = recipe(fit_options.classifier)
    image_shape = data.real.images.shape[1:]
    network = way.network(
        image_shape, len(data.class_names), replicate.seed, fit_options.weights_path
    )
    augment = augmentation(options.augment, way.pixel_range) if chosen.augmented else None
    feed = TrainingFeed(
        chosen,
        data.real.images,
        synthetic.images,
        data.real.labels,
        synthetic.labels,
        fit_options.batch_size,
        replicate.seed,
    )
    classifier = Classifier(network, way.pixel_range, augment)
    return PreparedReplicate(chosen, way, classifier, feed, fit_options.num_steps(len(chosen)))


def trained(
    replicate: Replicate, data: StudyData, options: StudyOptions, fit_options: FitOptions
) -> tuple[ReplicateResult, keras.Model]:
    """Trains the replicate's classifier, lets it judge the test images and gives it back.

    Runs of one seed start from the same weights and see what they share in the same order. The
    test images are read for the curves too, but nothing is chosen by them: with validation images
    a replicate stops when these get no better, and is judged by the point that they call best.
    """
    beginning = prepare_replicate(replicate, data, options, fit_options)
    chosen, way, classifier, feed, num_steps = beginning
    network = beginning.network
    is_one_cycle = CLASSIFIERS[fit_options.classifier].is_one_cycle
    predictor = Predictor(network, way.pixel_range)
    steps_per_epoch = len(chosen) / fit_options.batch_size
    curve = Curve(
        network,
        predictor,
        data,
        num_steps,
        steps_per_epoch,
        options.curve_points,
        math.inf if is_one_cycle else options.patience,
    )
    first, log = 0, {}
    for number, stage in enumerate(way.stages(classifier, num_steps, log)):
        run_phase(
            stage.phase,
            lambda index, first=first: feed(first + index),
            seed=derived_seed(replicate.seed, f"stage{number}"),
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
        gan_test=_gan_test(replicate, predictor, data.synthetic[replicate.gan_run]),
        log=log,
    )
    return result, network


def _gan_test(replicate: Replicate, predictor: Predictor, synthetic: ImageSet) -> float | None:
    """Accuracy on synthetic images of a classifier that was trained on real ones alone."""
    if replicate.cell.arm != "real" or not len(synthetic.labels):
        return None
    chosen = np.linspace(
        0, len(synthetic.labels), min(len(synthetic.labels), MOST_GAN_TEST_IMAGES), endpoint=False
    ).astype(np.int64)
    predicted = predictor(synthetic.images[chosen]).argmax(axis=1)
    return float((predicted == synthetic.labels[chosen]).mean())
