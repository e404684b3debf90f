"""Options of families with a discriminator that may have few images; imports no TensorFlow."""

from dataclasses import dataclass, fields

from data_tools.options import option
from gan_tf.gans.regularization import POLICIES


@dataclass(frozen=True)
class RegularizationOptions:
    """Augmentation of what the discriminator sees, and weights of regularizers; all off."""

    diff_augment: tuple[str, ...] = option(
        (),
        "Change all images that the discriminator sees, real and generated, at random: color, "
        "flip (left to right, not for digits and letters), translation, cutout; for few images.",
        choices=tuple(POLICIES),
    )
    mirror: bool = option(
        False,
        "Mirror half of the real images left to right, at random; not for digits and letters.",
    )
    lecam_weight: float = option(
        0.0, "Weight of the LeCam regularizer of the discriminator; 0.3 is a start.", lower=0.0
    )
    lecam_decay: float = option(
        0.99,
        "With --lecam_weight: decay of the averages of the discriminator's outputs.",
        lower=0.0,
        upper=0.999999,
    )
    consistency_weight: float = option(
        0.0,
        "Weight of the difference between the discriminator's outputs for an image and for the "
        "image changed by --consistency_augment; 10 is a start.",
        lower=0.0,
    )
    consistency_augment: tuple[str, ...] = option(
        ("translation",),
        "With --consistency_weight: the changes that leave the discriminator's output as it is.",
        choices=tuple(POLICIES),
    )
    r1_weight: float = option(
        0.0,
        "Weight of the R1 penalty, half the squared gradient of the discriminator at real images; "
        "1 is a start. Layer normalization replaces batch normalization in the discriminator.",
        lower=0.0,
    )
    r2_weight: float = option(
        0.0,
        "Weight of the R2 penalty, which is R1 at generated images; the authors of "
        "--loss=relativistic use both with one weight.",
        lower=0.0,
    )
    r1_every: int = option(
        1,
        "With --r1_weight or --r2_weight: take the penalty at one of every so many images of a "
        "batch; 4 costs about a quarter of the time of 1.",
        lower=1,
    )
    group_spectral_weight: float = option(
        0.0,
        "Weight of group spectral regularization of the generator, against images of rare classes "
        "that become alike; its authors use 0.5. For --gan=projection_gan.",
        lower=0.0,
    )


def changed_options(options: RegularizationOptions) -> list[str]:
    """Return the names of the regularization options that differ from their defaults.

    >>> changed_options(RegularizationOptions(mirror=True))
    ['mirror']
    """
    return [
        field.name
        for field in fields(RegularizationOptions)
        if getattr(options, field.name) != field.default
    ]
