"""Everything that determines what a run learns; imports no TensorFlow."""

from dataclasses import dataclass

from data_tools.options import option
from gan_tf.classifiers import CLASSIFIERS
from gan_tf.gans.options import LAGGING, LEADING, FamilyOptions
from gan_tf.inputs import INPUTS

JIT_CHOICES = ("auto", "true", "false")


@dataclass(frozen=True, kw_only=True)
class TrainConfig(FamilyOptions):
    """The config of a run; each field has the name of its flag.

    Runs with equal configs on equal data and machines have equal weights. A run is resumed only
    with the config that it was started with, except for more ``steps``. Values such as ``auto`` are
    resolved beforehand.

    Attributes:
      steps: number of passes through the schedule of updates.
    """

    steps: int
    batch_size: int = option(
        64, "Images per step; of each domain if --gan translates images.", lower=1
    )
    learning_rate: float = option(2e-4, "Learning rate of Adam for both networks.", lower=0.0)
    discriminator_learning_rate: float = option(
        0.0, "Learning rate of the discriminator; 0 means --learning_rate.", lower=0.0
    )
    decay_start: float = option(
        1.0,
        "Fraction of the steps after which learning rates decay linearly to 0; 1 means never.",
        lower=0.0,
        upper=1.0,
    )
    beta1: float = option(0.5, "Beta1 of Adam.", lower=0.0, upper=0.999999)
    discriminator_steps: int = option(1, "Discriminator updates per step.", lower=1)
    generator_steps: int = option(2, "Generator updates per step.", lower=1)
    unlabeled_share: float = option(
        0.5,
        "With --unlabeled_data: share of its images in a batch.",
        lower=0.01,
        upper=0.99,
    )
    pseudo_label_threshold: float = option(
        0.0,
        "With --unlabeled_data: give an image the label that a classifier of the labeled images "
        "predicts with at least this probability, such as 0.95; 0 gives none.",
        lower=0.0,
        upper=1.0,
    )
    pseudo_label_classifier: str = option(
        "resnet20",
        "With --pseudo_label_threshold: the classifier that predicts labels.",
        choices=tuple(name for name, entry in CLASSIFIERS.items() if not entry.takes_weights),
    )
    margin: float = option(
        0.0,
        "Retrain one network while the losses differ by more than this; 0 turns it off.",
        lower=0.0,
    )
    margin_trains: str = option(
        LAGGING,
        "Network that --margin retrains: with the larger loss (lagging) or the smaller (leading).",
        choices=(LAGGING, LEADING),
    )
    margin_updates: int = option(
        10, "Maximum number of extra updates per step with --margin.", lower=1
    )
    ema_decay: float = option(
        0.999, "Decay of the averaged generator weights.", lower=0.0, upper=0.999999
    )
    input: str = option(
        "auto",
        "Hold the decoded images in memory or stream them; auto streams images that would fill "
        "more than a quarter of the memory. A resumed run needs the same value, because the order "
        "of images depends on it.",
        choices=INPUTS,
    )
    threads: int = option(
        0,
        "CPU threads; 0 means all cores. A resumed run needs the same value, because rounding "
        "depends on it.",
        lower=0,
    )
    jit_compile: str = option(
        "auto",
        "Compile the step with XLA; auto means false. A resumed run needs the same value, because "
        "rounding depends on it.",
        choices=JIT_CHOICES,
    )
