"""Draw a map of real and synthetic images, and measure how separable they are.

  python -m gan_tf.embed --data=records --synthetic=synthetic --dest=map

Images are compared by their pixels, by the features of a classifier trained on real images that the
map does not show (lenet, resnet20), or by those of a pretrained network (resnet50, xception,
inception_v3, with --weights). --dest holds map.png (one point per image, by class and origin),
sheet.png (every image as a thumbnail, the synthetic ones framed) and map.json: the coordinates, and
how often the nearest neighbor of an image is of the same kind, real or synthetic (0.5 if they are
mixed, 1 if they are separate). This is measured on as many real as synthetic images of each label;
images of a GAN without labels are compared with those of all labels.
"""

from pathlib import Path

from absl import flags

from data_tools import command_line
from data_tools.errors import UsageError
from data_tools.flag_table import FlagTable
from data_tools.options import define_options, options_from
from gan_tf import cli
from gan_tf.classifiers.weights import NO_WEIGHTS
from gan_tf.maps.options import MapOptions
from gan_tf.metrics import EXTRACTORS

NUM_THREADS = 2


def define_flags() -> flags.FlagValues:
    """Return the flags of this command, not yet parsed."""
    define = FlagTable()
    define.source("data", "Real images; of a data set with splits, its training split.")
    define.sources("synthetic", "Synthetic images; repeat for each set.")
    define_options(define, MapOptions)
    define.text(
        "weights", NO_WEIGHTS, "Pretrained weights of the chosen --features: imagenet or a file."
    )
    define.integer(
        "steps",
        None,
        "Training steps of lenet or resnet20; default: 10 epochs, at least 1000 steps.",
    )
    define.folder("dest", "Folder to create; must not exist.")
    return define.values


def main(values: flags.FlagValues) -> None:
    """Draw the map that the flags describe and print what it measures."""
    command_line.require(values, "data", "synthetic", "dest")
    command_line.require_absent(values.dest)
    options = options_from(values, MapOptions)
    _refuse_contradictions(values, options)

    from gan_tf.classifiers.weights import weights_file
    from gan_tf.maps.image_map import write_map

    weights = weights_file(values.weights, network=options.features)
    real, synthetic = _images(values)
    mixing = write_map(
        real,
        synthetic,
        Path(values.dest),
        _featurize(values, weights, len(real.class_names)),
        options,
        {name: values[name].value for name in ("features", "projection", "steps", "seed")},
    )
    print(
        f"{values.dest}: the nearest neighbor is of the same kind, real or synthetic, for "
        f"{100 * mixing.accuracy:.1f}% of {2 * mixing.num_images} images (95% CI "
        f"{100 * mixing.low:.1f} to {100 * mixing.high:.1f}; 50 if they are mixed, 100 if they are "
        "separate)"
    )


def _refuse_contradictions(values: flags.FlagValues, options: MapOptions) -> None:
    """Raise UsageError for flags that exclude or need each other."""
    if options.num and values["real_images_per_class"].present:
        raise UsageError("give either --num or --real_images_per_class")
    kind = EXTRACTORS[values.features]
    has_weights = values.weights != NO_WEIGHTS
    if kind.edge and not has_weights:
        raise UsageError(f"--features={values.features} needs --weights=imagenet or a file")
    if has_weights and not kind.edge:
        raise UsageError(f"--weights has no meaning with --features={values.features}")
    if values.steps and not kind.is_trained:
        raise UsageError(f"--steps has no meaning with --features={values.features}")


def _images(values: flags.FlagValues):
    """Return the real images and the sets of synthetic ones, checked against one another."""
    from gan_tf.classifiers.recipe import refuse_images
    from gan_tf.inputs.images import load_images
    from gan_tf.study.data.leaks import refuse_synthetic
    from gan_tf.study.data.matching import refuse_mismatch

    real = load_images(values.data, "train")
    refuse_synthetic(real, "--data", "give generated images as --synthetic")
    synthetic = [load_images(spec, "train") for spec in values.synthetic]
    has_labels = [set(images.class_names) <= set(real.class_names) for images in synthetic]
    for images, spec in zip(synthetic, values.synthetic, strict=True):
        # Images of a GAN without labels have a single label, which stands for none.
        is_unlabeled = not any(has_labels) and len(images.class_names) == 1
        names = real.class_names if is_unlabeled else images.class_names
        refuse_mismatch(real, images._replace(class_names=names), f"--synthetic={spec}")
    kind = EXTRACTORS[values.features]
    if kind.edge:
        cli.import_tensorflow()
        from gan_tf.classifiers.features import refuse_channels

        refuse_channels(f"--features={values.features}", real.images.shape[-1])
    if kind.is_trained:
        refuse_images(values.features, real.images.shape[1:])
    return real, synthetic


def _featurize(values: flags.FlagValues, weights: Path | None, num_classes: int):
    """Return the ``Featurize`` that the flags describe; import TensorFlow only if it is needed."""
    from gan_tf.metrics.compute import ExtractorOptions, LearningImages, build_extractor

    if values.features != "pixels":
        cli.import_tensorflow()
        from gan_tf.training.processes.devices import prepare_devices

        prepare_devices(NUM_THREADS)
    options = ExtractorOptions(values.steps, weights, values.seed)

    def featurize(training_images, images):
        learning = LearningImages(*training_images, num_classes)
        return build_extractor(values.features, learning, options)(images)

    return featurize


if __name__ == "__main__":
    cli.run(define_flags, main, __doc__)
