"""Generate labeled synthetic images from a trained run.

  python -m gan_tf.generate --run_dir=runs/mnist --images_per_class=1000 --dest=synthetic --seed=1

The folder's manifest names the run and its checkpoint, and lists the hashes of the real images that
the generator was trained on, so that later commands can refuse to test on them.

With --interpolate, the folder has pictures of what lies between the generated images instead:
latents.png, classes.png and loop.gif.
"""

from pathlib import Path

from absl import flags

from data_tools import command_line
from data_tools.errors import UsageError
from data_tools.flag_table import FlagTable
from data_tools.options import define_options, option_names, options_from
from gan_tf import cli
from gan_tf.runs.interpolation.options import InterpolationOptions
from gan_tf.runs.options import SampleOptions


def define_flags() -> flags.FlagValues:
    """Return the flags of this command, not yet parsed."""
    define = FlagTable()
    define.folder("run_dir", "Run to sample from.")
    define.folder("dest", "Folder to create; must not exist.")
    define_options(define, SampleOptions)
    define.switch("interpolate", "Draw what lies between generated images instead.")
    define_options(define, InterpolationOptions)
    return define.values


def main(values: flags.FlagValues) -> None:
    """Generate images, or pictures of what lies between them."""
    _require_consistent(values)
    run_dir, dest = Path(values.run_dir), Path(values.dest)
    options = options_from(values, SampleOptions)
    command_line.require_absent(values.dest)
    cli.import_tensorflow()

    from gan_tf.runs.directory import read_run
    from gan_tf.runs.generated_folder import generate
    from gan_tf.runs.interpolation.interpolated_folder import interpolate
    from gan_tf.training.processes.devices import prepare_devices

    # A different number of threads changes the last bits and thereby some images.
    prepare_devices(read_run(run_dir)[0].threads)
    if values.interpolate:
        pictures = interpolate(run_dir, dest, options, options_from(values, InterpolationOptions))
        print(f"{dest}: {', '.join(pictures)}")
        if "classes.png" not in pictures:
            print("classes.png is left out: there are no two classes that the run can blend")
        return
    info = generate(run_dir, dest, options)
    print(f"{dest}: {info.num_images} images of {len(info.classes)} classes")


def _require_consistent(values: flags.FlagValues) -> None:
    """Raise UsageError if a flag is missing, or given without one that it needs."""
    if values.interpolate:
        command_line.require(values, "run_dir", "dest")
        for name in ("images_per_class", "strip_metadata"):
            if values[name].present:
                raise UsageError(f"--{name} has no effect with --interpolate; leave one out")
        return
    command_line.require(values, "run_dir", "images_per_class", "dest")
    for name in option_names(InterpolationOptions):
        if values[name].present:
            raise UsageError(f"--{name} needs --interpolate")


if __name__ == "__main__":
    cli.run(define_flags, main, __doc__)
