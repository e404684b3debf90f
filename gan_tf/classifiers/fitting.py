"""Training of one classifier on labeled images.

fitted = fit(images, FitOptions("lenet"), num_classes=10, seed=0, validation=others)
probabilities = fitted.predict(test_images)
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from gan_tf.classifiers import CLASSIFIERS
from gan_tf.classifiers.augmentation import augmentation
from gan_tf.classifiers.curve import Curve
from gan_tf.classifiers.feed import training_dataset
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.classifiers.objective import Classifier, Predictor
from gan_tf.classifiers.recipe import Recipe, recipe
from gan_tf.training.batched_function import BatchedFunction
from gan_tf.training.loop import run_phase
from gan_tf.training.noise import derived_seed
from gan_tf.training.pixels import to_float

FEATURE_BATCH_SIZE = 16


@dataclass(frozen=True)
class Fitted:
    """A trained classifier.

    Attributes:
      network: model from images in ``pixel_range`` to logits.
      pixel_range: (low, high) of the images that the network takes.
      predict: function from uint8 images [n, height, width, channels] to probabilities, float32
        [n, K].
      history: points of the learning curve: step, epoch, train_loss, train_accuracy, and the loss
        and accuracy on validation and test images, if any.
      best_step: number of steps at the point of the curve whose weights the network has.
      test_probabilities: float32 [n, K] of the test images; None without test images.
      log: values that the recipe records, such as the learning rate that a search selected.
    """

    network: keras.Model
    pixel_range: tuple[float, float]
    predict: Predictor
    history: list[dict[str, float]]
    best_step: int
    test_probabilities: np.ndarray | None
    log: dict[str, Any]

    def features(self, images: np.ndarray) -> np.ndarray:
        """Return the input of the last layer, float32 [n, d], for uint8 images."""
        return self._features(images)

    @cached_property
    def _features(self) -> BatchedFunction:
        body = keras.Model(self.network.inputs, self.network.layers[-1].input)
        return BatchedFunction(
            lambda images: body(to_float(images, self.pixel_range), training=False),
            FEATURE_BATCH_SIZE,
        )


class PreparedFit(NamedTuple):
    """A classifier before its first step.

    Attributes:
      recipe: network and training of the classifier.
      classifier: the objective; its network has its initial weights.
      batches: from the number of batches to leave out at the start -> the training batches.
      num_steps: number of optimizer steps, not counting searches.
      steps_per_epoch: steps per pass over the training set.
    """

    recipe: Recipe
    classifier: Classifier
    batches: Callable[[int], tf.data.Dataset]
    num_steps: int
    steps_per_epoch: float

    @property
    def network(self) -> keras.Model:
        """The network that is trained."""
        return self.classifier.networks["classifier"]


def prepare_fit(
    images: ImageSet,
    options: FitOptions,
    *,
    num_classes: int,
    seed: int,
    class_weights: np.ndarray | None = None,
    augment: Sequence[str] = (),
) -> PreparedFit:
    """Build the classifier and its batches; see ``fit`` for the arguments."""
    classifier_recipe = recipe(options.classifier)
    num_images = len(images.labels)
    pixel_range = classifier_recipe.pixel_range
    network = classifier_recipe.network(
        images.images.shape[1:], num_classes, seed, options.weights_path
    )
    return PreparedFit(
        recipe=classifier_recipe,
        classifier=Classifier(
            network, pixel_range, augmentation(augment, pixel_range) if augment else None
        ),
        batches=lambda first_batch: training_dataset(
            images,
            options.batch_size,
            seed,
            first_batch=first_batch,
            class_weights=class_weights,
        ),
        num_steps=options.with_steps(num_images).num_steps(num_images),
        steps_per_epoch=num_images / options.batch_size,
    )


def fit(
    images: ImageSet,
    options: FitOptions,
    *,
    num_classes: int,
    seed: int,
    validation: ImageSet | None = None,
    test: ImageSet | None = None,
    curve_points: int = 1,
    patience: int = 5,
    class_weights: np.ndarray | None = None,
    augment: Sequence[str] = (),
) -> Fitted:
    """Train one classifier on labeled images.

    The same arguments give the same classifier to the last bit. Classifiers of one seed have the
    same initial weights and see the images that their training sets share in the same order.

    Args:
      images: the training set.
      options: the classifier and the length of its training.
      num_classes: K.
      seed: seed of the initial weights, the order of the images and the augmentation.
      validation: images whose accuracy ends the training when it stops improving and selects the
        best point of the curve; None to train to the end and keep the last weights.
      test: images whose scores the curve shows as well; they never affect the selection.
      curve_points: number of points of the learning curve, at which validation and test images are
        scored.
      patience: number of points without a better validation accuracy after which training ends;
        ignored for classifiers trained by one cycle, which learn most while the rate falls at
        its end.
      class_weights: float32 [K] weight of a training example by its class, or None.
      augment: names in AUGMENTATIONS, applied to every training batch.

    Raises:
      InputError: the loss is NaN or infinite, or ``options.weights`` does not hold the weights of
        the classifier.
    """
    prepared = prepare_fit(
        images,
        options,
        num_classes=num_classes,
        seed=seed,
        class_weights=class_weights,
        augment=augment,
    )
    network = prepared.network
    predictor = Predictor(network, prepared.recipe.pixel_range)
    curve = Curve(
        network,
        predictor,
        validation=validation,
        test=test,
        num_steps=prepared.num_steps,
        steps_per_epoch=prepared.steps_per_epoch,
        num_points=curve_points,
        patience=math.inf if CLASSIFIERS[options.classifier].is_one_cycle else patience,
    )
    first, log = 0, {}
    stages = prepared.recipe.stages(prepared.classifier, prepared.num_steps, log)
    for number, stage in enumerate(stages):
        run_phase(
            stage.phase,
            iter(prepared.batches(first)),
            seed=derived_seed(seed, f"stage{number}"),
            after_step=stage.search
            or (lambda done, metrics, first=first: curve.add(first + done, metrics)),
            eval_steps=None
            if stage.search
            else [step - first for step in curve.eval_steps if step > first],
        )
        first += 0 if stage.search else stage.phase.steps
        if curve.is_over:
            break
    curve.restore()
    return Fitted(
        network=network,
        pixel_range=prepared.recipe.pixel_range,
        predict=predictor,
        history=curve.points,
        best_step=curve.best_step,
        test_probabilities=curve.test_probabilities,
        log=log,
    )
