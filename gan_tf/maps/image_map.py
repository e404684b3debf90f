"""A map of real and synthetic images: which are shown, where, and how separable they are."""

import json
from collections.abc import Callable, Mapping, Sequence
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
from gan_tf.maps.options import MapOptions
from gan_tf.maps.thumbnails import thumbnail_sheet
from gan_tf.metrics import EXTRACTORS
from gan_tf.metrics.two_sample import NearestNeighbors, nearest_neighbors
from gan_tf.study.data.matching import renumbered
from gan_tf.study.design.amounts import nested_choice
from gan_tf.study.report.drawing import LIGHT

#: [Segura2019]: principal components before t-SNE, its learning rate, perplexity and angle.
TSNE_COMPONENTS = 200
TSNE_PARAMETERS = {"learning_rate": 150.0, "perplexity": 55.0, "angle": 0.2}

#: (training images, images) -> features [n, d] of the images; trained extractors use the former.
Featurize = Callable[[ImageSet, np.ndarray], np.ndarray]


class MapSample(NamedTuple):
    """The images of a map, as indices in ascending order.

    Attributes:
      real: real images shown.
      synthetic: synthetic images shown.
      rest: real images not shown, on which a classifier may be trained.
    """

    real: np.ndarray
    synthetic: np.ndarray
    rest: np.ndarray


def sample_images(
    real: np.ndarray, synthetic: np.ndarray, num_classes: int, options: MapOptions
) -> MapSample:
    """Sample images of every class, seeded.

    Classes without synthetic images are left out, unless no synthetic image has a label of the
    real ones: then all real classes are shown. If the features are trained, at least half of the
    real images of every class are left for the classifier.

    Args:
      real: [n] labels.
      synthetic: [m] labels, in the same numbering.
      num_classes: number of labels.
      options: how many.

    Raises:
      InputError: fewer than two pairs of a real and a synthetic image would be shown.
    """
    num_real, num_synthetic = (np.bincount(x, minlength=num_classes) for x in (real, synthetic))
    available = num_real // 2 if EXTRACTORS[options.features].is_trained else num_real
    by_label = np.any((num_real > 0) & (num_synthetic > 0))
    available = np.where(num_synthetic > 0, available, 0) if by_label else available
    num_real = _num_real_shown(available, options)
    num_synthetic = np.minimum(num_synthetic, options.max_synthetic_per_class)
    pairs = (
        np.minimum(num_real, num_synthetic)
        if by_label
        else np.minimum(num_real.sum(), num_synthetic.sum())
    )
    if pairs.sum() < 2:
        raise InputError(
            f"a map of {num_real.sum()} real and {num_synthetic.sum()} synthetic images of the "
            "same labels shows nothing; give more images of labels that --data and --synthetic "
            "have in common"
        )
    real_shown = nested_choice(real, num_real, options.seed, "real")
    synthetic_shown = nested_choice(synthetic, num_synthetic, options.seed, "synthetic")
    rest = np.setdiff1d(np.arange(len(real)), real_shown)
    return MapSample(real_shown, synthetic_shown, rest)


def _num_real_shown(available: np.ndarray, options: MapOptions) -> np.ndarray:
    """Return how many of the available real images of each class are shown, int64 [K]."""
    if options.num is None:
        return np.minimum(available, options.real_images_per_class)
    rng = np.random.default_rng([options.seed, options.num])
    return rng.multivariate_hypergeometric(available, min(options.num, available.sum()))


def projected(features: np.ndarray, projection: str, seed: int) -> np.ndarray:
    """Return points [n, 2] of features [n, d]: two principal components, or t-SNE of the first 200.

    Raises:
      InputError: too few images for t-SNE's perplexity.
    """
    if projection == "pca":
        return PCA(2, random_state=seed).fit_transform(features)
    if len(features) <= TSNE_PARAMETERS["perplexity"]:
        raise InputError(
            f"--projection=tsne needs more than {TSNE_PARAMETERS['perplexity']:.0f} images, not "
            f"{len(features)}; give more or --projection=pca"
        )
    num_components = min(TSNE_COMPONENTS, *features.shape)
    reduced = PCA(num_components, random_state=seed).fit_transform(features)
    tsne = TSNE(2, init="pca", random_state=seed, **TSNE_PARAMETERS)
    # Beside TensorFlow's threads, those of OpenMP wait a hundred times as long as they compute, and
    # sums would depend on their number.
    with threadpool_limits(1):
        return tsne.fit_transform(reduced)


def write_map(
    real: LabeledImages,
    synthetic: Sequence[LabeledImages],
    dest: Path,
    featurize: Featurize,
    options: MapOptions,
    arguments: Mapping[str, Any],
) -> NearestNeighbors:
    """Write ``map.png``, ``sheet.png`` and ``map.json`` into the folder ``dest``.

    Args:
      real: real images.
      synthetic: sets of synthetic images of the size of the real ones; either all of them have
        labels of the real ones or none has.
      dest: folder to create.
      featurize: see ``Featurize``.
      options: what is shown and how.
      arguments: the command's flags, for map.json.

    Returns:
      How often nearest neighbors in feature space are of the same kind, over equal numbers of
      real and synthetic images of each class.

    Raises:
      InputError: see ``sample_images`` and ``projected``.
    """
    names = tuple(dict.fromkeys(n for one in (real, *synthetic) for n in one.class_names))
    real_set = renumbered(real, names)
    parts = [renumbered(images, names) for images in synthetic]
    synthetic_set = ImageSet(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    sample = sample_images(real_set.labels, synthetic_set.labels, len(names), options)
    training_images = ImageSet(real_set.images[sample.rest], real_set.labels[sample.rest])
    images = np.concatenate([real_set.images[sample.real], synthetic_set.images[sample.synthetic]])
    labels = np.concatenate([real_set.labels[sample.real], synthetic_set.labels[sample.synthetic]])
    is_real = np.repeat([True, False], [len(sample.real), len(sample.synthetic)])
    features = featurize(training_images, images)
    mixing = _mixing(features, labels, is_real, options.seed)
    points = projected(features, options.projection, options.seed)
    candidates = [one for images in synthetic for one in images.examples]
    examples = [real.examples[i] for i in sample.real]
    examples += [candidates[i] for i in sample.synthetic]
    record = {
        "arguments": dict(arguments),
        "nearest_neighbors": mixing._asdict(),
        "points": [_point_record(*pair) for pair in zip(examples, points, strict=True)],
    }
    with staged(dest) as folder:
        text = json.dumps(record, indent=1, allow_nan=False) + "\n"
        (folder / "map.json").write_text(text, encoding="utf-8")
        (folder / "map.png").write_bytes(map_figure(points, labels, is_real, names, LIGHT))
        (folder / "sheet.png").write_bytes(
            thumbnail_sheet(images, points, is_real, options.sheet_size, options.seed)
        )
    return mixing


def _point_record(example: Example, point: np.ndarray) -> dict[str, Any]:
    """Return an image and its point, for map.json."""
    source = {"path": example.path, "label": example.label, "origin": example.origin}
    return source | {"x": float(point[0]), "y": float(point[1])}


def _mixing(
    features: np.ndarray, labels: np.ndarray, is_real: np.ndarray, seed: int
) -> NearestNeighbors:
    """Return ``nearest_neighbors`` of equal numbers of real and synthetic images of every class.

    If no class has both, of equal numbers over all classes together.
    """
    if not set(labels[is_real]) & set(labels[~is_real]):
        labels = np.zeros_like(labels)
    num_classes = labels.max() + 1
    counts = [np.bincount(labels[kind], minlength=num_classes) for kind in (is_real, ~is_real)]
    balanced = [
        np.flatnonzero(kind)[nested_choice(labels[kind], np.minimum(*counts), seed, "balance")]
        for kind in (is_real, ~is_real)
    ]
    return nearest_neighbors(*(features[indices] for indices in balanced))
