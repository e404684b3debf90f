"""Whether the synthetic images of a study are copies of its real training images."""

from collections.abc import Sequence
from typing import Any

from data_tools.formats.images import pixels_sha256
from gan_tf.inputs.images import LabeledImages
from gan_tf.metrics.copying import Copying, copying

#: A set is suspicious if the probability that a synthetic image is closer to the training images
#: than an unseen real image exceeds this.
SUSPICIOUS_PROBABILITY = 0.75


def copies(
    real: LabeledImages, synthetic: Sequence[LabeledImages], test: LabeledImages
) -> list[dict[str, Any]]:
    """Return how close each synthetic set is to the real training images, for results.json.

    Args:
      real: the training images of the study, assumed to be what the GANs were trained on.
      synthetic: one set per GAN run; images identical to one in the set's list of GAN training
        images count as copies too.
      test: real images that no GAN was trained on.
    """
    return [_entry(real, images, test) for images in synthetic]


def _entry(real: LabeledImages, images: LabeledImages, test: LabeledImages) -> dict[str, Any]:
    result = copying(images.images, real.images, test.images)
    seen = {pixels_sha256(pixels) for pixels in real.images}
    seen.update(image.pixels_sha256 for image in images.trained_on)
    num_equal = sum(pixels_sha256(pixels) in seen for pixels in images.images)
    return {
        "set": images.name,
        "num_images": len(images.images),
        "num_equal": num_equal,
        "num_compared": result.num_images,
        "closer": result.closer,
        "low": result.low,
        "high": result.high,
        "nearest": [
            {
                "synthetic": images.examples[synthetic_index].path,
                "training": real.examples[training_index].path,
                "synthetic_index": synthetic_index,
                "training_index": training_index,
                "difference": difference,
            }
            for synthetic_index, training_index, difference in result.nearest
        ],
        "sentence": _sentence(images.name, result, num_equal, len(images.images)),
    }


def _sentence(name: str, result: Copying, num_equal: int, num_images: int) -> str:
    if num_equal:
        finding = f"'{name}' contains copies of training images"
    elif result.low > SUSPICIOUS_PROBABILITY:
        finding = (
            f"'{name}' is suspiciously close to the training images (inspect the nearest pairs)"
        )
    else:
        finding = f"No sign of copying in '{name}'"
    return (
        f"{finding}: {num_equal} of {num_images} synthetic images are identical to a training "
        "image; a synthetic image is closer to the training images than an unseen real image with "
        f"probability {result.closer:.2f} (95% CI {result.low:.2f} to {result.high:.2f}, "
        f"{result.num_images} synthetic images compared; 0.50 without copying)."
    )
