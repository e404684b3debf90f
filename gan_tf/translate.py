"""Translate images from one domain to the other with a trained run.

  python -m gan_tf.translate --run_dir=runs/lesions --direction=a_to_b --data=nevi --dest=melanomas

--data holds labeled images of the run's size; of a split data set, the training split is used. The
folder's manifest names the run, its checkpoint and the source image of each translation, and lists
the hashes of the real images behind them, so that later commands can refuse to test on them.
"""

from pathlib import Path

from absl import flags

from data_tools import command_line
from data_tools.errors import UsageError
from data_tools.flag_table import FlagTable
from data_tools.folders.options import FolderOptions
from data_tools.options import define_options, options_from
from gan_tf import cli
from gan_tf.runs.options import TranslateOptions


def define_flags() -> flags.FlagValues:
    """Return the flags of this command, not yet parsed."""
    define = FlagTable()
    define.folder("run_dir", "Run to translate with.")
    define.source("data", "Images to translate.")
    define_options(define, FolderOptions)
    define.names("classes", "", "Labels to translate; default: all.")
    define.folder("dest", "Folder to create; must not exist.")
    define_options(define, TranslateOptions)
    return define.values


def main(values: flags.FlagValues) -> None:
    """Translate images."""
    command_line.require(values, "run_dir", "direction", "data", "dest")
    run_dir, dest = Path(values.run_dir), Path(values.dest)
    options = options_from(values, TranslateOptions)
    command_line.require_absent(values.dest)

    from gan_tf.inputs.combined.domains import with_labels
    from gan_tf.inputs.images import open_split

    source = open_split(values.data, "train", unlabeled=values.unlabeled, nested=values.nested)
    if values.classes:
        source = with_labels(source, values.classes, "--classes", "--data")
    elif options.label == "target" and len(source.class_names) > 1:
        raise UsageError(
            f"--data={values.data} has {len(source.class_names)} labels, and all of its images "
            "would be labeled as the target domain; select some with --classes, or keep their "
            "labels with --label=source"
        )
    cli.import_tensorflow()

    from gan_tf.runs.directory import read_run
    from gan_tf.runs.translated_folder import translate
    from gan_tf.training.processes.devices import prepare_devices

    # A different number of threads changes the last bits and thereby some images.
    prepare_devices(read_run(run_dir)[0].threads)
    info = translate(run_dir, source, dest, options)
    print(f"{dest}: {info.num_images} images translated {options.direction}")


if __name__ == "__main__":
    cli.run(define_flags, main, __doc__)
