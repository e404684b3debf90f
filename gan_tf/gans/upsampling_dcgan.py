"""The upsampling DCGAN of [Segura2019], without labels.

Source: "Implementación de Redes Generativas Adversarias (GANs) para la generación de imágenes de
tejido humano" (2019): batches of 100, one update of each network, then the margin rule with 0.1
(``gan_tf.gans.margin``). It states neither Adam's learning rate nor its decay rates; 2e-4 and 0.5
are those of [Baker2018].
"""

import warnings

from data_tools.errors import Caution
from gan_tf.gans.adversarial import unconditional_gan
from gan_tf.gans.family import require_multiple
from gan_tf.networks import upsampling_dcgan as networks

# [Segura2019] trained at 64 and 128 pixels. At this size its losses never came within the margin,
# and one network was retrained on the first batches endlessly; here extra updates are bounded.
DOUBTFUL_EDGE = 512


def upsampling_dcgan(image_shape, class_counts, options):
    """Build the family, with a caution if images are very large; see ``FamilyBuilder``."""
    require_multiple(image_shape, 16, options)
    if max(image_shape[:2]) >= DOUBTFUL_EDGE:
        warnings.warn(
            f"--gan=upsampling_dcgan at {image_shape[1]}x{image_shape[0]} pixels: in the only run "
            "on record at such a size the losses never came within the margin, and memory grows "
            "with area; watch margin/extra_updates, try --dry_run, or use smaller images",
            Caution,
            stacklevel=2,
        )
    return unconditional_gan(networks, image_shape, class_counts, options)
