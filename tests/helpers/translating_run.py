"""A small CycleGAN between digits, and images for it to translate."""

from pathlib import Path

import numpy as np

from data_tools.formats.images import bytes_sha256, encode_png
from data_tools.formats.manifest import ImageRecord, TrainedOnImage, write_manifest
from data_tools.sources import Source, open_source
from gan_tf import translate
from gan_tf.cli import parse

TRAINING = [
    "--gan=cyclegan",
    "--data=sklearn:digits",
    "--domains=0,1",
    "--width=0.02",
    "--residual_blocks=1",
    "--batch_size=4",
    "--learning_rate=1e-3",
    "--ema_decay=0.9",
    "--threads=2",
]


def command(*arguments, module=translate):
    """Run a command of ``gan_tf``, given by its module."""
    return module.main(parse(module.define_flags(), arguments))


def digit_pixels(label: int, count: int) -> np.ndarray:
    """Return the first images of a digit, uint8 [count, 28, 28, 1]."""
    examples = [e for e in open_source("sklearn:digits").examples if e.label == str(label)]
    return np.stack([example.pixels() for example in examples[:count]])


def write_twos(folder: Path) -> Source:
    """Write five real twos of two patients and one synthetic two; return them as a source."""
    (folder / "2").mkdir(parents=True)
    records = []
    for index, image in enumerate(digit_pixels(2, 6)):
        encoded = encode_png(image)
        (folder / "2" / f"x{index}.png").write_bytes(encoded)
        origin = "synthetic:acgan@0123" if index == 5 else "real"
        group = None if index == 5 else f"patient{index % 2}"
        history = ({"operation": "resize_images", "arguments": {}},)
        record = ImageRecord(
            f"2/x{index}.png", "2", bytes_sha256(encoded), origin, group, history=history
        )
        records.append(record)
    trained_on = [TrainedOnImage("a" * 64, "b" * 64, "seen/by/acgan.png")]
    options = {"name": "twos", "class_names": ["2"], "arguments": {}, "trained_on": trained_on}
    write_manifest(folder, records=records, **options)
    return open_source(str(folder))
