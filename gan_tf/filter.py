"""Keeps the images that a classifier is surest to know rightly (the path-rank filter).

  python -m gan_tf.filter --data=lesions --classes=melanoma --share=0.125 --dest=sure
  python -m gan_tf.filter --data=lesions --images=synthetic --share=0.5 --dest=sure_synthetic

Trains a classifier on all real training images and keeps, of each filtered class, that share of the
images which it classifies rightly with the highest confidence. --images filters other images than
those it was trained on, such as synthetic ones. Of a split data set the training split is filtered
and the others are carried over.
"""

from pathlib import Path

from absl import flags

from gan_tf import cli
from gan_tf.classifiers.recipe import CLASSIFIERS, refuse_weights
from gan_tf.flag_table import FlagTable

NUM_THREADS = 2


def define_flags() -> flags.FlagValues:
    """The flags of this command, unparsed."""
    define = FlagTable()
    define.text("data", None, "Real training images.")
    define.text("images", None, "What is filtered; --data by default.")
    define.number(
        "share",
        None,
        "Share of each filtered class that is kept, above 0 and up to 1.",
        lower=1e-9,
        upper=1.0,
    )
    define.names("classes", "", "Labels that are filtered; every label unless given.")
    define.choice("classifier", "resnet20", CLASSIFIERS, "What is trained.")
    define.text("weights", "none", "Of a ResNet-50: imagenet, none or a file.")
    define.whole("steps", None, "Optimizer steps; 10 epochs, at least 1000, unless given.")
    define.whole("batch_size", 64, "Images a step.")
    define.whole("seed", 0, "Same seed, same choice.", lower=0)
    define.text("dest", None, "Folder to make; must not exist.")
    return define.values


def main(values: flags.FlagValues) -> None:
    """Filters as the flags say."""
    cli.require(values, "data", "share", "dest")
    cli.require_absent(values.dest)
    refuse_weights(values.classifier, values.weights)

    from gan_tf.classifiers.weights import weights_file
    from gan_tf.study.filtering import filter_images
    from gan_tf.study.settings import Settings

    weights = weights_file(values.weights)
    settings = Settings(
        classifier=values.classifier,
        steps=values.steps,
        batch_size=values.batch_size,
        num_curve_points=1,
        weights=None if weights is None else str(weights),
    )
    outcomes, card = filter_images(
        values.data,
        values.images or values.data,
        Path(values.dest),
        share=values.share,
        classes=values.classes,
        settings=settings,
        seed=values.seed,
        prepare=_prepare_process,
    )
    for outcome in outcomes:
        print(outcome.text())
    print(f"{values.dest}: {card.num_images} images of {len(card.classes)} classes")


def _prepare_process() -> None:
    """Imports TensorFlow quietly; the number of threads decides last bits, so it is fixed."""
    cli.import_tensorflow()
    from gan_tf.training.devices import prepare_devices

    prepare_devices(NUM_THREADS)


if __name__ == "__main__":
    cli.run(define_flags, main, __doc__)
