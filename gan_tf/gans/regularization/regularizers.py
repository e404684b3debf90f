"""Regularizers of a discriminator: terms that are added to its loss, listed in ``REGULARIZERS``."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import tensorflow as tf

from data_tools.errors import InputError
from gan_tf.gans.losses import AdversarialLoss
from gan_tf.gans.regularization.diff_augment import PixelRange, diff_augment
from gan_tf.gans.regularization.gradient_penalties import gradient_penalty, squared_gradient
from gan_tf.gans.regularization.options import RegularizationOptions
from gan_tf.training.noise import Noise


class Discrimination(NamedTuple):
    """What a discriminator saw and returned in an update.

    Attributes:
      real, fake: its inputs: images [batch, height, width, channels], then others such as one-hot
        labels.
      real_logits, fake_logits: float32 [batch, 1].
      critic: (inputs, name, noise) -> logits of other inputs; ``name`` keys the noise of dropout.
      score: (real, fake) -> logits of both, with the dropout and normalization of the given ones.
      noise: noise of the update.
      state: variables of the regularizers in use, by name.
      options: options of the family.
      pixel_range: (low, high) of images.
    """

    real: Sequence[tf.Tensor]
    fake: Sequence[tf.Tensor]
    real_logits: tf.Tensor
    fake_logits: tf.Tensor
    critic: Callable[[Sequence[tf.Tensor], str, Noise], tf.Tensor]
    score: Callable[[Sequence[tf.Tensor], Sequence[tf.Tensor]], tuple[tf.Tensor, tf.Tensor]]
    noise: Noise
    state: Mapping[str, tf.Variable]
    options: RegularizationOptions
    pixel_range: PixelRange


class Term(NamedTuple):
    """A float32 scalar, averaged over the batch, and the next values of variables by name."""

    value: tf.Tensor
    state: Mapping[str, tf.Tensor] = {}


class Regularizer(NamedTuple):
    """An entry of ``REGULARIZERS``.

    Attributes:
      function: returns the term of an update, without its weight.
      is_per_image: whether an image's logit must not depend on other images; layer normalization
        then replaces batch normalization.
      state: names of its variables, float32 scalars that start at 0.
    """

    function: Callable[[Discrimination], Term]
    is_per_image: bool = False
    state: tuple[str, ...] = ()


def wasserstein_penalty(seen: Discrimination) -> Term:
    """Return ``gradient_penalty`` between real and fake images."""
    return Term(
        gradient_penalty(
            lambda points: seen.critic(points, "between", seen.noise),
            seen.real,
            seen.fake,
            seen.noise,
        )
    )


def r1(seen: Discrimination) -> Term:
    """Return ``squared_gradient`` at real images as the discriminator sees them, augmented.

    The discriminator drops the same features as for its loss. With ``r1_every`` above 1 the mean is
    over one in so many images, from a random one on, which estimates that over all at a fraction of
    the cost, like the penalty in every so manyth step of Karras et al., "Analyzing and Improving
    the Image Quality of StyleGAN" (2020), section 3.1. Replicas whose number of examples it does
    not divide choose other images than one device does.
    """
    return _zero_centered(seen, "r1", "real")


def r2(seen: Discrimination) -> Term:
    """Return ``r1`` at generated images in place of real ones.

    Source: Mescheder et al., "Which Training Methods for GANs do actually Converge?" (2018),
    section 4.1.
    """
    return _zero_centered(seen, "r2", "fake")


def _zero_centered(seen: Discrimination, name: str, kind: str) -> Term:
    """Return the penalty at images of a kind, "real" or "fake"."""
    inputs, noise = getattr(seen, kind), seen.noise
    if seen.options.r1_every > 1:
        rows = noise.spaced_rows(name, seen.options.r1_every)
        inputs, noise = [tf.gather(x, rows) for x in inputs], noise.of_rows(rows)
    return Term(squared_gradient(lambda images: seen.critic(images, kind, noise), inputs))


def consistency(seen: Discrimination) -> Term:
    """Return the mean squared change of logits when images are changed, real plus fake.

    Source: Zhao et al., "Improved Consistency Regularization for GANs" (2021), algorithm 1 (bCR),
    with one weight for real and fake images, which are changed by ``consistency_augment``.

    Deviation: with ``diff_augment`` the images before this change are augmented ones.
    """
    changed = [
        [
            diff_augment(
                images,
                seen.options.consistency_augment,
                seen.noise,
                f"consistency/{name}",
                seen.pixel_range,
            ),
            *others,
        ]
        for name, (images, *others) in (("real", seen.real), ("fake", seen.fake))
    ]
    real_logits, fake_logits = seen.score(*changed)
    return Term(
        tf.reduce_mean((seen.real_logits - real_logits) ** 2)
        + tf.reduce_mean((seen.fake_logits - fake_logits) ** 2)
    )


LECAM_STATE = ("lecam/real", "lecam/fake")


def lecam(seen: Discrimination) -> Term:
    """Return the mean squared distance of logits from the average of the opposite kind's logits.

    Source: Tseng et al., "Regularizing Generative Adversarial Networks under Limited Data" (2021),
    R_LC = (D(x) - a_fake)^2 + (D(G(z)) - a_real)^2, where a_real and a_fake are exponential moving
    averages of mean logits, here over the updates before this one.

    Deviations: the averages start at 0, the logit of a discriminator that knows nothing, and the
    term counts from the first step; the authors' code starts it later and squares only distances
    that are positive for real and negative for fake images.
    """
    averages = dict(zip(("real", "fake"), map(seen.state.get, LECAM_STATE), strict=True))
    logits = {"real": seen.real_logits, "fake": seen.fake_logits}
    decay = seen.options.lecam_decay
    following = [
        decay * averages[kind] + (1.0 - decay) * tf.reduce_mean(logits[kind])
        for kind in ("real", "fake")
    ]
    return Term(
        tf.reduce_mean((logits["real"] - averages["fake"]) ** 2)
        + tf.reduce_mean((logits["fake"] - averages["real"]) ** 2),
        dict(zip(LECAM_STATE, following, strict=True)),
    )


REGULARIZERS = {
    "gradient_penalty": Regularizer(wasserstein_penalty, is_per_image=True),
    "r1": Regularizer(r1, is_per_image=True),
    "r2": Regularizer(r2, is_per_image=True),
    "consistency": Regularizer(consistency),
    "lecam": Regularizer(lecam, state=LECAM_STATE),
}


def regularizer_weights(options: RegularizationOptions, loss: AdversarialLoss) -> dict[str, float]:
    """Return the weights of the regularizers in use, by name.

    The weight of the gradient penalty is that of the loss, all others are options.

    Raises:
      InputError: consistency has a weight but no change to compare with.
    """
    if options.consistency_weight and not options.consistency_augment:
        raise InputError(
            "--consistency_weight compares images with changed ones, and --consistency_augment "
            "names no change; name one, such as translation"
        )
    by_loss = {"gradient_penalty": loss.gradient_penalty}
    weights = {
        name: by_loss[name] if name in by_loss else getattr(options, f"{name}_weight")
        for name in REGULARIZERS
    }
    return {name: weight for name, weight in weights.items() if weight}


def new_state(names: Iterable[str]) -> dict[str, tf.Variable]:
    """Return new variables of the named regularizers, under the strategy in scope."""
    # Replicas assign averages of their own examples; the mean is that of the global batch.
    options = {"trainable": False, "aggregation": tf.VariableAggregation.MEAN}
    return {
        variable: tf.Variable(0.0, **options)
        for name in names
        for variable in REGULARIZERS[name].state
    }
