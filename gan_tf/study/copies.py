"""Whether the synthetic images of a study are copies of its real training images."""

from collections.abc import Sequence
from typing import Any

from gan_tf.inputs.images import LabelledImages
from gan_tf.metrics.copying import Copying, copying

#: Above this probability of lying nearer than unseen real images the nearest pairs need a look.
SUSPICIOUS = 0.75


def copies(
    real: LabelledImages, synthetic: Sequence[LabelledImages], test: LabelledImages
) -> list[dict[str, Any]]:
    """How near every synthetic set lies to the real training images, for results.json.

    Args:
      real: the training images of the study, taken for what the generators saw.
      synthetic: one set a GAN run.
      test: real images that no generator saw.
    """
    return [_entry(real, images, test) for images in synthetic]


def _entry(real: LabelledImages, images: LabelledImages, test: LabelledImages) -> dict[str, Any]:
    found = copying(images.images, real.images, test.images)
    return {
        "set": images.name,
        "num_images": found.num_images,
        "num_equal": found.num_equal,
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
        "sentence": _sentence(found),
    }


def _sentence(found: Copying) -> str:
    if found.num_equal:
        finding = "Copies found"
    elif found.low > SUSPICIOUS:
        finding = "Suspiciously near to the training images; look at the nearest pairs"
    else:
        finding = "No sign of copies"
    return (
        f"{finding}: {found.num_equal} of {found.num_images} synthetic images equal a training "
        "image, and one lies nearer to the training images than an unseen real image does with "
        f"probability {found.closer:.2f} (95 % interval {found.low:.2f} to {found.high:.2f}; 0.5 "
        "without copying)."
    )
