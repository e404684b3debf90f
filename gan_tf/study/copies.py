"""Whether the synthetic images of a study are copies of its real training images."""

from collections.abc import Sequence
from typing import Any

from data_tools.formats.images import pixels_sha256
from gan_tf.inputs.images import LabeledImages
from gan_tf.metrics.copying import Copying, copying

#: Above this probability of lying nearer than unseen real images the nearest pairs need a look.
SUSPICIOUS = 0.75


def copies(
    real: LabeledImages, synthetic: Sequence[LabeledImages], test: LabeledImages
) -> list[dict[str, Any]]:
    """How near every synthetic set lies to the real training images, for results.json.

    Args:
      real: the training images of the study, taken for what the generators saw.
      synthetic: one set a GAN run; images that equal one of those that the set lists as trained on
        count as copies too.
      test: real images that no generator saw.
    """
    return [_entry(real, images, test) for images in synthetic]


def _entry(real: LabeledImages, images: LabeledImages, test: LabeledImages) -> dict[str, Any]:
    found = copying(images.images, real.images, test.images)
    seen = {pixels_sha256(pixels) for pixels in real.images}
    seen.update(image.pixels_sha256 for image in images.trained_on)
    num_equal = sum(pixels_sha256(pixels) in seen for pixels in images.images)
    return {
        "set": images.name,
        "num_images": len(images.images),
        "num_equal": num_equal,
        "num_compared": found.num_images,
        "closer": found.closer,
        "low": found.low,
        "high": found.high,
        "nearest": [
            {
                "synthetic": images.examples[pair[0]].path,
                "training": real.examples[pair[1]].path,
                "synthetic_index": pair[0],
                "training_index": pair[1],
                "difference": pair[2],
            }
            for pair in found.nearest
        ],
        "sentence": _sentence(found, num_equal, len(images.images)),
    }


def _sentence(found: Copying, num_equal: int, num_images: int) -> str:
    if num_equal:
        finding = "Copies found"
    elif found.low > SUSPICIOUS:
        finding = "Suspiciously near to the training images; look at the nearest pairs"
    else:
        finding = "No sign of copies"
    return (
        f"{finding}: {num_equal} of {num_images} synthetic images equal a training image, and one "
        f"lies nearer to the training images than an unseen real image does with probability "
        f"{found.closer:.2f} (95 % interval {found.low:.2f} to {found.high:.2f}, from "
        f"{found.num_images} images; 0.5 without copying)."
    )
