"""The upsampling GAN of [Wolyniec2020], without labels, for 32 to 128 pixels.

Source: "Detección de lesiones cutáneas en imágenes basado en redes generativas adversarias" (2020),
chapter 4 and appendix A.3: one simultaneous update of both networks per batch of 32, Adam with
learning rate 1.5e-4 and beta1 0.5, a sample grid from fixed noise after each epoch.

Deviation: a sample grid has ten by ten images from the averaged weights; that of
[Wolyniec2020] has seven by seven from the current weights.
"""

from data_tools.errors import InputError
from gan_tf.gans.adversarial import unconditional_gan
from gan_tf.gans.noise_to_image import simultaneous_schedule
from gan_tf.inputs.training_images import resize_command
from gan_tf.networks import upsampling_gan as networks

FACTORS = (1, 2, 3, 4)


def upsampling_gan(image_shape, class_counts, options):
    """Build the family; see ``gan_tf.gans.family.FamilyBuilder``."""
    height, width, _ = image_shape
    edges = [factor * networks.BASE_EDGE for factor in FACTORS]
    if height != width or height not in edges:
        edge = next((edge for edge in edges if edge >= max(height, width)), edges[-1])
        raise InputError(
            f"--gan=upsampling_gan takes square images of {', '.join(map(str, edges[:-1]))} or "
            f"{edges[-1]} pixels, not {width}x{height}; resize them, for example with "
            f"{resize_command(edge, edge)}"
        )
    return unconditional_gan(
        networks, image_shape, class_counts, options, schedule=simultaneous_schedule
    )
