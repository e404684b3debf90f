"""Training of the classifier of one replicate."""

from typing import Any

import numpy as np

from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.classifiers.fitting import Fitted, PreparedFit, fit, prepare_fit
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.study.data.study_data import StudyData
from gan_tf.study.design.arms import BASELINE
from gan_tf.study.design.cells import Replicate
from gan_tf.study.design.options import StudyOptions
from gan_tf.study.execution.store import ReplicateResult

MAX_GAN_TEST_IMAGES = 10_000


def train_replicate(
    replicate: Replicate, data: StudyData, options: StudyOptions, fit_options: FitOptions
) -> ReplicateResult:
    """Train the replicate's classifier and score the test images.

    Replicates of one seed start from the same weights and see the images that they share in the
    same order. The test images appear in the curves but select nothing. With validation images,
    training stops when their accuracy no longer improves, and the best point counts.
    """
    arguments = _fit_arguments(replicate, data, options)
    fitted = fit(
        options=fit_options,
        validation=data.validation,
        test=data.test,
        curve_points=options.curve_points,
        patience=options.patience,
        **arguments,
    )
    log = fitted.log if data.validation is None else fitted.log | {"best_step": fitted.best_step}
    return ReplicateResult(
        probabilities=fitted.test_probabilities,
        history=fitted.history,
        num_images=len(arguments["images"].labels),
        num_steps=fitted.history[-1]["step"],
        gan_test=_gan_test(replicate, fitted, data.synthetic[replicate.gan_run]),
        log=log,
    )


def prepare_replicate(
    replicate: Replicate, data: StudyData, options: StudyOptions, fit_options: FitOptions
) -> PreparedFit:
    """Build the replicate's classifier and its batches."""
    return prepare_fit(options=fit_options, **_fit_arguments(replicate, data, options))


def _fit_arguments(replicate: Replicate, data: StudyData, options: StudyOptions) -> dict[str, Any]:
    """Return the arguments of ``prepare_fit`` except its options."""
    training_set = data.training_set(replicate, options.kept_shares)
    return {
        "images": data.selected_images(training_set, replicate.gan_run),
        "num_classes": len(data.class_names),
        "seed": replicate.seed,
        "class_weights": training_set.class_weights,
        "augment": options.augment if training_set.augmented else (),
    }


def _gan_test(replicate: Replicate, fitted: Fitted, synthetic: ImageSet) -> float | None:
    """Return the accuracy on synthetic images, for classifiers trained on real images alone."""
    num_images = len(synthetic.labels)
    if replicate.cell.arm != BASELINE or not num_images:
        return None
    num_tested = min(num_images, MAX_GAN_TEST_IMAGES)
    tested = np.linspace(0, num_images, num_tested, endpoint=False).astype(np.int64)
    predicted = fitted.predict(synthetic.images[tested]).argmax(axis=1)
    return float((predicted == synthetic.labels[tested]).mean())
