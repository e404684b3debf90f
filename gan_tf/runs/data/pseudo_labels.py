"""Pseudo-labels: what a classifier of the labeled images says of images without labels.

Source: Lucic et al., "High-Fidelity Image Generation With Fewer Labels" (2019), section 3.2, who
train a GAN on labels that a classifier of few labeled images predicts for all others. Deviation:
an image of which the classifier is not certain keeps no label.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_tools.errors import InputError
from data_tools.files.staging import write_atomically
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.classifiers.fitting import fit
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.classifiers.recipe import refuse_images
from gan_tf.inputs.combined.partly_labeled import PartlyLabeled
from gan_tf.inputs.training_images import NO_LABEL
from gan_tf.runs.config import TrainConfig
from gan_tf.runs.data import PSEUDO_LABELS_FILE
from gan_tf.runs.data.card import DataCard
from gan_tf.training.noise import derived_seed

_PREDICTED_AT_ONCE = 4096


class PseudoLabels(NamedTuple):
    """Predicted labels of unlabeled images.

    Attributes:
      labels: int32 [num_unlabeled], ``NO_LABEL`` below the threshold.
      probabilities: float32 [num_unlabeled], of the most probable class.
    """

    labels: np.ndarray
    probabilities: np.ndarray


def require_predictable(data: DataCard, config: TrainConfig) -> None:
    """Raise InputError unless a classifier of pseudo-labels, if any, takes the images."""
    if not config.pseudo_label_threshold:
        return
    if len(data.class_names) < 2:
        raise InputError(
            f"--pseudo_label_threshold needs labels to choose from, but {data.name} has only "
            f"'{data.class_names[0]}'; leave it out"
        )
    refuse_images(config.pseudo_label_classifier, data.image_shape, "--pseudo_label_classifier")


def with_pseudo_labels(
    images: PartlyLabeled, run_dir: Path, config: TrainConfig, *, is_new: bool
) -> PartlyLabeled:
    """Return the images with the labels that a run gives to unlabeled ones.

    Args:
      images: the training images.
      run_dir: the run directory; a new run writes the labels into it, others read them.
      config: config of the run.
      is_new: whether the run is new.

    Raises:
      InputError: the list of labels is missing or damaged.
    """
    if not is_new:
        return images.with_pseudo_labels(read_pseudo_labels(run_dir, images))
    predicted = predicted_labels(images, config)
    write_pseudo_labels(run_dir, images, predicted)
    print(summary(predicted, images.class_names, config.pseudo_label_threshold), flush=True)
    return images.with_pseudo_labels(predicted.labels)


def predicted_labels(images: PartlyLabeled, config: TrainConfig) -> PseudoLabels:
    """Train a classifier on the labeled images and predict the labels of the others.

    The classifier is trained for the default number of steps of ``FitOptions``. The labeled images
    are held in memory.
    """
    name = config.pseudo_label_classifier
    fitted = fit(
        ImageSet(images.pixels(np.arange(len(images.labels))), images.labels),
        FitOptions(name),
        num_classes=len(images.class_names),
        seed=derived_seed(config.seed, "pseudo-labels"),
    )
    labels, highest = [], []
    for start in range(0, images.num_unlabeled, _PREDICTED_AT_ONCE):
        chunk = np.arange(start, min(start + _PREDICTED_AT_ONCE, images.num_unlabeled))
        probabilities = fitted.predict(images.unlabeled_pixels(chunk))
        labels.append(probabilities.argmax(axis=1))
        highest.append(probabilities.max(axis=1))
    labels, highest = np.concatenate(labels).astype(np.int32), np.concatenate(highest)
    is_certain = highest >= config.pseudo_label_threshold
    return PseudoLabels(np.where(is_certain, labels, NO_LABEL).astype(np.int32), highest)


def write_pseudo_labels(run_dir: Path, images: PartlyLabeled, predicted: PseudoLabels) -> None:
    """Write ``pseudo_labels.jsonl``: path, label (null for none) and probability of each image."""
    names = [*images.class_names, None]  # Position -1 is NO_LABEL.
    lines = [
        json.dumps({"path": path, "label": names[label], "probability": round(probability, 6)})
        for path, label, probability in zip(
            images.unlabeled_paths(),
            predicted.labels.tolist(),
            predicted.probabilities.tolist(),
            strict=True,
        )
    ]
    content = "".join(f"{line}\n" for line in lines)
    write_atomically(run_dir / PSEUDO_LABELS_FILE, content.encode())


def read_pseudo_labels(run_dir: Path, images: PartlyLabeled) -> np.ndarray:
    """Return the labels of ``pseudo_labels.jsonl``, int32 [num_unlabeled].

    Raises:
      InputError: the file is missing or damaged.
    """
    file = run_dir / PSEUDO_LABELS_FILE
    ids = {name: index for index, name in enumerate(images.class_names)} | {None: NO_LABEL}
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        labels = [ids[json.loads(line)["label"]] for line in lines]
        if len(labels) != images.num_unlabeled:
            raise ValueError("another number of images")
        return np.array(labels, np.int32)
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(
            f"{file} is missing or damaged, and the run cannot be resumed without it; train a new "
            "run in another folder"
        ) from None


def summary(predicted: PseudoLabels, class_names: Sequence[str], threshold: float) -> str:
    """Return how many images have got each label, in one line."""
    is_labeled = predicted.labels != NO_LABEL
    counts = np.bincount(predicted.labels[is_labeled], minlength=len(class_names))
    each = ", ".join(f"{name} {n:,}" for name, n in zip(class_names, counts, strict=True))
    return (
        f"--pseudo_label_threshold={threshold:g}: {is_labeled.sum():,} of {len(is_labeled):,} "
        f"images without labels have got one ({each}); {PSEUDO_LABELS_FILE} lists them"
    )
