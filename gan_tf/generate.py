"""Generate labeled synthetic images from a trained run.

  python -m gan_tf.generate --run_dir=runs/mnist --images_per_class=1000 --dest=synthetic --seed=1

The folder's manifest names the run and its checkpoint, and lists the hashes of the real images that
the generator was trained on, so that later commands can refuse to test on them.
"""

from pathlib import Path

from absl import flags

from data_tools import command_line
from data_tools.flag_table import FlagTable
from data_tools.options import define_options, options_from
from gan_tf import cli
from gan_tf.runs.options import SampleOptions


def define_flags() -> flags.FlagValues:
    """Return the flags of this command, not yet parsed."""
    define = FlagTable()
    define.folder("run_dir", "Run to sample from.")
    define.folder("dest", "Folder to create; must not exist.")
    define_options(define, SampleOptions)
    return define.values


def main(values: flags.FlagValues) -> None:
    """Generate images."""
    command_line.require(values, "run_dir", "images_per_class", "dest")
    run_dir, dest = Path(values.run_dir), Path(values.dest)
    options = options_from(values, SampleOptions)
    command_line.require_absent(values.dest)
    cli.import_tensorflow()

    from gan_tf.runs.directory import read_run
    from gan_tf.runs.generated_folder import generate
    from gan_tf.training.processes.devices import prepare_devices

    # A different number of threads changes the last bits and thereby some images.
    prepare_devices(read_run(run_dir)[0].threads)
    info = generate(run_dir, dest, options)
    print(f"{dest}: {info.num_images} images of {len(info.classes)} classes")


if __name__ == "__main__":
    cli.run(define_flags, main, __doc__)
