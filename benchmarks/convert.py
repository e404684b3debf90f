"""Speed of ``convert_to_tfrecords`` against a plain loop.

  python benchmarks/convert.py --images=DIR [--repeats=3] [--workers=2]

DIR is a labeled image folder; by default the 60,000 training images of MNIST are first written as
PNGs from $GAN_TF_DATA_DIR. The plain loop lists the folder, decodes each file with Pillow, builds a
``tf.train.Example`` and writes it with TensorFlow, in one process. Ours decodes, validates, hashes,
and writes manifest, offsets and metadata as well. They take turns, each in a fresh process, so that
other load on the machine affects both. Imports are not timed, which saves the plain loop the
seconds of TensorFlow's; starting the workers is timed.
"""

import argparse
import io
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
from PIL import Image

from data_tools.__main__ import main as data_tools


def plain_conversion(images: Path, shard: Path) -> int:
    """Write all images of a labeled folder to one shard and return their number."""
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
    """Convert a labeled folder with data_tools."""
    arguments = ["convert", "--op=convert_to_tfrecords", f"--data_dir={images}", f"--dest={dest}"]
    with redirect_stdout(io.StringIO()):
        assert data_tools([*arguments, f"--workers={num_workers}"]) == 0


def mnist_training_images(folder: Path) -> Path:
    """Write MNIST's training images as PNGs and return their folder."""
    with redirect_stdout(io.StringIO()):
        arguments = ["convert", "--op=idx_to_images", "--data_dir=mnist"]
        assert data_tools([*arguments, f"--dest={folder / 'mnist'}"]) == 0
    return folder / "mnist" / "train"


def run_one(which: str, images: Path, dest: Path, num_workers: int) -> None:
    """Run one of the two conversions and print its seconds and CPU seconds."""
    if which == "plain":
        import tensorflow  # noqa: F401
    cpu = cpu_seconds()
    start = time.perf_counter()
    if which == "plain":
        plain_conversion(images, dest)
    else:
        our_conversion(images, dest, num_workers)
    print(time.perf_counter() - start, cpu_seconds() - cpu)


def cpu_seconds() -> float:
    """Return the CPU time of this process and of the children that it has waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def measure(which: str, images: Path, dest: Path, num_workers: int) -> tuple[float, float]:
    """Return the seconds and CPU seconds of one of the two conversions, in a process of its own."""
    command = [sys.executable, __file__, f"--run={which}", f"--images={images}", f"--dest={dest}"]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    result = subprocess.run(
        [*command, f"--workers={num_workers}"],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    seconds, cpu = map(float, result.stdout.split())
    return seconds, cpu


def main() -> None:
    """Time both conversions in turn and print the seconds of each round and the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--run", choices=("plain", "ours"), help=argparse.SUPPRESS)
    parser.add_argument("--dest", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        run_one(options.run, options.images, options.dest, options.workers)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images = options.images or mnist_training_images(folder)
        count = sum(1 for file in images.glob("*/*"))
        rounds = []
        for number in range(options.repeats):
            plain = measure("plain", images, folder / f"plain_{number}", options.workers)
            ours = measure("ours", images, folder / f"ours_{number}", options.workers)
            rounds.append((plain, ours))
            print(
                f"round {number + 1}: plain {plain[0]:.2f} s ({plain[1]:.2f} s of CPU), "
                f"ours {ours[0]:.2f} s ({ours[1]:.2f} s of CPU)",
                flush=True,
            )
    plain_seconds = statistics.median(plain[0] for plain, _ in rounds)
    our_seconds = statistics.median(ours[0] for _, ours in rounds)
    ratio = statistics.median(plain[0] / ours[0] for plain, ours in rounds)
    print(
        f"{count} images, medians of {options.repeats}: plain {plain_seconds:.2f} s "
        f"({count / plain_seconds:.0f} images/s), ours with {options.workers} workers "
        f"{our_seconds:.2f} s ({count / our_seconds:.0f} images/s); median ratio {ratio:.2f}"
    )


if __name__ == "__main__":
    main()
