"""Peak memory of ``convert_to_tfrecords`` at 6,000 and at 60,000 images.

  python benchmarks/convert_memory.py [--images=DIR] [--workers=2]

DIR is a labeled image folder; by default the training images of MNIST are first written as PNGs
from $GAN_TF_DATA_DIR. The first tenth of each label is the small data set. Memory is the
proportional set size (pages shared after a fork count once) of the process and its workers, sampled
every 20 ms; the peaks and their ratio are printed.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from convert import mnist_training_images

_INTERVAL_SECONDS = 0.02


def proportional_set_size(process: int) -> int:
    """Return the memory of a process in bytes, 0 if it has ended."""
    try:
        with open(f"/proc/{process}/smaps_rollup") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0


def process_tree(process: int) -> list[int]:
    """Return a process and its children."""
    try:
        with open(f"/proc/{process}/task/{process}/children") as file:
            return [process, *map(int, file.read().split())]
    except OSError:
        return [process]


def peak_memory(images: Path, dest: Path, num_workers: int) -> int:
    """Return the peak memory of a conversion in bytes."""
    command = [sys.executable, "-m", "data_tools", "convert", "--op=convert_to_tfrecords"]
    process = subprocess.Popen(
        [*command, f"--data_dir={images}", f"--dest={dest}", f"--workers={num_workers}"],
        stdout=subprocess.DEVNULL,
    )
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(proportional_set_size, process_tree(process.pid))))
        time.sleep(_INTERVAL_SECONDS)
    assert process.returncode == 0
    return peak


def copy_first_tenth(images: Path, dest: Path) -> Path:
    """Copy the first tenth of each label's images and return their folder."""
    for label in sorted(path for path in images.iterdir() if path.is_dir()):
        (dest / label.name).mkdir(parents=True)
        names = sorted(os.listdir(label))
        for name in names[: len(names) // 10]:
            shutil.copy(label / name, dest / label.name)
    return dest


def main() -> None:
    """Print the peak memory of a small and a large conversion, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images = options.images or mnist_training_images(folder)
        small = copy_first_tenth(images, folder / "small")
        peaks = []
        for number, source in enumerate((small, images)):
            count = sum(1 for _ in source.glob("*/*"))
            peaks.append(peak_memory(source, folder / f"records_{number}", options.workers))
            print(f"{count} images: peak {peaks[-1] / 2**20:.1f} MiB", flush=True)
    print(f"ratio {peaks[1] / peaks[0]:.3f}")


if __name__ == "__main__":
    main()
