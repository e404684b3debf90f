"""A map of real and synthetic images: who is drawn, where each stands, and how far they mix."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from data_tools.errors import InputError
from data_tools.files.staging import staged
from data_tools.sources import Example
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.inputs.images import LabeledImages
from gan_tf.maps.map_figure import map_figure
from gan_tf.maps.thumbnails import thumbnail_sheet
from gan_tf.metrics.two_sample import NearestNeighbors, nearest_neighbors
from gan_tf.study.data.matching import renumbered
from gan_tf.study.design.amounts import nested_choice
from gan_tf.study.report.drawing import LIGHT

#: [Segura2019]: components before t-SNE, its learning rate, perplexity and angle.
TSNE_COMPONENTS = 200
TSNE_SETTINGS = {"learning_rate": 150.0, "perplexity": 55.0, "angle": 0.2}

#: Turns images into features [n, d], having learned from other real images where it learns.
Featurize = Callable[[ImageSet, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Choice:
    """What is drawn and how it is shown.

    Attributes:
      num_per_class: real images of each class, at most.
      num_synthetic_per_class: synthetic ones, at most.
      leaves_rest: True where at least as many real images of a class must be left over, for a
        classifier to learn from.
      projection: one of ``map_choices.PROJECTIONS``.
      size: width and height of the sheet of thumbnails, in pixels.
      seed: of all that is drawn.
      num: real images drawn from all classes together, at most, in place of ``num_per_class``.
    """

    num_per_class: int
    num_synthetic_per_class: int
    leaves_rest: bool
    projection: str
    size: tuple[int, int]
    seed: int
    num: int | None = None


class Drawn(NamedTuple):
    """Indices of the images of a map, ascending, and of the real ones that are left."""

    real: np.ndarray
    synthetic: np.ndarray
    rest: np.ndarray


def drawn_images(
    real: np.ndarray, synthetic: np.ndarray, num_classes: int, choice: Choice
) -> Drawn:
    """Draws images of every class, seeded.

    Classes without synthetic images are left out, unless the synthetic images have no labels that
    real ones have: then all real classes are shown.

    Args:
      real: [n] labels.
      synthetic: [m] labels, in the same numbering.
      num_classes: number of labels.
      choice: how many.

    Raises:
      InputError: fewer than two pairs of a real and a synthetic image would be shown.
    """
    have_real, have_synthetic = (np.bincount(x, minlength=num_classes) for x in (real, synthetic))
    may_show = have_real // 2 if choice.leaves_rest else have_real
    by_label = np.any((have_real > 0) & (have_synthetic > 0))
    may_show = np.where(have_synthetic > 0, may_show, 0) if by_label else may_show
    wanted = _wanted(may_show, choice)
    made = np.minimum(have_synthetic, choice.num_synthetic_per_class)
    pairs = np.minimum(wanted, made) if by_label else np.minimum(wanted.sum(), made.sum())
    if pairs.sum() < 2:
        raise InputError(
            f"a map of {wanted.sum()} real and {made.sum()} synthetic images of the same labels "
            "shows nothing; give more images of labels that both --data and --synthetic have"
        )
    shown = nested_choice(real, wanted, choice.seed, "real")
    rest = np.setdiff1d(np.arange(len(real)), shown)
    return Drawn(shown, nested_choice(synthetic, made, choice.seed, "synthetic"), rest)


def _wanted(may_show: np.ndarray, choice: Choice) -> np.ndarray:
    """How many real images of each class are shown, of so many that may be."""
    if choice.num is None:
        return np.minimum(may_show, choice.num_per_class)
    rng = np.random.default_rng([choice.seed, choice.num])
    return rng.multivariate_hypergeometric(may_show, min(choice.num, may_show.sum()))


def projected(features: np.ndarray, projection: str, seed: int) -> np.ndarray:
    """Points [n, 2] of features [n, d]: two principal components, or t-SNE of the first 200.

    Raises:
      InputError: too few images for t-SNE's perplexity.
    """
    if projection == "pca":
        return PCA(2, random_state=seed).fit_transform(features)
    if len(features) <= TSNE_SETTINGS["perplexity"]:
        raise InputError(
            f"--projection=tsne needs more than {TSNE_SETTINGS['perplexity']:.0f} images, not "
            f"{len(features)}; give more or --projection=pca"
        )
    num_components = min(TSNE_COMPONENTS, *features.shape)
    reduced = PCA(num_components, random_state=seed).fit_transform(features)
    tsne = TSNE(2, init="pca", random_state=seed, **TSNE_SETTINGS)
    # Beside TensorFlow's threads those of OpenMP wait for each other a hundred times as long as
    # they compute, and sums would depend on their number.
    with threadpool_limits(1):
        return tsne.fit_transform(reduced)


def write_map(
    real: LabeledImages,
    synthetic: Sequence[LabeledImages],
    dest: Path,
    featurize: Featurize,
    choice: Choice,
    arguments: Mapping[str, Any],
) -> NearestNeighbors:
    """Writes ``map.png``, ``sheet.png`` and ``map.json`` into the folder ``dest``.

    Args:
      real: real images.
      synthetic: sets of synthetic images of the real ones' size, all with labels that the real ones
        have or all without.
      dest: folder to make.
      featurize: see ``Featurize``.
      choice: what is drawn and shown.
      arguments: what the command was asked, for map.json.

    Returns:
      how far real and synthetic images mix, over equal numbers of each class of those drawn, in
      the space of the features.

    Raises:
      InputError: see ``drawn_images`` and ``projected``.
    """
    names = tuple(dict.fromkeys(n for one in (real, *synthetic) for n in one.class_names))
    ours = renumbered(real, names)
    parts = [renumbered(images, names) for images in synthetic]
    theirs = ImageSet(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    drawn = drawn_images(ours.labels, theirs.labels, len(names), choice)
    learning = ImageSet(ours.images[drawn.rest], ours.labels[drawn.rest])
    images = np.concatenate([ours.images[drawn.real], theirs.images[drawn.synthetic]])
    labels = np.concatenate([ours.labels[drawn.real], theirs.labels[drawn.synthetic]])
    is_real = np.repeat([True, False], [len(drawn.real), len(drawn.synthetic)])
    features = featurize(learning, images)
    found = _mixing(features, labels, is_real, choice.seed)
    points = projected(features, choice.projection, choice.seed)
    examples = [one for images in synthetic for one in images.examples]
    shown = [real.examples[i] for i in drawn.real] + [examples[i] for i in drawn.synthetic]
    stated = {
        "arguments": dict(arguments),
        "nearest_neighbors": found._asdict(),
        "points": [_stated(*pair) for pair in zip(shown, points, strict=True)],
    }
    with staged(dest) as folder:
        text = json.dumps(stated, indent=1, allow_nan=False) + "\n"
        (folder / "map.json").write_text(text, encoding="utf-8")
        (folder / "map.png").write_bytes(map_figure(points, labels, is_real, names, LIGHT))
        (folder / "sheet.png").write_bytes(
            thumbnail_sheet(images, points, is_real, choice.size, choice.seed)
        )
    return found


def _stated(example: Example, point: np.ndarray) -> dict[str, Any]:
    """An image and its place, for map.json."""
    whence = {"path": example.path, "label": example.label, "origin": example.origin}
    return whence | {"x": float(point[0]), "y": float(point[1])}


def _mixing(
    features: np.ndarray, labels: np.ndarray, is_real: np.ndarray, seed: int
) -> NearestNeighbors:
    """``nearest_neighbors`` over as many real as synthetic images of every class.

    Where the kinds share no class, over as many of all classes together.
    """
    if not set(labels[is_real]) & set(labels[~is_real]):
        labels = np.zeros_like(labels)
    num_classes = labels.max() + 1
    counts = [np.bincount(labels[kind], minlength=num_classes) for kind in (is_real, ~is_real)]
    chosen = [
        np.flatnonzero(kind)[nested_choice(labels[kind], np.minimum(*counts), seed, "balance")]
        for kind in (is_real, ~is_real)
    ]
    return nearest_neighbors(*(features[indices] for indices in chosen))
