"""Options of GAN families, which are flags of gan_tf.train; imports no TensorFlow."""

from dataclasses import dataclass

from data_tools.command_line import flag_lines
from data_tools.flag_table import MAX_SEED
from data_tools.options import option
from gan_tf.gans import GANS
from gan_tf.gans.regularization.options import RegularizationOptions

# The value of --gan that leaves the choice to ``gan_tf.runs.choices.auto_gan``.
AUTO = "auto"

# The names in ``gan_tf.gans.losses.LOSSES``, repeated here so that --help needs no TensorFlow.
LOSS_NAMES = ("non_saturating", "least_squares", "hinge", "wasserstein", "relativistic")

# The names that ``gan_tf.gans.noise_to_image.label_probabilities`` accepts.
LABEL_DISTRIBUTIONS = ("real", "uniform", "tempered")

# The network that ``gan_tf.gans.margin`` retrains.
LAGGING, LEADING = "lagging", "leading"

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16", "auto")


def _gan_help() -> str:
    """Return the help of ``--gan``, with the defaults that depend on it."""
    defaults = (
        f"{gan} defaults to {' '.join(flag_lines(entry.defaults))}"
        for gan, entry in GANS.items()
        if entry.defaults
    )
    return f"GAN family; auto chooses it for the data; {'; '.join(defaults)}."


@dataclass(frozen=True)
class FamilyOptions(RegularizationOptions):
    """A GAN family and its options.

    Every option of every family is a field here, read where the family needs it. A family raises
    InputError for a value that it cannot honor and ignores the options of other families.
    """

    gan: str = option("cdcgan", _gan_help(), choices=(AUTO, *GANS))
    loss: str = option("non_saturating", "Adversarial loss.", choices=LOSS_NAMES)
    spectral_norm: bool = option(
        False, "Use spectral instead of batch normalization in the discriminator."
    )
    label_distribution: str = option(
        "real",
        "Distribution of the labels of fake images in training; real uses those of the real batch.",
        choices=LABEL_DISTRIBUTIONS,
    )
    label_exponent: float = option(
        0.5,
        "With --label_distribution=tempered: labels are drawn in proportion to class size to this "
        "power; 0 is uniform, 1 follows the data.",
        lower=0.0,
        upper=1.0,
    )
    latent_dim: int = option(100, "Length of the latent vector.", lower=1)
    width: float = option(
        1.0,
        "Multiplier of hidden channels and units; 1 is the published network.",
        lower=0.001,
    )
    cycle_weight: float = option(
        10.0, "With --gan=cyclegan: weight of the cycle-consistency loss.", lower=0.0
    )
    identity_weight: float = option(
        0.5,
        "With --gan=cyclegan: weight of the identity loss, relative to --cycle_weight.",
        lower=0.0,
    )
    pool_size: int = option(
        50,
        "With --gan=cyclegan: size of the history of generated images for each discriminator.",
        lower=1,
    )
    residual_blocks: int = option(
        0,
        "With --gan=cyclegan: residual blocks per generator; 0 means 6 up to 128 pixels, 9 above.",
        lower=0,
    )
    precision: str = option(
        "float32",
        "Precision of hidden layers; auto picks the fastest on this machine.",
        choices=PRECISIONS,
    )
    seed: int = option(
        0,
        "Seed of initial weights, noise and data order; the same seed reproduces the run.",
        lower=0,
        upper=MAX_SEED,
    )
