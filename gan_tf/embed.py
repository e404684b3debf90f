"""Draws a map of real and synthetic images, and says whether they lie apart.

  python -m gan_tf.embed --data=records --synthetic=synthetic --dest=map

Images are compared by pixels, by what a classifier sees that learns from real images which the map
does not show (lenet, resnet20), or by a network with pretrained weights (resnet50, xception, with
--weights). Writes map.png (a point an image, by class and origin), sheet.png (every image as a
thumbnail, the synthetic ones framed) and map.json: coordinates, and how often the nearest neighbor
of an image is of its own kind, real or synthetic: 0.5 where they are mixed, 1 where they lie apart.
That is taken over as many real as synthetic images of each label; images of a GAN without labels
are compared with those of all labels.
"""

import re
from pathlib import Path

from absl import flags

from data_tools import command_line
from data_tools.errors import UsageError
from data_tools.flag_table import FlagTable
from gan_tf import cli
from gan_tf.classifiers.weights import NO_WEIGHTS
from gan_tf.maps.choices import FEATURES, PROJECTIONS

NUM_THREADS = 2


def define_flags() -> flags.FlagValues:
    """The flags of this command, unparsed."""
    define = FlagTable()

    define.text("data", None, "Real images; of a split data set its training split.")
    define.texts("synthetic", "Synthetic images; may be repeated.")
    define.choice("features", "pixels", FEATURES, "What images are compared by.")
    define.text("weights", NO_WEIGHTS, "Of resnet50 and xception: imagenet or a file.")
    define.whole("steps", None, "Of lenet and resnet20; 10 epochs, at least 1000, unless given.")
    define.choice(
        "projection",
        "pca",
        PROJECTIONS,
        "Two principal components, or t-SNE of the first 200, slow for thousands of images.",
    )
    define.whole("num_per_class", 100, "Real images of each class, at most.")
    define.whole(
        "num",
        None,
        "In place of --num_per_class: real images drawn from all classes together, at most.",
    )
    define.whole(
        "num_synthetic_per_class",
        None,
        "Synthetic images of each class, at most; as many as --num_per_class unless given.",
    )
    define.text("size", "4000x3000", "Width and height of the sheet, in pixels.")
    define.seed("Same seed, same map.")
    define.text("dest", None, "Folder to make; must not exist.")
    return define.values


def main(values: flags.FlagValues) -> None:
    """Draws the map that the flags describe and prints what it says."""
    command_line.require(values, "data", "synthetic", "dest")
    command_line.require_absent(values.dest)
    size = re.fullmatch(r"([1-9]\d{2,4})x([1-9]\d{2,4})", values.size)
    if not size:
        raise UsageError(f"--size={values.size} is not of the form 4000x3000, 100 or more each")
    _refuse_contradictions(values)

    from gan_tf.classifiers.weights import weights_file
    from gan_tf.maps.image_map import Choice, write_map

    weights = weights_file(values.weights, network=values.features)
    real, synthetic = _images(values)
    found = write_map(
        real,
        synthetic,
        Path(values.dest),
        _featurize(values, weights, real.class_names),
        Choice(
            values.num_per_class,
            values.num_synthetic_per_class or values.num_per_class,
            FEATURES[values.features].is_trained,
            values.projection,
            (int(size[1]), int(size[2])),
            values.seed,
            values.num,
        ),
        {name: values[name].value for name in ("features", "projection", "steps", "seed")},
    )
    print(
        f"{values.dest}: the nearest neighbor is of the same kind, real or synthetic, for "
        f"{100 * found.accuracy:.1f} % of {2 * found.num_images} images (95 % interval "
        f"{100 * found.low:.1f} to {100 * found.high:.1f}; 50 where they are mixed, 100 where "
        f"they lie apart)"
    )


def _refuse_contradictions(values: flags.FlagValues) -> None:
    """Raises UsageError for flags that exclude or need each other."""
    if values.num and values["num_per_class"].present:
        raise UsageError("give either --num or --num_per_class")
    kind = FEATURES[values.features]
    has_weights = values.weights != NO_WEIGHTS
    if kind.edge and not has_weights:
        raise UsageError(f"--features={values.features} needs --weights=imagenet or a file")
    if has_weights and not kind.edge:
        raise UsageError(f"--weights has no meaning with --features={values.features}")
    if values.steps and not kind.is_trained:
        raise UsageError(f"--steps has no meaning with --features={values.features}")


def _images(values: flags.FlagValues):
    """The real images and the sets of synthetic ones, which fit each other and the features."""
    from gan_tf.classifiers.recipe import refuse_images
    from gan_tf.inputs.images import load_images
    from gan_tf.maps.features import refuse_channels
    from gan_tf.study.data.leaks import refuse_synthetic
    from gan_tf.study.data.matching import refuse_mismatch

    real = load_images(values.data, "train")
    refuse_synthetic(real, "--data", "give generated images as --synthetic")
    synthetic = [load_images(spec, "train") for spec in values.synthetic]
    has_labels = [set(images.class_names) <= set(real.class_names) for images in synthetic]
    for images, spec in zip(synthetic, values.synthetic, strict=True):
        # Images of a GAN without labels have one, which stands for none.
        without = not any(has_labels) and len(images.class_names) == 1
        names = real.class_names if without else images.class_names
        refuse_mismatch(real, images._replace(class_names=names), f"--synthetic={spec}")
    kind = FEATURES[values.features]
    if kind.edge:
        refuse_channels(values.features, real.images.shape[-1])
    if kind.is_trained:
        refuse_images(values.features, real.images.shape[1:])
    return real, synthetic


def _featurize(values: flags.FlagValues, weights: Path | None, class_names: tuple[str, ...]):
    """The ``Featurize`` that the flags describe; imports TensorFlow only where it is needed."""
    from gan_tf.maps import features

    if values.features == "pixels":
        return lambda learning, images: features.pixel_features(images)
    cli.import_tensorflow()
    from gan_tf.training.processes.devices import prepare_devices

    prepare_devices(NUM_THREADS)
    if weights is not None:
        compute = features.pretrained_features(values.features, weights)
        return lambda learning, images: compute(images)
    return lambda learning, images: features.classifier_features(
        values.features, learning, class_names, values.steps, values.seed
    )(images)


if __name__ == "__main__":
    cli.run(define_flags, main, __doc__)
