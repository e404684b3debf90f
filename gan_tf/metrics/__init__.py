"""Metrics of classifiers and of images; each is one function and one line of ``METRICS``.

An image metric compares the features that an extractor computes for two sets of images. The
extractor is part of the metric's name, because values of different extractors are not comparable.
Nothing here imports TensorFlow: extractors that need it are named by their path and imported when
they are built.
"""

import pkgutil
from collections.abc import Callable
from typing import Any, NamedTuple


class Extractor(NamedTuple):
    """An entry of ``EXTRACTORS``.

    Attributes:
      path: "module:function" of its builder, a ``FeatureBuilder``.
      is_trained: True if the builder trains a classifier on real images, which must then not be
        among the images that are compared.
      edge: height and width that images are resized to for a network of keras.applications, whose
        weights must be given as a file; 0 for the others.
    """

    path: str
    is_trained: bool = False
    edge: int = 0


EXTRACTORS = {
    "pixels": Extractor("gan_tf.metrics.pixels:pixel_extractor"),
    "lenet": Extractor("gan_tf.classifiers.features:trained_extractor", is_trained=True),
    "resnet20": Extractor("gan_tf.classifiers.features:trained_extractor", is_trained=True),
    "resnet50": Extractor("gan_tf.classifiers.features:pretrained_extractor", edge=224),
    "xception": Extractor("gan_tf.classifiers.features:pretrained_extractor", edge=299),
    "inception_v3": Extractor("gan_tf.classifiers.features:pretrained_extractor", edge=299),
}

#: The extractor of metrics that score a classifier: its predicted probabilities.
PREDICTIONS = "predictions"
#: Likewise, of a classifier that is trained on the images that are measured and on nothing else.
TRANSFER = "transfer"


class Metric(NamedTuple):
    """An entry of ``METRICS``.

    Attributes:
      title: name in tables.
      path: "module:function". With an extractor of images the function takes features of real
        images, float [n, d], and of the images that are measured, float [m, d]; with
        ``PREDICTIONS`` or ``TRANSFER`` it takes labels of real images, int [n], and their
        probabilities, float [n, K].
      extractor: key of ``EXTRACTORS``, ``PREDICTIONS`` or ``TRANSFER``.
      unit: "share" (0..1, shown in percent), "nats", or "" for a plain number.
      direction: "max" if higher is better, "min" if lower is.
      classifier: with ``TRANSFER``, the classifier that is trained.
    """

    title: str
    path: str
    extractor: str
    unit: str
    direction: str
    classifier: str = ""

    @property
    def function(self) -> Callable[[Any, Any], float | None]:
        """The function, which returns None if the images do not allow a value."""
        return pkgutil.resolve_name(self.path)


_CLASSIFICATION = "gan_tf.metrics.classification"
_TWO_SAMPLE = "gan_tf.metrics.two_sample:nearest_neighbor_accuracy"
_FRECHET = "gan_tf.metrics.frechet:frechet_distance"
_KERNEL = "gan_tf.metrics.kernel:kernel_distance"
_MANIFOLD = "gan_tf.metrics.manifold"

METRICS = {
    "accuracy": Metric("accuracy", f"{_CLASSIFICATION}:accuracy", PREDICTIONS, "share", "max"),
    "balanced_accuracy": Metric(
        "balanced accuracy", f"{_CLASSIFICATION}:balanced_accuracy", PREDICTIONS, "share", "max"
    ),
    "macro_f1": Metric("macro F1", f"{_CLASSIFICATION}:macro_f1", PREDICTIONS, "share", "max"),
    "auroc": Metric("AUROC", f"{_CLASSIFICATION}:auroc", PREDICTIONS, "", "max"),
    "calibration_error": Metric(
        "calibration error", f"{_CLASSIFICATION}:calibration_error", PREDICTIONS, "share", "min"
    ),
    "log_loss": Metric("log loss", f"{_CLASSIFICATION}:log_loss", PREDICTIONS, "nats", "min"),
    "nearest_neighbor_pixels": Metric(
        "nearest-neighbor accuracy, pixels", _TWO_SAMPLE, "pixels", "share", "min"
    ),
    "nearest_neighbor_lenet": Metric(
        "nearest-neighbor accuracy, LeNet", _TWO_SAMPLE, "lenet", "share", "min"
    ),
    "frechet_pixels": Metric("Fréchet distance, pixels", _FRECHET, "pixels", "", "min"),
    "frechet_lenet": Metric("Fréchet distance, LeNet", _FRECHET, "lenet", "", "min"),
    "kernel_pixels": Metric("kernel distance, pixels", _KERNEL, "pixels", "", "min"),
    "kernel_lenet": Metric("kernel distance, LeNet", _KERNEL, "lenet", "", "min"),
    "precision_lenet": Metric(
        "precision, LeNet", f"{_MANIFOLD}:precision", "lenet", "share", "max"
    ),
    "recall_lenet": Metric("recall, LeNet", f"{_MANIFOLD}:recall", "lenet", "share", "max"),
    "density_lenet": Metric("density, LeNet", f"{_MANIFOLD}:density", "lenet", "", "max"),
    "coverage_lenet": Metric("coverage, LeNet", f"{_MANIFOLD}:coverage", "lenet", "share", "max"),
    "frechet_inception_v3": Metric(
        "Fréchet distance, Inception-v3", _FRECHET, "inception_v3", "", "min"
    ),
    "kernel_inception_v3": Metric(
        "kernel distance, Inception-v3", _KERNEL, "inception_v3", "", "min"
    ),
    "density_inception_v3": Metric(
        "density, Inception-v3", f"{_MANIFOLD}:density", "inception_v3", "", "max"
    ),
    "coverage_inception_v3": Metric(
        "coverage, Inception-v3", f"{_MANIFOLD}:coverage", "inception_v3", "share", "max"
    ),
    # Ravuri and Vinyals, "Classification Accuracy Score for Conditional Generative Models" (2019).
    "cas_lenet": Metric(
        "classification accuracy score, LeNet",
        f"{_CLASSIFICATION}:accuracy",
        TRANSFER,
        "share",
        "max",
        classifier="lenet",
    ),
    "cas_resnet20": Metric(
        "classification accuracy score, ResNet-20",
        f"{_CLASSIFICATION}:accuracy",
        TRANSFER,
        "share",
        "max",
        classifier="resnet20",
    ),
}

#: Metrics that score a classifier's predictions, that score a classifier trained on one set of
#: images by another, and that compare two sets, by features of a network whose weights are given as
#: a file or by others.
PREDICTION_METRICS = tuple(name for name, m in METRICS.items() if m.extractor == PREDICTIONS)
TRANSFER_METRICS = tuple(name for name, m in METRICS.items() if m.extractor == TRANSFER)
_COMPARING = [name for name in METRICS if name not in (*PREDICTION_METRICS, *TRANSFER_METRICS)]
PRETRAINED_METRICS = tuple(x for x in _COMPARING if EXTRACTORS[METRICS[x].extractor].edge)
IMAGE_METRICS = tuple(name for name in _COMPARING if name not in PRETRAINED_METRICS)
