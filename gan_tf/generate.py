"""Makes labeled synthetic images from a trained run.

  python -m gan_tf.generate --run_dir=runs/mnist --images_per_class=1000 --dest=synthetic --seed=1

The folder has a manifest that names run and checkpoint, and lists the hashes of the real images
that the generator saw, so that later steps can refuse to test on them.
"""

from pathlib import Path

from absl import flags

from data_tools import command_line
from data_tools.flag_table import FlagTable
from gan_tf import cli


def define_flags() -> flags.FlagValues:
    """The flags of this command, unparsed."""
    define = FlagTable()
    define.text("run_dir", None, "Run to sample from.")
    define.whole("images_per_class", None, "Images of each class.")
    define.text("dest", None, "Folder to make; must not exist.")
    define.seed("Same seed, same files.")
    cli.define_step(define)
    define.switch("strip_metadata", "Leave out names and groups of the real images, for sharing.")
    return define.values


def main(values: flags.FlagValues) -> None:
    """Generates as the flags say."""
    command_line.require(values, "run_dir", "images_per_class", "dest")
    run_dir = Path(values.run_dir)
    command_line.require_absent(values.dest)
    step = cli.checkpoint_step(values)
    cli.import_tensorflow()

    from gan_tf.runs.directory import read_run
    from gan_tf.runs.generated_folder import generate
    from gan_tf.training.processes.devices import prepare_devices

    # With another number of threads the last bits, and so some bytes, would be others.
    prepare_devices(read_run(run_dir)[0].threads)
    info = generate(
        run_dir,
        Path(values.dest),
        images_per_class=values.images_per_class,
        seed=values.seed,
        step=step,
        strip_metadata=values.strip_metadata,
    )
    print(f"{values.dest}: {info.num_images} images of {len(info.classes)} classes")


if __name__ == "__main__":
    cli.run(define_flags, main, __doc__)
