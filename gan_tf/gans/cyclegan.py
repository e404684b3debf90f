"""CycleGAN: image translation between two domains, learned without pairs.

Source: Zhu et al., "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial
Networks" (2017), sections 3, 4 and 5.2; [Fossen2020], section 4.3.
"""

from collections.abc import Callable, Mapping
from functools import partial

import keras
import tensorflow as tf

from data_tools.errors import InputError
from gan_tf.gans.family import network_options, require_multiple, require_real_labels
from gan_tf.gans.image_pool import ImagePool
from gan_tf.gans.losses import LEAST_SQUARES
from gan_tf.gans.options import FamilyOptions
from gan_tf.gans.regularization.options import changed_options
from gan_tf.inputs.training_images import resize_command
from gan_tf.networks import cyclegan as networks
from gan_tf.training.objective import Losses
from gan_tf.training.schedule import FixedSchedule, Update

GENERATORS = ("generator_ab", "generator_ba")
DISCRIMINATORS = {"a": ("discriminator_a",), "b": ("discriminator_b",)}
DIRECTIONS = {"a_to_b": "generator_ab", "b_to_a": "generator_ba"}
SMALLEST_EDGE = 24


def cyclegan(image_shape, class_counts, options):
    """Build the family; see ``gan_tf.gans.family.FamilyBuilder``."""
    if options.loss != "least_squares":
        raise InputError(
            f"--gan=cyclegan supports only --loss=least_squares, not {options.loss}; leave it out"
        )
    require_real_labels(options)
    spectral_norm = ["spectral_norm"] if options.spectral_norm else []
    for name in spectral_norm + changed_options(options):
        raise InputError(f"--{name} needs a --gan that generates images from noise")
    require_multiple(image_shape, 4, options)
    if min(image_shape[:2]) < SMALLEST_EDGE:
        larger = (max(edge, SMALLEST_EDGE) for edge in image_shape[:2])
        raise InputError(
            f"--gan=cyclegan takes images of at least {SMALLEST_EDGE}x{SMALLEST_EDGE} pixels, not "
            f"{image_shape[1]}x{image_shape[0]}; enlarge them with {resize_command(*larger)}"
        )

    num_blocks = options.residual_blocks or networks.num_residual_blocks(image_shape)

    def build_generator(name):
        return networks.build_generator(image_shape, num_blocks, network_options(options, name))

    def build_discriminator(name):
        return networks.build_discriminator(image_shape, network_options(options, name))

    builders = {name: partial(build_generator, name) for name in GENERATORS}
    builders |= {name: partial(build_discriminator, name) for (name,) in DISCRIMINATORS.values()}
    pools = {d: ImagePool(f"pool_{d}", image_shape, options.pool_size) for d in DISCRIMINATORS}
    return CycleGan(builders, pools, options)


class CycleGan:
    """An objective that translates images.

    A batch has ``image_a`` and ``image_b``, unpaired images of both domains. The generators
    minimize one total together; both cycle losses have gradients with respect to both of them.

    Args:
      builders: functions that build the networks, by name.
      pools: for each domain, the history of images that its discriminator sees.
      options: the family's options: ``cycle_weight`` (equation 3) and ``identity_weight`` (section
        5.2), which is relative to the former.
    """

    pixel_range = (-1.0, 1.0)
    generators = GENERATORS
    directions = DIRECTIONS

    def __init__(
        self,
        builders: Mapping[str, Callable[[], keras.Model]],
        pools: Mapping[str, ImagePool],
        options: FamilyOptions,
    ):
        self._builders = builders
        self._pools = pools
        self._cycle_weight = options.cycle_weight
        self._identity_weight = options.identity_weight * options.cycle_weight
        self.networks = {name: build() for name, build in builders.items()}
        self.state = {n: v for pool in pools.values() for n, v in pool.state.items()}

    def build_network(self, name):
        """See ``gan_tf.gans.family.Family``."""
        return self._builders[name]()

    def schedule(self, discriminator_steps, generator_steps):
        """See ``gan_tf.gans.family.Family``.

        With one step each, this is a single simultaneous update, as in the authors' code: the
        discriminators see images that the generators made before their own update.
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
        """Return the losses of an update; the batch has ``image_a`` and ``image_b``."""
        real = {"a": batch["image_a"], "b": batch["image_b"]}
        totals, metrics, state = {}, {}, {}
        if GENERATORS in update.groups:
            fake, terms = self._generator_losses(real)
            totals[GENERATORS] = tf.add_n([self._weight(n) * loss for n, loss in terms.items()])
            metrics = {f"loss/{name}": loss for name, loss in terms.items()}
            metrics["loss/generators"] = totals[GENERATORS]
        else:
            fake = {"a": self._generate("ba", real["b"]), "b": self._generate("ab", real["a"])}
        for domain, group in DISCRIMINATORS.items():
            if group in update.groups:
                pooled, pool_state = self._pools[domain].exchange(fake[domain], noise)
                scores = {
                    f"real_{domain}": self._discriminate(domain, real[domain]),
                    f"fake_{domain}": self._discriminate(domain, tf.stop_gradient(pooled)),
                }
                totals[group] = LEAST_SQUARES.discriminator(*scores.values())
                metrics[f"loss/discriminator_{domain}"] = totals[group]
                metrics |= LEAST_SQUARES.readings(**scores)
                state |= pool_state
        return Losses(totals, metrics, state)

    def _generator_losses(self, real):
        """Return translations of both domains and the generators' unweighted losses by name."""
        fake, losses = {}, {}
        for source, target in ("ab", "ba"):
            images = real[source]
            if self._identity_weight:
                # One call with both domains has fewer operations than two calls.
                both = self._generate(source + target, tf.concat([images, real[target]], axis=0))
                fake[target], same = tf.split(both, 2)
                losses[f"identity_{target}"] = _l1_distance(same, real[target])
            else:
                fake[target] = self._generate(source + target, images)
            back = self._generate(target + source, fake[target])
            losses[f"cycle_{source}"] = _l1_distance(back, images)
            # Section 4: generators minimize (D - 1)^2; the factor 1/2 in LEAST_SQUARES is meant to
            # slow down the discriminators only.
            scores = self._discriminate(target, fake[target])
            losses[f"adversarial_{source}{target}"] = 2.0 * LEAST_SQUARES.generator(None, scores)
        return fake, losses

    def _weight(self, loss):
        weights = {"cycle": self._cycle_weight, "identity": self._identity_weight}
        return weights.get(loss.partition("_")[0], 1.0)

    def _generate(self, direction, images):
        return self.networks[f"generator_{direction}"](images, training=True)

    def _discriminate(self, domain, images):
        return self.networks[f"discriminator_{domain}"](images, training=True)


def _l1_distance(first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
    """Return the L1 distance, averaged over batch, pixels and channels."""
    return tf.reduce_mean(tf.abs(first - second))
