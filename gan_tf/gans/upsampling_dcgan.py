"""The upsampling DCGAN of [Segura2019]: one kind of image, no labels.

Source: "Implementación de Redes Generativas Adversarias (GANs) para la generación de imágenes de
tejido humano" (2019): batches of 100, one update of each network, then the margin rule with 0.1
(``gan_tf.gans.margin``). It prints neither Adam's rate nor its decays; 2e-4 and 0.5 are those of
[Baker2018].
"""

import warnings

from data_tools.errors import Caution
from gan_tf.gans.adversarial import unconditional_gan
from gan_tf.gans.family import require_edges
from gan_tf.networks import upsampling_dcgan as networks

# [Segura2019] trained 64 and 128 pixels. At this edge its two losses never came within the margin,
# so that one network was trained on the first batches without end; here further updates are
# bounded.
DOUBTFUL_EDGE = 512


def upsampling_dcgan(image_shape, num_classes, **choices):
    """See ``gan_tf.gans.family.FamilyBuilder``; warns of images that are very large."""
    require_edges(image_shape, 16, "upsampling_dcgan")
    if max(image_shape[:2]) >= DOUBTFUL_EDGE:
        warnings.warn(
            f"--gan=upsampling_dcgan at {image_shape[1]}x{image_shape[0]} pixels: in the one such "
            "run on record the losses never came within the margin, and memory grows with area; "
            "look at margin/extra_updates, try --dry_run, or use smaller images",
            Caution,
            stacklevel=2,
        )
    return unconditional_gan(networks, image_shape, num_classes, **choices)
