"""Shares of planted copies, of unseen real and of synthetic images that are called near copies.

  python benchmarks/near_copies.py --training=runs/quality/fashion_mnist_3000
  python benchmarks/near_copies.py --training=runs/quality/ham10000_32_split --unseen_split=test

Copies of training images are changed in every way of ``CHANGES`` and looked up; unseen images are
those of another split of the same data.
"""

import argparse
import io
import time

import numpy as np
from PIL import Image

from gan_tf.inputs.images import load_images
from gan_tf.metrics.near_copies import NearCopies


def noisy(image: np.ndarray, deviation: float) -> np.ndarray:
    """Return an image with Gaussian noise, which is the same for images of one size."""
    noise = np.random.default_rng(0).normal(0, deviation, image.shape)
    return np.clip(image + noise, 0, 255).round().astype(np.uint8)


def with_pillow(image: np.ndarray, change) -> np.ndarray:
    """Return an image that a function of a Pillow image has changed."""
    changed = np.asarray(change(Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)))
    return changed.reshape(image.shape)


def compressed(image: Image.Image) -> Image.Image:
    """Return a Pillow image after JPEG compression of quality 80."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=80)
    return Image.open(file)


def moved(image: np.ndarray, pixels: int) -> np.ndarray:
    """Return an image moved down and to the right, with its border repeated."""
    height, width = image.shape[:2]
    padded = np.pad(image, ((pixels, 0), (pixels, 0), (0, 0)), mode="edge")
    return padded[:height, :width]


def enlarged(image: Image.Image, cut: int) -> Image.Image:
    """Return a Pillow image without pixels at each edge, enlarged to its size."""
    box = (cut, cut, image.width - cut, image.height - cut)
    return image.resize(image.size, Image.Resampling.BICUBIC, box=box)


CHANGES = {
    "noise of 2": lambda image: noisy(image, 2),
    "noise of 8": lambda image: noisy(image, 8),
    "JPEG of quality 80": lambda image: with_pillow(image, compressed),
    "brighter by 10": lambda image: np.minimum(image, 245) + np.uint8(10),
    "contrast of 90 %": lambda image: (128 + 0.9 * (image - 128.0)).round().astype(np.uint8),
    "mirrored": lambda image: image[:, ::-1],
    "turned by 90 degrees": lambda image: np.rot90(image),
    "moved by 1 pixel": lambda image: moved(image, 1),
    "moved by 2 pixels": lambda image: moved(image, 2),
    "cropped by 1 pixel": lambda image: with_pillow(image, lambda x: enlarged(x, 1)),
    "cropped by 2 pixels": lambda image: with_pillow(image, lambda x: enlarged(x, 2)),
    "turned by 5 degrees": lambda image: with_pillow(
        image, lambda x: x.rotate(5, Image.Resampling.BICUBIC)
    ),
    "turned by 10 degrees": lambda image: with_pillow(
        image, lambda x: x.rotate(10, Image.Resampling.BICUBIC)
    ),
}


def main() -> None:
    """Print a line for each change and kind of image."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--training", required=True, help="data set")
    parser.add_argument("--unseen_split", default="validation")
    parser.add_argument("--synthetic", help="images of a GAN")
    parser.add_argument("--planted", type=int, default=150, help="copies of each kind")
    parser.add_argument("--most", type=int, default=6000, help="training images, at most")
    options = parser.parse_args()
    training = some(load_images(options.training, "train").images, options.most)
    start = time.perf_counter()
    near_copies = NearCopies(training)
    print(f"{len(training)} training images: {time.perf_counter() - start:.1f} s")
    sources = some(training, options.planted)
    sets = {
        name: np.stack([change(image) for image in sources]) for name, change in CHANGES.items()
    }
    sets["unseen"] = load_images(options.training, options.unseen_split).images
    if options.synthetic:
        sets["synthetic"] = load_images(options.synthetic, "train").images
    for name, images in sets.items():
        start = time.perf_counter()
        are_copies = near_copies.matches(images).are_copies
        seconds = time.perf_counter() - start
        count = f"{are_copies.sum()} of {len(images)}"
        print(f"{name:20} {are_copies.mean():7.2%} ({count}) in {seconds:.1f} s", flush=True)


def some(images: np.ndarray, most: int) -> np.ndarray:
    """Return so many images in their order, drawn without replacement, or all of fewer."""
    chosen = np.random.default_rng(0).permutation(len(images))[:most]
    return images[np.sort(chosen)]


if __name__ == "__main__":
    main()
