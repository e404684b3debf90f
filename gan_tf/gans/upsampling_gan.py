"""The upsampling GAN of [Wolyniec2020]: one kind of image, no labels, 32 to 128 pixels.

Source: "Detección de lesiones cutáneas en imágenes basado en redes generativas adversarias" (2020),
chapter 4 and appendix A.3: one simultaneous update of both networks a batch of 32, Adam 1.5e-4 with
beta1 0.5, a preview of images of the same noise after each epoch.

Deviation: a preview has ten by ten images of averaged weights, where E has seven by seven of the
weights as they are.
"""

from data_tools.errors import InputError
from gan_tf.gans.adversarial import unconditional_gan
from gan_tf.gans.noise_to_image import simultaneous_schedule
from gan_tf.networks import upsampling_gan as networks

FACTORS = (1, 2, 3, 4)


def upsampling_gan(image_shape, num_classes, **choices):
    """See ``gan_tf.gans.family.FamilyBuilder``."""
    height, width, _ = image_shape
    edges = [factor * networks.BASE_EDGE for factor in FACTORS]
    if height != width or height not in edges:
        raise InputError(
            f"--gan=upsampling_gan takes square images of {', '.join(map(str, edges[:-1]))} or "
            f"{edges[-1]} pixels, not {width}x{height}; resize them with `data_tools convert "
            "--op=resize_images`"
        )
    return unconditional_gan(
        networks, image_shape, num_classes, order=simultaneous_schedule, **choices
    )
