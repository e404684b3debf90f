"""Train a GAN on labeled images, or resume a run.

  python -m gan_tf.train --flagfile=experiments/mnist.flags
  python -m gan_tf.train --data=my_images --run_dir=runs/mine --epochs=100

The run directory holds checkpoints, sample grids, TensorBoard events and metrics. The same command
resumes an existing run.
"""

import math
import os
import warnings
from pathlib import Path

from absl import flags

from data_tools import command_line
from data_tools.errors import Caution, UsageError
from data_tools.flag_table import FlagTable
from data_tools.folders.options import FolderOptions
from data_tools.formats.record_keys import SchemaOptions
from data_tools.options import define_options, options_from
from gan_tf import cli
from gan_tf.gans import GANS
from gan_tf.metrics import EXTRACTORS, METRICS
from gan_tf.runs.config import TrainConfig, few_images_cautions, require_images_of_every_class
from gan_tf.runs.options import AlarmOptions, LogOptions

STRATEGIES = ("auto", "one_device", "mirrored", "multi_worker")


def define_flags() -> flags.FlagValues:
    """Return the flags of this command, not yet parsed."""
    define = FlagTable()
    define.folder("run_dir", "Folder of the run; an existing run is resumed.")
    define.source(
        "data",
        "Training images: a folder, TFRecords (a folder, a file, a pattern of files, or the URL of "
        "any of these: gs://bucket/records), idx files, tfds:NAME, sklearn:digits.",
    )
    define.source(
        "data_b",
        "Images of the second domain if --gan translates images; --data has the first.",
    )
    define.text(
        "domains",
        None,
        "Labels of the two domains as FIRST,SECOND; each is looked up in its own data.",
    )
    define_options(define, FolderOptions)
    define_options(define, SchemaOptions)
    define_options(define, TrainConfig)
    define.integer("steps", None, "Passes through the schedule of updates; or give --epochs.")
    define.integer("epochs", None, "Passes over the training images; or give --steps.")
    define.choice("strategy", "auto", STRATEGIES, "One device or several; see tf.distribute.")
    define.integer("replicas", 0, "Devices of --strategy=mirrored; 0 means all GPUs.", lower=0)
    define_options(define, LogOptions)
    define_options(define, AlarmOptions)
    define.switch("dry_run", "Print flags, parameters, steps, time and memory, and exit.")
    return define.values


def main(values: flags.FlagValues) -> int:
    """Train, and return the exit code."""
    command_line.require(values, "data", "run_dir")
    command_line.set_defaults(values, GANS[values.gan].defaults)
    if (values.steps is None) == (values.epochs is None):
        raise UsageError("give either --steps or --epochs")

    # Idle threads of NumPy's linear algebra would prevent forking the workers that decode images.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if "TF_CONFIG" in os.environ:
        # TensorFlow prints pages about a lost worker; our error is one line.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from gan_tf.runs.directory import refuse_unusable

    if not values.dry_run:
        refuse_unusable(Path(values.run_dir))
    images, resolved_input = _open_images(values)
    cli.import_tensorflow()

    from gan_tf.runs import estimate
    from gan_tf.runs.train_state import build_train_state
    from gan_tf.runs.training import data_card, train_run
    from gan_tf.training.processes.devices import fast_precision, prepare_devices
    from gan_tf.training.processes.strategy import make_strategy, num_workers

    threads = prepare_devices(values.threads)
    strategy = make_strategy(values.strategy, values.replicas)
    _require_compatible(values, strategy.num_replicas_in_sync, num_workers())
    batches_per_epoch = images.epoch_size / values.batch_size
    resolved = command_line.resolved(values) | {
        "input": resolved_input,
        "steps": values.steps or math.ceil(values.epochs * batches_per_epoch),
        "threads": threads,
        "jit_compile": "true" if values.jit_compile == "true" else "false",
        "precision": fast_precision() if values.precision == "auto" else values.precision,
    }
    config = options_from(resolved, TrainConfig, steps=resolved["steps"])
    flag_lines = command_line.flag_lines(resolved, leave_out=("dry_run", "epochs"))
    data = data_card(images)
    require_images_of_every_class(data)
    for caution in few_images_cautions(data):
        warnings.warn(caution, Caution, stacklevel=1)
    if values.dry_run:
        with strategy.scope():
            cost = estimate.estimated_cost(build_train_state(config, data), config, images)
        print("\n".join(flag_lines))
        print(estimate.as_text(cost, config, batches_per_epoch))
        return 0
    with strategy.scope():
        outcome = train_run(
            Path(values.run_dir),
            config,
            data,
            images,
            options_from(values, LogOptions),
            options_from(values, AlarmOptions),
            flag_lines,
        )
    if outcome.exit_code:
        print(f"stopped and saved at step {outcome.last_step}; the same command resumes the run")
    elif outcome.first_step >= config.steps:
        print(f"{values.run_dir} is already trained for {config.steps} steps")
    else:
        memory = estimate.peak_memory_bytes() / 2**30
        print(
            f"{values.run_dir}: trained from step {outcome.first_step} to {outcome.last_step}, "
            f"peak memory {memory:.1f} GiB"
        )
    return outcome.exit_code


def _require_compatible(values: flags.FlagValues, num_replicas: int, num_workers: int) -> None:
    """Raise UsageError for flags that do not work with this many replicas and workers."""
    if values.batch_size % num_replicas:
        raise UsageError(
            f"--batch_size={values.batch_size} cannot be divided among {num_replicas} replicas; "
            "use a multiple"
        )
    if values.jit_compile == "true" and num_replicas > 1:
        raise UsageError("--jit_compile=true needs one device; use --jit_compile=false")
    trained = [
        name
        for name in options_from(values, LogOptions).sample_metrics
        if EXTRACTORS[METRICS[name].extractor].is_trained
    ]
    if trained and num_replicas > 1:
        raise UsageError(
            f"--metrics={trained[0]} trains a classifier, which needs one device; use a metric of "
            "pixels"
        )
    if values.on_alarm == "roll_back" and num_workers > 1:
        raise UsageError("--on_alarm=roll_back needs a single worker; use --on_alarm=stop")


def _open_images(values: flags.FlagValues):
    """Open the training images; return them and the resolved ``--input``."""
    from data_tools.workers import default_num_workers
    from gan_tf.inputs.opening import open_domains, open_images

    kwargs = {
        "unlabeled": values.unlabeled,
        "nested": values.nested,
        "schema": values.schema,
        "num_workers": default_num_workers(),
    }
    if GANS[values.gan].translates:
        labels = values.domains.split(",") if values.domains else []
        return open_domains(values.data, values.data_b, labels, values.input, **kwargs)
    for name in ("data_b", "domains"):
        if values[name].value is not None:
            raise UsageError(
                f"--{name} is for a --gan that translates, not {values.gan}; leave it out"
            )
    if values.batch_size == 1:
        raise UsageError(
            f"--batch_size=1 leaves a {values.gan} nothing to normalize over; use 2 or more"
        )
    return open_images(values.data, values.input, **kwargs)


if __name__ == "__main__":
    cli.run(define_flags, main, __doc__)
