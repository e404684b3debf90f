"""Options of runs other than their ``TrainConfig``; imports no TensorFlow.

Each field is a flag of the command that uses it, see ``data_tools.options``.
"""

from dataclasses import dataclass, fields
from typing import Any

from data_tools.flag_table import MAX_SEED
from data_tools.options import REQUIRED, option
from gan_tf.classifiers.weights import NO_WEIGHTS
from gan_tf.metrics import IMAGE_METRICS, METRICS, PRETRAINED_METRICS, TRANSFER_METRICS

DIRECTIONS = ("a_to_b", "b_to_a")
BEST = "best"
EPOCH = "epoch"
SAMPLE_METRICS = (*IMAGE_METRICS, *PRETRAINED_METRICS, *TRANSFER_METRICS)
STEP_HELP = "Checkpoint to use: a step, or best by the run's --best_metric; default: the latest."


@dataclass(frozen=True)
class SampleOptions:
    """How images are sampled from a trained run.

    Attributes:
      images_per_class: number of images of each class; grids and samplers ignore it.
      seed: image ``i`` of a class depends on this seed, the checkpoint, the class and ``i``.
      step: checkpoint; None for the latest, ``best`` for the best by the run's ``best_metric``.
      latent_scale: standard deviation of the latent vectors; 1 is that of training. Values below 1
        are a soft form of the truncation trick (Brock et al., 2019, section 3.1), which redraws
        numbers that are too large; unlike it, scaling also expands. Every family draws latent
        vectors of normal numbers; uniform ones would be scaled to a smaller or larger cube.
      labels: names of the classes to sample; empty for all.
      strip_metadata: whether to leave out paths and groups of the real images.
    """

    images_per_class: int | None = option(None, "Images of each class.", lower=1)
    seed: int = option(0, "Same seed, same images.", lower=0, upper=MAX_SEED)
    step: int | str | None = option(None, STEP_HELP, choices=(BEST,))
    latent_scale: float = option(
        1.0,
        "Standard deviation of the latent vectors. Below 1, images are more typical and less "
        "diverse; above 1 the reverse; 1 is that of training.",
        lower=0.0,
    )
    labels: tuple[str, ...] = option((), "Classes to generate; default: all.")
    strip_metadata: bool = option(
        False, "Leave out file names and groups of the real images, for sharing."
    )

    def arguments(self) -> dict[str, Any]:
        """Return, for dataset.json, the options besides the checkpoint that determine the images.

        The number of images and the seed are always included, others only if they differ from
        their defaults.
        """
        values = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        for name in ("step", "strip_metadata"):
            del values[name]
        always = ("images_per_class", "seed")
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, (value, default) in values.items()
            if name in always or value != default
        }


@dataclass(frozen=True)
class TranslateOptions:
    """The images that a run translates, and how the translations are written.

    Attributes:
      direction: a key of the family's ``directions``.
      num: number of images; None for all.
      seed: determines which images and in what order; a smaller ``num`` gives the first of them.
      label: ``target`` labels a translation with the name of the domain that it is translated to,
        ``source`` with the label of its source image.
      step: checkpoint; None for the latest, ``best`` for the best by the run's ``best_metric``.
      strip_metadata: whether to leave out paths and groups of source images and real images.
    """

    direction: str = option(REQUIRED, "Source and target domain.", choices=DIRECTIONS)
    num: int | None = option(
        None,
        "Number of images to translate, drawn by --seed; a smaller number gives the first of "
        "them; default: all.",
        lower=1,
    )
    seed: int = option(0, "Same seed, same files.", lower=0, upper=MAX_SEED)
    label: str = option(
        "target",
        "Label of a translation: the name of its target domain, or the label of its source image.",
        choices=("target", "source"),
    )
    step: int | str | None = option(None, STEP_HELP, choices=(BEST,))
    strip_metadata: bool = option(
        False, "Leave out file names and groups of source images and real images, for sharing."
    )


@dataclass(frozen=True)
class LogOptions:
    """How often a run is logged, sampled and saved, in steps; 0 means only at its end."""

    log_every: int = option(50, "Steps between lines of metrics.jsonl.", lower=1)
    sample_every: int | str = option(
        500,
        "Steps between sample grids, or epoch for one after each epoch; 0 means only at the end.",
        choices=(EPOCH,),
    )
    checkpoint_every: int = option(
        500, "Steps between checkpoints; 0 means only at the end.", lower=0
    )
    keep_checkpoints: int = option(3, "Number of latest checkpoints to keep.", lower=1)
    metrics: tuple[str, ...] = option(
        (),
        "Metrics of samples against real images: those of --validation_data or, without it, "
        "training images. Those that end in a classifier train it on other training images first; "
        "cas (classification accuracy score) trains it on samples every time and tests it on "
        "--validation_data.",
        choices=SAMPLE_METRICS,
    )
    metrics_every: int = option(
        0,
        "Steps between --metrics, each with a checkpoint; 0 means with every checkpoint.",
        lower=0,
    )
    metric_images: int = option(1000, "Maximum number of images that --metrics compares.", lower=2)
    weights: str = option(
        NO_WEIGHTS,
        "Pretrained weights of Inception-v3, for --metrics that end in its name: imagenet or a "
        "file of keras.applications, without top.",
    )
    best_metric: str | None = option(
        None, "Also keep the best checkpoint by this metric, one of metrics.jsonl or of --metrics."
    )
    best_mode: str | None = option(
        None,
        "Whether a lower or a higher --best_metric is better; default: the direction of one of "
        "--metrics, min for any other.",
        choices=("min", "max"),
    )

    @property
    def sample_metrics(self) -> tuple[str, ...]:
        """Names of the metrics of samples, including ``best_metric`` if it is one."""
        best = (self.best_metric,) if self.best_metric in SAMPLE_METRICS else ()
        return tuple(dict.fromkeys((*self.metrics, *best)))

    @property
    def resolved_best_mode(self) -> str:
        """``best_mode`` or, if it is not given, the direction of the metric."""
        known = METRICS.get(self.best_metric)
        return self.best_mode or (known.direction if known else "min")


@dataclass(frozen=True)
class AlarmOptions:
    """What happens when training goes wrong.

    Attributes:
      on_alarm: ``warn`` reports it and continues, unless a value is not finite; ``stop`` ends
        training at the latest checkpoint; ``roll_back`` resumes from there in a new data order.
      alarm_patience: number of consecutive log lines that must agree before an alarm is raised.
      max_rollbacks: number of rollbacks after which an alarm stops training.
    """

    on_alarm: str = option(
        "warn",
        "What to do when training goes wrong; NaN stops training under warn as well.",
        choices=("warn", "stop", "roll_back"),
    )
    alarm_patience: int = option(
        20,
        "Consecutive log lines that must agree before an alarm is raised; NaN and an exploded loss "
        "need one.",
        lower=1,
    )
    max_rollbacks: int = option(3, "Rollbacks allowed with --on_alarm=roll_back.", lower=0)
