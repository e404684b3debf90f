"""Speed of the input pipelines against common readers, and the share of training time they take.

  python benchmarks/input.py [--repeats=3] [--parts=mnist,flowers,training] [--batches=150]

The readers shuffle the same images into batches of 64 and take turns in one process:

- memory: ours, decoded before the clock starts, as in a run;
- stream: ours, from TFRecords, windows of up to 8,192 images;
- files: ours, from the PNG files;
- tfds: ``tfds.builder_from_directory(...).as_dataset(...)`` on the same TFRecords, with a shuffle
  buffer of 8,192 images and prefetching; without its cache, which would keep these small sets in
  memory;
- tfds_cached: the same with its default cache, comparable to memory;
- keras: ``keras.utils.image_dataset_from_directory`` on the same images as PNG files, which lists
  them first and shuffles their names.

Each yields a first batch before its clock starts. MNIST: 60,000 PNGs of 28x28; flowers: 3,000
photos cropped to 64x64, PNG. Both are first written by data_tools from $GAN_TF_DATA_DIR. Training:
[Baker2018]'s conditional DCGAN, batch 64, on MNIST's TFRecords; the share of a step's time spent
waiting for its batch, from ``timing.jsonl`` without its first lines.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import gan_tf.inputs

BATCH_SIZE = 64
SHUFFLE_BUFFER = 8192
STEPS, LOG_EVERY = 60, 10


def data_tools(op: str, source: str, dest: Path, *flags: str) -> Path:
    """Convert a source with data_tools and return the destination."""
    command = [sys.executable, "-m", "data_tools", "convert", f"--op={op}"]
    subprocess.run(
        [*command, f"--data_dir={source}", f"--dest={dest}", *flags],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return dest


def mnist(folder: Path) -> tuple[Path, Path]:
    """Write MNIST's training images as PNG files and as TFRecords."""
    images = data_tools("idx_to_images", "mnist", folder / "mnist") / "train"
    return images, data_tools("convert_to_tfrecords", str(images), folder / "mnist_records")


def flowers(folder: Path) -> tuple[Path, Path]:
    """Write flower photos of 64x64 pixels as PNG files and as TFRecords."""
    images = data_tools("resize_images", "flower_photos", folder / "flowers", "--fit=crop")
    return images, data_tools("convert_to_tfrecords", str(images), folder / "flower_records")


def our_batches(data: Path, how: str) -> Iterator[object]:
    """Return the batches of this package, from memory or streamed."""
    return iter(gan_tf.inputs.dataset(str(data), BATCH_SIZE, seed=0, input_mode=how))


def tfds_batches(records: Path, caches: bool) -> Iterator[object]:
    """Return the batches of TFDS, with or without its cache."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    builder = tfds.builder_from_directory(str(records / "1.0.0"))
    reading = tfds.ReadConfig(try_autocache=caches)
    data = builder.as_dataset(split="train", shuffle_files=True, read_config=reading).repeat()
    return iter(data.shuffle(SHUFFLE_BUFFER).batch(BATCH_SIZE).prefetch(tf.data.AUTOTUNE))


def keras_batches(images: Path, size: int, color_mode: str) -> Iterator[object]:
    """Return the batches of Keras' reader of image folders."""
    import keras

    data = keras.utils.image_dataset_from_directory(
        str(images),
        image_size=(size, size),
        color_mode=color_mode,
        batch_size=BATCH_SIZE,
        shuffle=True,
        verbose=False,
    )
    return iter(data.repeat())


def images_per_second(batches: Iterator[object], num_batches: int) -> float:
    """Return the speed of a reader after its first batch."""
    next(batches)
    start = time.perf_counter()
    for _ in range(num_batches):
        next(batches)
    return num_batches * BATCH_SIZE / (time.perf_counter() - start)


def compare_readers(name: str, images: Path, records: Path, options: argparse.Namespace) -> None:
    """Print the median speed of every reader and its ratios to the common ones."""
    size, color_mode = {"mnist": (28, "grayscale"), "flowers": (64, "rgb")}[name]
    readers: dict[str, Callable[[], Iterator[object]]] = {
        "memory": lambda: our_batches(records, "memory"),
        "stream": lambda: our_batches(records, "stream"),
        "files": lambda: our_batches(images, "stream"),
        "tfds": lambda: tfds_batches(records, caches=False),
        "tfds_cached": lambda: tfds_batches(records, caches=True),
        "keras": lambda: keras_batches(images, size, color_mode),
    }
    rounds = []
    for _ in range(options.repeats):
        rounds.append({})
        for reader, open_batches in readers.items():
            batches = open_batches()
            rounds[-1][reader] = images_per_second(batches, options.batches)
            del batches  # Ends its threads before the next reader begins.
    for reader in readers:
        speed = statistics.median(one[reader] for one in rounds)
        ratios = {
            peer: statistics.median(one[reader] / one[peer] for one in rounds)
            for peer in ("tfds", "tfds_cached", "keras")
        }
        compared = ", ".join(f"{ratio:.2f} times {peer}" for peer, ratio in ratios.items())
        print(f"{name}, {reader}: {speed:,.0f} images/s; {compared}", flush=True)


def measure_training(records: Path, how: str, run_dir: Path) -> tuple[float, float]:
    """Return input share and seconds per step, medians of the later lines of ``timing.jsonl``."""
    command = [sys.executable, "-m", "gan_tf.train", f"--data={records}", f"--run_dir={run_dir}"]
    subprocess.run(
        [*command, f"--steps={STEPS}", f"--log_every={LOG_EVERY}", f"--input={how}"],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    lines = [json.loads(line) for line in (run_dir / "timing.jsonl").read_text().splitlines()]
    later = [line for line in lines if LOG_EVERY < line["step"] < STEPS]
    return (
        statistics.median(line["input_share"] for line in later),
        1 / statistics.median(line["steps_per_second"] for line in later),
    )


def compare_training(records: Path, folder: Path, repeats: int) -> None:
    """Print the share of training time that input takes, from memory and streamed."""
    results = {"memory": [], "stream": []}
    for number in range(repeats):
        for how, values in results.items():
            values.append(measure_training(records, how, folder / f"{how}_{number}"))
    for how, values in results.items():
        share, seconds = (statistics.median(column) for column in zip(*values, strict=True))
        print(f"training, {how}: {share:.2%} of step time is input, {seconds:.3f} s per step")


def main() -> None:
    """Run the requested parts and print their results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--batches", type=int, default=150)
    parser.add_argument("--parts", default="mnist,flowers,training")
    options = parser.parse_args()
    parts = options.parts.split(",")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if {"mnist", "training"} & set(parts):
            images, records = mnist(folder)
        if "mnist" in parts:
            compare_readers("mnist", images, records, options)
        if "flowers" in parts:
            compare_readers("flowers", *flowers(folder), options)
        if "training" in parts:
            compare_training(records, folder, options.repeats)


if __name__ == "__main__":
    main()
