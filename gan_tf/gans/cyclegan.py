"""The CycleGAN: translates images of one domain into another, learned without pairs.

Source: Zhu et al., "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial
Networks" (2017), sections 3, 4 and 5.2; [Fossen2020], section 4.3.
"""

from collections.abc import Callable, Mapping
from functools import partial

import keras
import tensorflow as tf

from data_tools.errors import InputError
from gan_tf.gans.family import own_settings, require_edges, require_no_label_distribution
from gan_tf.gans.image_pool import ImagePool
from gan_tf.gans.losses import LEAST_SQUARES
from gan_tf.networks import cyclegan as networks
from gan_tf.training.objective import Losses
from gan_tf.training.schedule import FixedSchedule, Update

GENERATORS = ("generator_ab", "generator_ba")
DISCRIMINATORS = {"a": ("discriminator_a",), "b": ("discriminator_b",)}
DIRECTIONS = {"a_to_b": "generator_ab", "b_to_a": "generator_ba"}
SMALLEST_EDGE = 24


def cyclegan(
    image_shape,
    num_classes,
    *,
    latent_dim,
    loss,
    settings,
    label_probabilities=None,
    cycle_weight=10.0,
    identity_weight=0.5,
    pool_size=50,
    residual_blocks=0,
):
    """See ``gan_tf.gans.family.FamilyBuilder``.

    Args beside those that every family takes:
      cycle_weight, identity_weight: see ``CycleGan``.
      pool_size: how many generated images of each domain are kept for its discriminator.
      residual_blocks: of each generator; 0 is six up to 128 pixels and nine above.
    """
    if loss != "least_squares":
        raise InputError(f"--gan=cyclegan has --loss=least_squares, not {loss}")
    require_no_label_distribution(label_probabilities)
    if settings.spectral_norm:
        raise InputError("--spectral_norm is for a --gan that makes images from noise")
    require_edges(image_shape, 4, "cyclegan")
    if min(image_shape[:2]) < SMALLEST_EDGE:
        raise InputError(
            f"--gan=cyclegan takes images of at least {SMALLEST_EDGE}x{SMALLEST_EDGE} pixels, not "
            f"{image_shape[1]}x{image_shape[0]}; enlarge them with `data_tools convert "
            "--op=resize_images`"
        )

    num_blocks = residual_blocks or networks.num_residual_blocks(image_shape)

    def build_generator(name):
        return networks.build_generator(image_shape, num_blocks, own_settings(settings, name))

    def build_discriminator(name):
        return networks.build_discriminator(image_shape, own_settings(settings, name))

    builders = {name: partial(build_generator, name) for name in GENERATORS}
    builders |= {name: partial(build_discriminator, name) for (name,) in DISCRIMINATORS.values()}
    pools = {d: ImagePool(f"pool_{d}", image_shape, pool_size) for d in DISCRIMINATORS}
    return CycleGan(builders, pools, cycle_weight=cycle_weight, identity_weight=identity_weight)


class CycleGan:
    """An objective that can translate.

    A batch has ``image_a`` and ``image_b``, images of both domains that need not belong together.
    The generators minimize one total together; both cycles reach both of them.

    Args:
      builders: functions that build the networks, by name.
      pools: for each domain the history of images that its discriminator sees.
      cycle_weight: of the cycle-consistency loss (equation 3).
      identity_weight: of the identity loss (section 5.2), as a share of ``cycle_weight``.
    """

    pixel_range = (-1.0, 1.0)
    generators = GENERATORS
    directions = DIRECTIONS

    def __init__(
        self,
        builders: Mapping[str, Callable[[], keras.Model]],
        pools: Mapping[str, ImagePool],
        *,
        cycle_weight: float,
        identity_weight: float,
    ):
        self._builders = builders
        self._pools = pools
        self._cycle_weight = cycle_weight
        self._identity_weight = identity_weight * cycle_weight
        self.networks = {name: build() for name, build in builders.items()}
        self.state = {n: v for pool in pools.values() for n, v in pool.state.items()}

    def build_network(self, name):
        """See ``gan_tf.gans.family.Family``."""
        return self._builders[name]()

    def schedule(self, discriminator_steps, generator_steps):
        """See ``gan_tf.gans.family.Family``.

        Once each is one simultaneous update, which is what the authors' code computes: its
        discriminators see the images that the generators made before they moved.
        """
        discriminators = tuple(DISCRIMINATORS.values())
        if discriminator_steps == generator_steps == 1:
            return FixedSchedule(Update((GENERATORS, *discriminators)))
        updates = [Update((GENERATORS,))] * generator_steps
        updates += [Update(discriminators)] * discriminator_steps
        return FixedSchedule(
            *(update._replace(fresh_batch=index == 0) for index, update in enumerate(updates))
        )

    def translate(self, images, direction, generator=None):
        """See ``gan_tf.training.objective.Translator``."""
        generator = generator or self.networks[self.directions[direction]]
        return generator(images, training=False)

    def losses(self, update, batch, noise):
        """Losses of an update; the batch has ``image_a`` and ``image_b``."""
        real = {"a": batch["image_a"], "b": batch["image_b"]}
        totals, metrics, state = {}, {}, {}
        if GENERATORS in update.groups:
            fake, parts = self._generator_losses(real)
            totals[GENERATORS] = tf.add_n([self._weight(n) * loss for n, loss in parts.items()])
            metrics = {f"loss/{name}": loss for name, loss in parts.items()}
            metrics["loss/generators"] = totals[GENERATORS]
        else:
            fake = {"a": self._generated("ba", real["b"]), "b": self._generated("ab", real["a"])}
        for domain, group in DISCRIMINATORS.items():
            if group in update.groups:
                shown, pool_state = self._pools[domain].exchanged(fake[domain], noise)
                real_scores = self._scores(domain, real[domain])
                fake_scores = self._scores(domain, tf.stop_gradient(shown))
                totals[group] = LEAST_SQUARES.discriminator(real_scores, fake_scores)
                metrics[f"loss/discriminator_{domain}"] = totals[group]
                judged = {f"real_{domain}": real_scores, f"fake_{domain}": fake_scores}
                metrics |= LEAST_SQUARES.readings(**judged)
                state |= pool_state
        return Losses(totals, metrics, state)

    def _generator_losses(self, real):
        """Translations of both domains, and what the generators minimize by name, not weighted."""
        fake, losses = {}, {}
        for source, target in ("ab", "ba"):
            images = real[source]
            if self._identity_weight:
                # The generator sees both domains in one call: fewer operations than two.
                both = self._generated(source + target, tf.concat([images, real[target]], axis=0))
                fake[target], same = tf.split(both, 2)
                losses[f"identity_{target}"] = _distance(same, real[target])
            else:
                fake[target] = self._generated(source + target, images)
            back = self._generated(target + source, fake[target])
            losses[f"cycle_{source}"] = _distance(back, images)
            # Section 4: generators minimize (D - 1)^2; the half in LEAST_SQUARES is for the pace of
            # the discriminators.
            scores = self._scores(target, fake[target])
            losses[f"adversarial_{source}{target}"] = 2.0 * LEAST_SQUARES.generator(scores)
        return fake, losses

    def _weight(self, loss):
        weights = {"cycle": self._cycle_weight, "identity": self._identity_weight}
        return weights.get(loss.partition("_")[0], 1.0)

    def _generated(self, direction, images):
        return self.networks[f"generator_{direction}"](images, training=True)

    def _scores(self, domain, images):
        return self.networks[f"discriminator_{domain}"](images, training=True)


def _distance(first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
    """L1 distance, a mean over batch, pixels and channels."""
    return tf.reduce_mean(tf.abs(first - second))
