"""Keeps the images that a classifier is surest to know rightly (the path-rank filter).

  python -m gan_tf.filter --data=lesions --classes=melanoma --share=0.125 --dest=sure
  python -m gan_tf.filter --data=lesions --images=synthetic --share=0.5 --dest=sure_synthetic
  python -m gan_tf.filter --data=lesions --classes=melanoma --shares=0.125,0.25,0.5,1 --dest=sure

Trains a classifier on all real training images and keeps, of the images of each filtered class that
it classifies rightly, the share with the highest confidence. --images filters other images than
those it was trained on, such as synthetic ones. Of a split data set the training split is filtered
and the others are carried over. With --shares, --dest holds a data set for each, named by it, all
of one classifier.
"""

from pathlib import Path

from absl import flags

from data_tools import command_line
from data_tools.errors import UsageError
from data_tools.flag_table import FlagTable
from gan_tf import cli
from gan_tf.classifiers.recipe import CLASSIFIERS

NUM_THREADS = 2


def define_flags() -> flags.FlagValues:
    """The flags of this command, unparsed."""
    define = FlagTable()
    define.text("data", None, "Real training images.")
    define.text("images", None, "What is filtered; --data by default.")
    define.text(
        "share",
        None,
        "Share of the rightly classified images of each filtered class that is kept, above 0 and "
        "up to 1.",
    )
    define.names("shares", "", "In place of --share: several, for a data set of each in --dest.")
    define.names("classes", "", "Labels that are filtered; every label unless given.")
    define.choice("classifier", "resnet20", CLASSIFIERS, "What is trained.")
    define.text("weights", "none", "Of a ResNet-50: imagenet, none or a file.")
    define.whole("steps", None, "Optimizer steps; 10 epochs, at least 1000, unless given.")
    define.whole("batch_size", 64, "Images a step.")
    define.seed("Same seed, same choice.")
    define.text("dest", None, "Folder to make; must not exist.")
    return define.values


def main(values: flags.FlagValues) -> None:
    """Filters as the flags say."""
    command_line.require(values, "data", "dest")
    if (values.share is None) == (not values.shares):
        raise UsageError("give either --share or --shares")
    command_line.require_absent(values.dest)

    from data_tools.files.staging import staged
    from gan_tf.classifiers.fit_options import FitOptions
    from gan_tf.filtering.filter_folder import filter_images

    fit_options = FitOptions(
        classifier=values.classifier,
        weights=values.weights,
        steps=values.steps,
        batch_size=values.batch_size,
    )
    arguments = (values.data, values.images or values.data)
    options = {
        "classes": values.classes,
        "options": fit_options.with_weights_file(),
        "seed": values.seed,
        "prepare": _prepare_process,
    }
    dest = Path(values.dest)
    if values.share is not None:
        found = filter_images(*arguments, {dest: values.share}, **options)
    else:
        with staged(dest) as folder:
            dests = {folder / share: share for share in values.shares}
            found = filter_images(*arguments, dests, **options)
    for share, (outcomes, info) in zip(values.shares or [""], found, strict=True):
        for outcome in outcomes:
            print(outcome.text())
        print(f"{dest / share}: {info.num_images} images of {len(info.classes)} classes")


def _prepare_process() -> None:
    """Imports TensorFlow quietly; the number of threads decides last bits, so it is fixed."""
    cli.import_tensorflow()
    from gan_tf.training.processes.devices import prepare_devices

    prepare_devices(NUM_THREADS)


if __name__ == "__main__":
    cli.run(define_flags, main, __doc__)
