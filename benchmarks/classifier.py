"""Seconds per epoch of LeNet: this package, Keras' fit and PyTorch, on the same images.

  pip install torch
  python benchmarks/classifier.py                          # 60,000 images, two threads
  python benchmarks/classifier.py --num_images=6400 --repeats=3 --isa=native,avx2

Each trains the same network with Adam on shuffled batches of 64, in a process of its own. After a
warm-up epoch they take turns, so that a slow moment of the machine affects all of them; medians are
reported. Without PyTorch its line is omitted. About --isa see benchmarks/variants.py.
"""

import argparse
import importlib.util
import os
import statistics
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
from variants import ISAS, Variant, serve

from gan_tf.classifiers.feed import training_dataset
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.classifiers.objective import Classifier
from gan_tf.classifiers.recipes.lenet import lenet, lenet_stages
from gan_tf.training.step import Step

BATCH_SIZE = 64
#: A study of 5,000 steps reads its loss after every tenth.
STEPS_PER_READING = 10


def ours(images: np.ndarray, labels: np.ndarray, num_threads: int) -> Callable[[], None]:
    """Return a function that trains an epoch with this package's batches, step and optimizer."""
    num_steps = len(images) // BATCH_SIZE
    batches = iter(training_dataset(ImageSet(images, labels), BATCH_SIZE, seed=0))
    (stage,) = lenet_stages(Classifier(lenet((28, 28, 1), 10, seed=0)), num_steps, {})
    step = Step(stage.phase, seed=0)

    def epoch() -> None:
        for first in range(0, num_steps, STEPS_PER_READING):
            metrics = step.run_several(first, min(STEPS_PER_READING, num_steps - first), batches)
            float(metrics["loss"])

    return epoch


def keras_fit(images: np.ndarray, labels: np.ndarray, num_threads: int) -> Callable[[], None]:
    """Return a function that trains an epoch with Keras' ``fit`` and Adam."""
    network = lenet((28, 28, 1), 10, seed=0)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(1e-3), loss)
    num_images = len(images) // BATCH_SIZE * BATCH_SIZE
    return lambda: network.fit(
        images[:num_images], labels[:num_images], batch_size=BATCH_SIZE, epochs=1, verbose=0
    )


def pytorch(images: np.ndarray, labels: np.ndarray, num_threads: int) -> Callable[[], None]:
    """Return a function that trains an epoch with PyTorch; images are converted batch by batch."""
    import torch
    from torch import nn

    torch.set_num_threads(num_threads)
    network = nn.Sequential(
        nn.Conv2d(1, 20, 5),
        nn.MaxPool2d(2),
        nn.Conv2d(20, 50, 5),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(800, 500),
        nn.ReLU(),
        nn.Linear(500, 10),
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
    targets = torch.from_numpy(labels.astype(np.int64))

    def epoch() -> None:
        order = torch.randperm(len(pixels))
        for start in range(0, len(order) - BATCH_SIZE + 1, BATCH_SIZE):
            indices = order[start : start + BATCH_SIZE]
            logits = network(pixels[indices].float() * 0.0125)
            loss = nn.functional.cross_entropy(logits, targets[indices])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return epoch


SIDES = {"gan_tf": ours, "keras fit": keras_fit, "pytorch": pytorch}


def main() -> None:
    """Time all in turn and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--num_images", type=int, default=60_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--isa", default="native", help=f"comma-separated: {', '.join(ISAS)}")
    parser.add_argument("--side", help="used by the benchmark itself")
    options = parser.parse_args()
    if options.side:
        epoch = warmed_up(SIDES[options.side], options)
        serve(epoch)
    else:
        compare(options)


def warmed_up(
    make: Callable[[np.ndarray, np.ndarray, int], Callable[[], None]], options: argparse.Namespace
) -> Callable[[], None]:
    """Return a function that trains an epoch and has done so once."""
    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(options.threads)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (options.num_images, 28, 28, 1), np.uint8)
    labels = rng.integers(0, 10, options.num_images).astype(np.int32)
    epoch = make(images, labels, options.threads)
    epoch()
    return epoch


def compare(options: argparse.Namespace) -> None:
    """Start a process for each side and instruction set and time them in turn."""
    sides = list(SIDES)
    if importlib.util.find_spec("torch") is None:
        print("PyTorch is not installed; its lines are omitted")
        sides.remove("pytorch")
    arguments = [__file__, f"--num_images={options.num_images}", f"--threads={options.threads}"]
    processes = {
        (isa, side): Variant([*arguments, f"--side={side}"], isa)
        for isa in options.isa.split(",")
        for side in sides
    }
    seconds = {key: [] for key in processes}
    for _ in range(options.repeats):
        for key, process in processes.items():
            seconds[key].append(process.seconds())
    for process in processes.values():
        process.close()
    medians = {key: statistics.median(times) for key, times in seconds.items()}
    for (isa, side), median in medians.items():
        print(
            f"{isa:6} {side:10} {median:8.2f} s per epoch of {options.num_images} images "
            f"({median / medians[isa, 'gan_tf']:.2f} x)"
        )


if __name__ == "__main__":
    main()
