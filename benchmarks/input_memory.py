"""Memory of a streamed pipeline over ten million records.

  python benchmarks/input_memory.py [--records=10000000] [--batches=5000]

MNIST's TFRecords, written from $GAN_TF_DATA_DIR, are listed again and again until the index has
that many records. Prints the resident memory of the process before and after the index is made, and
while batches of 64 are read from every part of it.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from input import BATCH_SIZE, mnist

from data_tools.sources import open_source
from gan_tf.inputs.blocks import BlockBuilder
from gan_tf.inputs.records import record_batches, record_decoder

SHAPE = (28, 28, 1)
NUM_READINGS = 5


def resident_megabytes() -> float:
    """Return the resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def report(what: str) -> None:
    """Print the memory."""
    print(f"{what}: {resident_megabytes():,.0f} MiB", flush=True)


def main() -> None:
    """Make the index, read batches and print the memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=10_000_000)
    parser.add_argument("--batches", type=int, default=5000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        _, records = mnist(Path(name))
        loaders = [example.load for example in open_source(str(records)).examples]
        decode = record_decoder(loaders[0].keys, SHAPE, is_16_bit=False)
        tf.constant(0)
        report("before the index")
        start = time.perf_counter()
        builder = BlockBuilder(int(np.prod(SHAPE)))
        for index in range(options.records):
            builder.append(loaders[index % len(loaders)])
        blocks = builder.blocks()
        seconds = time.perf_counter() - start
        report(
            f"index of {options.records:,} records in {len(blocks.sizes):,} blocks, {seconds:.0f} s"
        )
        labels = np.zeros(options.records, np.int32)
        batches = iter(record_batches(blocks, labels, decode, BATCH_SIZE, seed=0))
        for reading in range(NUM_READINGS):
            for _ in range(options.batches // NUM_READINGS):
                next(batches)
            report(f"after {(reading + 1) * options.batches // NUM_READINGS:,} batches")


if __name__ == "__main__":
    main()
