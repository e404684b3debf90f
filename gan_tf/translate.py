"""Translates images from one domain to the other with a trained run.

  python -m gan_tf.translate --run_dir=runs/lesions --direction=a_to_b --data=nevi --dest=melanomas

--data holds labeled images of the run's size; of a split data set the training split is taken.
The folder has a manifest that names run, checkpoint and the source image of each translation, and
lists the hashes of the real images behind them, so that later steps can refuse to test on them.
"""

from pathlib import Path

from absl import flags

from data_tools import command_line
from data_tools.errors import UsageError
from data_tools.flag_table import FlagTable
from gan_tf import cli

DIRECTIONS = ("a_to_b", "b_to_a")
LABELS = ("target", "source")


def define_flags() -> flags.FlagValues:
    """The flags of this command, unparsed."""
    define = FlagTable()
    define.text("run_dir", None, "Run that translates.")
    define.choice("direction", None, DIRECTIONS, "From which domain to which.")
    define.text("data", None, "Images that are translated.")
    define.switch("unlabeled", "Read a folder of images without label folders as one class.")
    define.names("classes", "", "Labels that are translated; every label unless given.")
    define.choice(
        "label",
        "target",
        LABELS,
        "Of the translations: name of the domain that they are translated to, or as it was.",
    )
    define.whole(
        "num",
        None,
        "Translate so many images only, drawn by --seed; more begin with those of fewer.",
    )
    define.seed("Same seed, same files.")
    define.text("dest", None, "Folder to make; must not exist.")
    cli.define_step(define)
    define.switch(
        "strip_metadata",
        "Leave out names and groups of source images and real images, for sharing.",
    )
    return define.values


def main(values: flags.FlagValues) -> None:
    """Translates as the flags say."""
    command_line.require(values, "run_dir", "direction", "data", "dest")
    run_dir = Path(values.run_dir)
    command_line.require_absent(values.dest)
    step = cli.checkpoint_step(values)

    from gan_tf.inputs.domains import with_labels
    from gan_tf.inputs.images import open_split

    source = open_split(values.data, "train", unlabeled=values.unlabeled)
    if values.classes:
        source = with_labels(source, values.classes, "--classes", "--data")
    elif values.label == "target" and len(source.class_names) > 1:
        raise UsageError(
            f"--data={values.data} has {len(source.class_names)} labels, and all of its images "
            "would become the target domain's; choose with --classes, or keep them with "
            "--label=source"
        )
    cli.import_tensorflow()

    from gan_tf.runs.directory import read_run
    from gan_tf.runs.options import TranslateOptions
    from gan_tf.runs.translated_folder import translate
    from gan_tf.training.processes.devices import prepare_devices

    config, _ = read_run(run_dir)
    # With another number of threads the last bits, and so some bytes, would be others.
    prepare_devices(config.threads)
    options = TranslateOptions(
        values.direction,
        num=values.num,
        seed=values.seed,
        label=values.label,
        step=step,
        strip_metadata=values.strip_metadata,
    )
    info = translate(run_dir, source, Path(values.dest), options)
    print(f"{values.dest}: {info.num_images} images translated {values.direction}")


if __name__ == "__main__":
    cli.run(define_flags, main, __doc__)
