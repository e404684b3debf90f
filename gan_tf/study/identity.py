"""The identity of a study: what its results depend on, checked when a study is resumed."""

from collections.abc import Sequence
from typing import Any

from gan_tf import __version__
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.study.analysis.results import FORMAT, synthetic_classes
from gan_tf.study.data.loading import StudyImages
from gan_tf.study.design.cells import Replicate
from gan_tf.study.design.options import StudyOptions, replicate_options


def study_identity(
    images: StudyImages,
    replicates: Sequence[Replicate],
    options: StudyOptions,
    fit_options: FitOptions,
) -> dict[str, Any]:
    """Return everything that the results of the replicates depend on, by name, as JSON."""
    validation = images.validation
    return {
        "format": FORMAT,
        "package version": __version__,
        "--data": images.real.fingerprint,
        "--test_data": images.test.fingerprint,
        "--validation_data": None if validation is None else validation.fingerprint,
        "--synthetic": [one.fingerprint for one in images.synthetic],
        "replicates": [replicate.name for replicate in replicates],
        "--synthetic_classes": synthetic_classes(replicates),
        **replicate_options(options, fit_options),
    }
