"""Trains a GAN on labeled images, or goes on with a run that was stopped.

  python -m gan_tf.train --flagfile=experiments/mnist.flags
  python -m gan_tf.train --data=my_images --run_dir=runs/mine --epochs=100

The run directory then holds checkpoints, sample grids, TensorBoard events and metrics. The same
command on an existing run directory continues that run.
"""

import math
import os
import warnings
from dataclasses import fields
from pathlib import Path

from absl import flags

from data_tools import command_line
from data_tools.errors import Caution, UsageError
from data_tools.flag_table import FlagTable
from data_tools.options import define_options, options_from
from gan_tf import cli
from gan_tf.gans import GANS
from gan_tf.runs.config import TrainConfig, few_images_cautions

STRATEGIES = ("auto", "one_device", "mirrored", "multi_worker")
ALARM_ACTIONS = ("warn", "stop", "roll_back")
BEST_MODES = ("min", "max")


def define_flags() -> flags.FlagValues:
    """The flags of this command, unparsed."""
    define = FlagTable()
    define.text("run_dir", None, "Where the run is kept; an existing run goes on.")
    _define_data(define)
    define_options(define, TrainConfig)
    define.whole("steps", None, "Passes through the schedule of updates; or give --epochs.")
    define.whole("epochs", None, "Passes over the training images; or give --steps.")
    define.choice("strategy", "auto", STRATEGIES, "One device or many; see tf.distribute.")
    define.whole("replicas", 0, "Devices of --strategy=mirrored; 0 is all GPUs.", lower=0)
    _define_watch(define)
    define.switch("dry_run", "Print flags, parameters, steps, time and memory; do nothing else.")
    return define.values


def _define_data(define: FlagTable) -> None:
    define.text(
        "data", None, "Training images: a folder, TFRecords, idx files, tfds:NAME, sklearn:digits."
    )
    define.text(
        "data_b", None, "Images of the second domain, where --gan translates; --data has the first."
    )
    define.text("domains", None, "Labels of the two domains as FIRST,SECOND, each in its data.")
    define.switch("unlabeled", "Read a folder of images without label folders as one class.")


def _define_watch(define: FlagTable) -> None:
    define.whole("log_every", 50, "Steps between scalars.")
    define.whole_or_word(
        "sample_every",
        500,
        ["epoch"],
        "Steps between sample grids, or epoch: one after each; 0 is only at the end.",
    )
    define.whole(
        "checkpoint_every", 500, "Steps between checkpoints; 0 is only at the end.", lower=0
    )
    define.whole("keep_checkpoints", 3, "How many of the latest checkpoints stay.")
    define.text(
        "best_metric", None, "Keep one more checkpoint, the best by this name in metrics.jsonl."
    )
    define.choice("best_mode", "min", BEST_MODES, "Whether less or more is better.")
    define.choice(
        "on_alarm",
        "warn",
        ALARM_ACTIONS,
        "When training goes wrong; NaN stops the run under warn as well.",
    )
    define.whole("alarm_patience", 20, "Looks at scalars that must agree before an alarm.")
    define.whole("max_rollbacks", 3, "With --on_alarm=roll_back: how often.", lower=0)


def main(values: flags.FlagValues) -> int:
    """Trains as the flags say; returns the exit code."""
    command_line.require(values, "data", "run_dir")
    command_line.set_defaults(values, GANS[values.gan].defaults)
    if (values.steps is None) == (values.epochs is None):
        raise UsageError("give either --steps or --epochs")

    # Idle threads of NumPy's linear algebra would keep the workers that decode from being forked.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if "TF_CONFIG" in os.environ:
        # TensorFlow writes pages about a lost worker; ours is one line.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    images, chosen_input = _open_images(values)
    cli.import_tensorflow()

    from gan_tf.runs import estimate
    from gan_tf.runs.options import AlarmOptions, LogOptions
    from gan_tf.runs.train_state import build_train_state
    from gan_tf.runs.training import data_card, train_run
    from gan_tf.training.processes.devices import fast_precision, prepare_devices
    from gan_tf.training.processes.strategy import make_strategy, num_workers

    batches_per_epoch = images.epoch_size / values.batch_size
    chosen = command_line.resolved(values)
    chosen["input"] = chosen_input
    chosen["steps"] = values.steps or math.ceil(values.epochs * batches_per_epoch)
    chosen["threads"] = prepare_devices(values.threads)
    strategy = make_strategy(values.strategy, values.replicas)
    _require_strategy_can(values, strategy.num_replicas_in_sync, num_workers())
    chosen["jit_compile"] = "true" if values.jit_compile == "true" else "false"
    if values.precision == "auto":
        chosen["precision"] = fast_precision()
    config = options_from(chosen, TrainConfig, steps=chosen["steps"])
    log_options = LogOptions(**{field.name: chosen[field.name] for field in fields(LogOptions)})
    alarm_options = AlarmOptions(
        **{field.name: chosen[field.name] for field in fields(AlarmOptions)}
    )
    flag_lines = command_line.flag_lines(chosen, leave_out=("dry_run", "epochs"))
    data = data_card(images)
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
            Path(values.run_dir), config, data, images, log_options, alarm_options, flag_lines
        )
    if outcome.exit_code:
        print(f"stopped and saved at step {outcome.last_step}; the same command continues it")
    elif outcome.first_step >= config.steps:
        print(f"{values.run_dir} has had its {config.steps} steps; nothing to do")
    else:
        memory = estimate.peak_memory_bytes() / 2**30
        print(
            f"{values.run_dir}: steps {outcome.first_step} to {outcome.last_step} done, "
            f"at most {memory:.1f} GiB of memory"
        )
    return outcome.exit_code


def _require_strategy_can(values: flags.FlagValues, num_replicas: int, num_workers: int) -> None:
    """Raises UsageError for flags that so many replicas and workers cannot follow."""
    if values.batch_size % num_replicas:
        raise UsageError(
            f"--batch_size={values.batch_size} cannot be shared out to {num_replicas} replicas; "
            "use a multiple"
        )
    if values.jit_compile == "true" and num_replicas > 1:
        raise UsageError("--jit_compile=true needs one device; use --jit_compile=false")
    if values.on_alarm == "roll_back" and num_workers > 1:
        raise UsageError("--on_alarm=roll_back needs a single worker; use --on_alarm=stop")


def _open_images(values: flags.FlagValues):
    """The images that the family learns from, and whether they are in memory or streamed."""
    from data_tools.workers import default_num_workers
    from gan_tf.inputs.opening import open_domains, open_images

    how = {"unlabeled": values.unlabeled, "num_workers": default_num_workers()}
    if GANS[values.gan].translates:
        labels = values.domains.split(",") if values.domains else []
        return open_domains(values.data, values.data_b, labels, values.input, **how)
    for name in ("data_b", "domains"):
        if values[name].value is not None:
            raise UsageError(f"--{name} is for a --gan that translates, not {values.gan}")
    if values.batch_size == 1:
        raise UsageError(
            f"--batch_size=1 leaves a {values.gan} nothing to normalize over; use 2 or more"
        )
    return open_images(values.data, values.input, **how)


if __name__ == "__main__":
    cli.run(define_flags, main, __doc__)
