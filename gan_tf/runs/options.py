"""What a user chooses about a run beside its ``TrainConfig``; needs no TensorFlow."""

from dataclasses import dataclass

DIRECTIONS = ("a_to_b", "b_to_a")


@dataclass(frozen=True)
class LogOptions:
    """How often a run is logged, sampled and saved, in steps; 0 is only at its end.

    Attributes:
      log_every: scalars.
      sample_every: sample grids; or ``epoch``, after each step in which an epoch ends.
      checkpoint_every: checkpoints.
      keep_checkpoints: number of latest checkpoints to keep.
      best_metric: metric by which the best checkpoint is kept as well; None keeps none.
      best_mode: ``min`` or ``max``.
    """

    log_every: int = 50
    sample_every: int | str = 500
    checkpoint_every: int = 500
    keep_checkpoints: int = 3
    best_metric: str | None = None
    best_mode: str = "min"


@dataclass(frozen=True)
class AlarmOptions:
    """What happens when training goes wrong.

    Attributes:
      on_alarm: ``warn`` reports it and continues, unless a value is not finite; ``stop`` ends
        training at the latest checkpoint; ``roll_back`` resumes from there in another data order.
      alarm_patience: consecutive readings of the scalars that must agree before an alarm is raised.
      max_rollbacks: after this many, an alarm stops training.
    """

    on_alarm: str = "warn"
    alarm_patience: int = 20
    max_rollbacks: int = 3


@dataclass(frozen=True)
class TranslateOptions:
    """Which images are translated, and how the translations are written.

    Attributes:
      direction: a key of the family's ``directions``.
      num: number of images; None translates all.
      seed: decides which images and in what order; a smaller ``num`` gives the first of them.
      label: ``target`` labels each translation with the name of the domain that it is translated
        to, ``source`` keeps the label of its source image.
      step: checkpoint; None is the latest, ``best`` the best by the run's ``best_metric``.
      strip_metadata: leave out paths and groups of source images and of real images.
    """

    direction: str
    num: int | None = None
    seed: int = 0
    label: str = "target"
    step: int | str | None = None
    strip_metadata: bool = False
