"""Train a GAN on labeled images, or resume a run.

  python -m gan_tf.train --flagfile=experiments/mnist.flags
  python -m gan_tf.train --data=my_images --run_dir=runs/mine --epochs=100

The run directory holds checkpoints, sample grids, TensorBoard events and metrics. The same command
resumes an existing run.
"""

import math
import os
import warnings
from collections.abc import Mapping
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
from gan_tf.gans.options import AUTO
from gan_tf.metrics import EXTRACTORS, METRICS, TRANSFER_METRICS
from gan_tf.runs.choices import auto_gan
from gan_tf.runs.choices.choice import Choice
from gan_tf.runs.choices.time_budget import (
    StepTime,
    TimeBudget,
    as_text,
    best_trial,
    chosen_for_time,
)
from gan_tf.runs.config import TrainConfig
from gan_tf.runs.data.card import DataCard, few_images_cautions, require_images_of_every_class
from gan_tf.runs.data.suited import require_suited
from gan_tf.runs.options import AlarmOptions, LogOptions

LENGTHS = ("steps", "epochs", "hours")
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
    define.source(
        "validation_data",
        "Real images for --metrics, not trained on: the split validation of a data set, or all of "
        "one without splits. They choose the checkpoint, so they cannot be test images later.",
    )
    define.source(
        "unlabeled_data",
        "More training images, without labels: a folder, or a data set whose labels are ignored; "
        f"for --gan={' or '.join(name for name, gan in GANS.items() if gan.takes_unlabeled)}.",
    )
    define_options(define, FolderOptions)
    define_options(define, SchemaOptions)
    define_options(define, TrainConfig)
    define.integer("steps", None, "Passes through the schedule of updates; or give --epochs.")
    define.integer("epochs", None, "Passes over the training images; or give --steps.")
    define.number(
        "hours",
        None,
        "Time for training; or give --steps. Chooses the number of steps and, unless they are "
        "given, --width, --batch_size and --decay_start from the time of a step on this machine, "
        "once; a resumed run keeps them.",
        lower=0.001,
    )
    define.choice("strategy", "auto", STRATEGIES, "One device or several; see tf.distribute.")
    define.integer("replicas", 0, "Devices of --strategy=mirrored; 0 means all GPUs.", lower=0)
    define_options(define, LogOptions)
    define_options(define, AlarmOptions)
    define.switch("dry_run", "Print flags, parameters, steps, time and memory, and exit.")
    return define.values


def main(values: flags.FlagValues) -> int:
    """Train, and return the exit code."""
    command_line.require(values, "data", "run_dir")
    if sum(values[name].value is not None for name in LENGTHS) != 1:
        raise UsageError("give one of --steps, --epochs and --hours")

    # Idle threads of NumPy's linear algebra would prevent forking the workers that decode images.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if "TF_CONFIG" in os.environ:
        # TensorFlow prints pages about a lost worker; our error is one line.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from gan_tf.runs.directory import refuse_unusable

    run_dir = Path(values.run_dir)
    if not values.dry_run:
        refuse_unusable(run_dir)
    if values.gan == AUTO and (values.data_b or values.domains):
        values.gan = "cyclegan"
    require_suited(values.gan, values.flag_values_dict())
    choices = _recorded_choices(values, run_dir)
    images, resolved_input = _open_images(values)
    validation = _open_validation(values, images)
    cli.import_tensorflow()

    from gan_tf.runs import estimate
    from gan_tf.runs.data.card import data_card
    from gan_tf.runs.data.pseudo_labels import require_predictable
    from gan_tf.runs.train_state import build_train_state
    from gan_tf.runs.training import train_run
    from gan_tf.training.processes.devices import fast_precision, prepare_devices
    from gan_tf.training.processes.strategy import make_strategy, num_workers

    data = data_card(images)
    require_images_of_every_class(data)
    if values.gan == AUTO:
        if "gan" not in choices:
            choices["gan"] = _chosen_family(values, data)
        values.gan = choices["gan"].flags["gan"]
    command_line.set_defaults(values, GANS[values.gan].defaults)
    for choice in choices.values():
        command_line.set_defaults(values, choice.flags)
    threads = prepare_devices(values.threads)
    strategy = make_strategy(values.strategy, values.replicas)
    _require_compatible(values, strategy.num_replicas_in_sync, num_workers())
    for caution in few_images_cautions(data):
        warnings.warn(caution, Caution, stacklevel=1)
    resolved = command_line.resolved(values) | {
        "input": resolved_input,
        "threads": threads,
        "jit_compile": "true" if values.jit_compile == "true" else "false",
        "precision": fast_precision() if values.precision == "auto" else values.precision,
    }
    if values.epochs:
        resolved["steps"] = math.ceil(values.epochs * images.epoch_batches(values.batch_size))
    measured = None
    if values.hours and "hours" not in choices:
        with strategy.scope():
            choices["hours"], measured = _chosen_for_time(
                values, resolved, data, images, strategy.num_replicas_in_sync
            )
        resolved |= choices["hours"].flags
    config = options_from(resolved, TrainConfig, steps=resolved["steps"])
    require_predictable(data, config)
    flag_lines = command_line.flag_lines(resolved, leave_out=("dry_run", "epochs", "hours"))
    if values.dry_run:
        with strategy.scope():
            train_state = build_train_state(config, data)
            cost = estimate.estimated_cost(train_state, config, images, measured)
        print("\n".join(flag_lines))
        print(estimate.as_text(cost, config, float(images.epoch_batches(config.batch_size))))
        return 0
    with strategy.scope():
        outcome = train_run(
            run_dir,
            config,
            data,
            images,
            options_from(values, LogOptions),
            options_from(values, AlarmOptions),
            flag_lines,
            choices,
            validation,
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


def _recorded_choices(values: flags.FlagValues, run_dir: Path) -> dict[str, Choice]:
    """Return what an existing run chose when it was started; nothing for a new run."""
    from gan_tf.runs.directory import recorded_choice

    asked = {"gan": values.gan} if values.gan == AUTO else {}
    if values.hours:
        asked["hours"] = values.hours
    choices = {name: recorded_choice(run_dir, name, value) for name, value in asked.items()}
    return {name: choice for name, choice in choices.items() if choice}


def _chosen_family(values: flags.FlagValues, data: DataCard) -> Choice:
    """Choose a family and those of its options that are not given, and print them."""
    rules = [
        rule
        for rule in auto_gan.rules_for(data)
        if rule.flag == "gan" or not values[rule.flag].present
    ]
    print(auto_gan.as_text(data, rules), flush=True)
    return Choice(AUTO, {rule.flag: rule.value for rule in rules})


def _chosen_for_time(
    values: flags.FlagValues,
    resolved: Mapping[str, object],
    data: DataCard,
    images,
    num_replicas: int,
) -> tuple[Choice, StepTime]:
    """Choose what fits into --hours and print it; return it with the measured time of a step."""
    from gan_tf.runs.estimate import measured_step_time

    has_metrics = bool(options_from(values, LogOptions).sample_metrics)
    budget = TimeBudget(values.hours, images.epoch_size, has_metrics)
    config = options_from(resolved, TrainConfig, steps=1)
    given = {name for name in values if values[name].present}
    choice, trials = chosen_for_time(
        budget, config, given, lambda sized: measured_step_time(sized, data, images), num_replicas
    )
    print(as_text(trials, budget, choice.flags), flush=True)
    return choice, best_trial(trials).step_time


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
        if name in TRANSFER_METRICS or EXTRACTORS[METRICS[name].extractor].is_trained
    ]
    if trained and num_replicas > 1:
        raise UsageError(
            f"--metrics={trained[0]} trains a classifier, which needs one device; use a metric of "
            "pixels"
        )
    if values.pseudo_label_threshold and num_replicas > 1:
        raise UsageError("--pseudo_label_threshold trains a classifier, which needs one device")
    if values.hours and num_workers > 1:
        raise UsageError(
            "--hours needs a single worker, as several would measure different times; use the "
            "--steps that --hours chooses on one of them"
        )
    if values.on_alarm == "roll_back" and num_workers > 1:
        raise UsageError("--on_alarm=roll_back needs a single worker; use --on_alarm=stop")


def _open_images(values: flags.FlagValues):
    """Open the training images; return them and the resolved ``--input``."""
    from data_tools.workers import default_num_workers
    from gan_tf.inputs.opening import open_domains, open_images, open_partly_labeled

    kwargs = {
        "unlabeled": values.unlabeled,
        "nested": values.nested,
        "schema": values.schema,
        "num_workers": default_num_workers(),
    }
    if values.gan != AUTO and GANS[values.gan].translates:
        labels = values.domains.split(",") if values.domains else []
        return open_domains(values.data, values.data_b, labels, values.input, **kwargs)
    if values.batch_size == 1:
        raise UsageError(
            f"--batch_size=1 leaves --gan={values.gan} nothing to normalize over; use 2 or more"
        )
    if values.unlabeled_data:
        unlabeled = (values.unlabeled_data, values.unlabeled_share)
        return open_partly_labeled(values.data, *unlabeled, values.input, **kwargs)
    return open_images(values.data, values.input, **kwargs)


def _open_validation(values: flags.FlagValues, images):
    """Open the images of --validation_data; return None if it is not given."""
    from gan_tf.runs.data.validation import load_validation

    if values.validation_data is None:
        return None
    if not options_from(values, LogOptions).sample_metrics:
        raise UsageError("--validation_data is for --metrics; add some, for example cas_lenet")
    return load_validation(values.validation_data, images, values.nested, values.schema)


if __name__ == "__main__":
    cli.run(define_flags, main, __doc__)
