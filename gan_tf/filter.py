"""Keep the images classified correctly with the highest confidence (the path-rank filter).

  python -m gan_tf.filter --data=lesions --classes=melanoma --share=0.125 --dest=best
  python -m gan_tf.filter --data=lesions --images=synthetic --share=0.5 --dest=best_synthetic
  python -m gan_tf.filter --data=lesions --classes=melanoma --shares=0.125,0.25,0.5,1 --dest=best

A classifier is trained on all real training images. Of the images of each filtered class that it
classifies correctly, the given share with the highest confidence is kept. --images filters images
other than the training images, such as synthetic ones. Of a data set with splits, the training
split is filtered and the others are copied. With --shares, --dest holds one data set per share,
named after it; one classifier serves all of them.
"""

from pathlib import Path

from absl import flags

from data_tools import command_line
from data_tools.errors import UsageError
from data_tools.flag_table import FlagTable
from data_tools.options import define_options, options_from
from gan_tf import cli
from gan_tf.classifiers.fit_options import FitOptions

NUM_THREADS = 2


def define_flags() -> flags.FlagValues:
    """Return the flags of this command, not yet parsed."""
    define = FlagTable()
    define.source("data", "Real training images.")
    define.source("images", "Images to filter; default: --data.")
    define.text(
        "share",
        None,
        "Share of the correctly classified images of each filtered class to keep, above 0 and up "
        "to 1.",
    )
    define.names(
        "shares", "", "In place of --share: several shares; --dest gets one data set for each."
    )
    define.names("classes", "", "Labels to filter; default: every label.")
    define_options(define, FitOptions)
    define.values.set_default("classifier", "resnet20")
    define.seed("The same seed keeps the same images.")
    define.folder("dest", "Folder to create; must not exist.")
    return define.values


def main(values: flags.FlagValues) -> None:
    """Filter the images that the flags name and print what is kept."""
    command_line.require(values, "data", "dest")
    if (values.share is None) == (not values.shares):
        raise UsageError("give either --share or --shares")
    for share in values.shares:
        if values.shares.count(share) > 1:
            raise UsageError(f"--shares names {share} twice")
    command_line.require_absent(values.dest)

    from data_tools.files.staging import staged
    from gan_tf.filtering.filter_folder import filter_images

    arguments = (values.data, values.images or values.data)
    options = {
        "classes": values.classes,
        "options": options_from(values, FitOptions).with_weights_file(),
        "seed": values.seed,
        "prepare": _prepare_process,
    }
    dest = Path(values.dest)
    if values.share is not None:
        outcomes = filter_images(*arguments, {dest: values.share}, **options)
    else:
        with staged(dest) as folder:
            dests = {folder / share: share for share in values.shares}
            outcomes = filter_images(*arguments, dests, **options)
    for share, (ranks, info) in zip(values.shares or [""], outcomes, strict=True):
        for rank in ranks:
            print(rank.text())
        print(f"{dest / share}: {info.num_images} images of {len(info.classes)} classes")


def _prepare_process() -> None:
    """Import TensorFlow quietly and fix the number of threads, on which the last bits depend."""
    cli.import_tensorflow()
    from gan_tf.training.processes.devices import prepare_devices

    prepare_devices(NUM_THREADS)


if __name__ == "__main__":
    cli.run(define_flags, main, __doc__)
