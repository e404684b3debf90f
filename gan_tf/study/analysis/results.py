"""The results of a study, for results.json, tables and reports."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gan_tf import __version__
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.inputs.images import LabeledImages
from gan_tf.study.analysis.answer import verdict_sentence
from gan_tf.study.analysis.cell_results import cell_results, withhold_helps
from gan_tf.study.analysis.copies import Copies
from gan_tf.study.analysis.image_metrics import image_metrics
from gan_tf.study.analysis.notes import (
    control_notes,
    leak_notes,
    leak_sentence,
    near_copy_notes,
    slice_notes,
)
from gan_tf.study.data.loading import StudyImages
from gan_tf.study.data.matching import renumbered
from gan_tf.study.design.cells import Replicate
from gan_tf.study.design.options import StudyOptions, replicate_options
from gan_tf.study.execution.store import ReplicateResult

#: Version of results.json and of an unfinished study; raised when their keys or outcomes change.
FORMAT = 3


def study_results(
    images: StudyImages,
    replicates: Sequence[Replicate],
    results: Mapping[str, ReplicateResult],
    options: StudyOptions,
    fit_options: FitOptions,
) -> dict[str, Any]:
    """Return the content of results.json.

    Args:
      images: of the study.
      replicates: every replicate of the study.
      results: result of each replicate, by its name.
      options: what the study compares.
      fit_options: how its classifiers were trained.
    """
    test_groups = images.test_groups
    cells = cell_results(
        replicates,
        results,
        images.data.test.labels,
        options.primary,
        options.smallest_effect,
        test_groups,
    )
    class_names, num_trained_on = images.real.class_names, images.num_trained_on
    labels = synthetic_classes(replicates)
    copies = Copies(images.real, images.synthetic, images.test)
    copy_checks, test_copies = copies.in_synthetic_sets(), copies.in_test_images()
    num_copied = len({pair["test"] for pair in test_copies})
    withhold_helps(cells, num_copied, len(images.test.labels))
    return {
        "format": FORMAT,
        "version": __version__,
        "verdict": verdict_sentence(cells, len(images.synthetic), options.primary, labels),
        "notes": [
            *control_notes(cells),
            *slice_notes(cells, max(num_trained_on, default=0)),
            *leak_notes(num_trained_on),
            *near_copy_notes(num_copied, len(images.test.labels)),
            *(check["sentence"] for check in copy_checks),
        ],
        "num_seeds": len({replicate.seed for replicate in replicates}),
        "settings": replicate_options(options, fit_options)
        | {
            "primary": options.primary,
            "smallest_effect": options.smallest_effect,
            "synthetic_classes": labels,
        },
        "data": {
            "classes": list(class_names),
            "real": set_summary(images.real, class_names),
            "synthetic": [set_summary(one, class_names) for one in images.synthetic],
            "test": set_summary(images.test, class_names)
            | {"num_groups": int(test_groups.max()) + 1},
            "validation": (
                None if images.validation is None else set_summary(images.validation, class_names)
            ),
        },
        "leaks": leak_sentence(num_trained_on, any(x.group for x in images.test.examples)),
        "num_test_copies": num_copied,
        "test_copies": test_copies,
        "copies": copy_checks,
        "image_metrics": image_metrics(images, options.metrics),
        "cells": cells,
    }


def set_summary(images: LabeledImages, class_names: Sequence[str]) -> dict[str, Any]:
    """Return what a report shows of a set: name, fingerprint, size, images of each class."""
    labels = renumbered(images, class_names).labels
    return {
        "name": images.name,
        "fingerprint": images.fingerprint,
        "num_images": len(images.labels),
        "shape": list(images.images.shape[1:]),
        "counts": np.bincount(labels, minlength=len(class_names)).tolist(),
    }


def synthetic_classes(replicates: Sequence[Replicate]) -> list[str]:
    """Return the labels that get synthetic images, sorted; empty for every label."""
    amounts = {replicate.cell.amount for replicate in replicates if replicate.cell.amount}
    return sorted({name for amount in amounts for name in amount.classes})
