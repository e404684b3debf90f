"""Speed of `convert_to_tfrecords` against a plain loop, measured in one run.

    python benchmarks/convert.py --images=DIR [--repeats=3] [--workers=2]

DIR is a labelled image folder; without it the 60,000 training images of MNIST are written as PNGs
from $GAN_TF_DATA_DIR first. The plain loop lists the folder, decodes each file with Pillow, builds
a `tf.train.Example` and writes it with TensorFlow, in one process. Ours decodes, validates, hashes,
and writes manifest, offsets and metadata as well. Both are measured inside a running interpreter,
in turns, so that what else the machine does hits both alike; TensorFlow's import (seconds) is not
counted against the plain loop, the start of the workers is counted against ours.
"""

import argparse
import io
import statistics
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
from PIL import Image

from data_tools.__main__ import main as data_tools


def plain_conversion(images: Path, shard: Path) -> int:
    """Writes all images of a labelled folder into one shard and returns their number."""
    import tensorflow as tf

    def bytes_feature(value):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))

    def int_feature(value):
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))

    count = 0
    with tf.io.TFRecordWriter(str(shard)) as writer:
        for label, folder in enumerate(sorted(images.iterdir())):
            if not folder.is_dir():
                continue
            for file in sorted(folder.iterdir()):
                data = file.read_bytes()
                pixels = np.asarray(Image.open(io.BytesIO(data)))
                feature = {
                    "image": bytes_feature(data),
                    "label": int_feature(label),
                    "height": int_feature(pixels.shape[0]),
                    "width": int_feature(pixels.shape[1]),
                }
                example = tf.train.Example(features=tf.train.Features(feature=feature))
                writer.write(example.SerializeToString())
                count += 1
    return count


def our_conversion(images: Path, dest: Path, num_workers: int) -> None:
    arguments = ["convert", "--op=convert_to_tfrecords", f"--data_dir={images}", f"--dest={dest}"]
    with redirect_stdout(io.StringIO()):
        assert data_tools([*arguments, f"--workers={num_workers}"]) == 0


def mnist_training_images(folder: Path) -> Path:
    """Writes MNIST's training images as PNGs and returns their folder."""
    with redirect_stdout(io.StringIO()):
        arguments = ["convert", "--op=idx_to_images", "--data_dir=mnist"]
        assert data_tools([*arguments, f"--dest={folder / 'mnist'}"]) == 0
    return folder / "mnist" / "train"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images = options.images or mnist_training_images(folder)
        plain, ours = [], []
        for number in range(options.repeats):
            start = time.perf_counter()
            count = plain_conversion(images, folder / f"plain-{number}")
            plain.append(time.perf_counter() - start)
            start = time.perf_counter()
            our_conversion(images, folder / f"ours_{number}", options.workers)
            ours.append(time.perf_counter() - start)
            print(f"round {number + 1}: plain {plain[-1]:.2f} s, ours {ours[-1]:.2f} s", flush=True)
    middle = statistics.median(plain), statistics.median(ours)
    print(
        f"{count} images, medians of {options.repeats}: plain {middle[0]:.2f} s "
        f"({count / middle[0]:.0f} images/s), ours with {options.workers} workers "
        f"{middle[1]:.2f} s ({count / middle[1]:.0f} images/s), ratio {middle[0] / middle[1]:.2f}"
    )


if __name__ == "__main__":
    main()
