"""Time from a command to its first training step, and time of every command's ``--help``.

  python benchmarks/start.py [--repeats=3] [--first_steps=mnist,records]

The first step is that of [Baker2018]'s conditional DCGAN (batch 64, as in experiments/mnist.flags)
on MNIST's 60,000 training images: from the idx files of $GAN_TF_DATA_DIR, and from TFRecords that
are written first. The clock runs from the start of the process to the first line of
``metrics.jsonl``, which needs the step's result; then the process is killed.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gan_tf.__main__ import COMMANDS as GAN_COMMANDS

DATA_COMMANDS = ("convert", "inspect", "verify")
POLL_SECONDS = 0.01


def seconds_to_first_step(data: str, run_dir: Path) -> float:
    """Return the seconds from the start of a command to its first step on ``data``."""
    command = [sys.executable, "-m", "gan_tf.train", f"--data={data}", f"--run_dir={run_dir}"]
    start = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--epochs=1", "--log_every=1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    metrics = run_dir / "metrics.jsonl"
    try:
        while not (metrics.exists() and metrics.stat().st_size):
            if process.poll() is not None:
                raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
            time.sleep(POLL_SECONDS)
        return time.perf_counter() - start
    finally:
        process.kill()
        process.wait()


def write_records(folder: Path) -> str:
    """Write MNIST as TFRecords and return their folder."""
    dest = folder / "records"
    command = [sys.executable, "-m", "data_tools", "convert", "--op=convert_to_tfrecords"]
    subprocess.run(
        [*command, "--data_dir=mnist", f"--dest={dest}"], check=True, stdout=subprocess.DEVNULL
    )
    return str(dest)


def help_arguments() -> dict[str, list[str]]:
    """Return the arguments that show the help of each command, by the command's name."""
    arguments = {"data_tools": ["data_tools", "--help"], "gan_tf": ["gan_tf", "--help"]}
    arguments |= {f"data_tools {name}": ["data_tools", name, "--help"] for name in DATA_COMMANDS}
    return arguments | {f"gan_tf.{name}": [f"gan_tf.{name}", "--help"] for name in GAN_COMMANDS}


def seconds_of_help(arguments: list[str]) -> float:
    """Return the seconds of a command with ``--help``, which must exit with 0."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Print the time of every command's help and of the first training step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--first_steps", default="mnist,records")
    options = parser.parse_args()
    for name, arguments in help_arguments().items():
        seconds = statistics.median(seconds_of_help(arguments) for _ in range(options.repeats))
        print(f"{name} --help: {seconds:.2f} s")
    kinds = [kind for kind in options.first_steps.split(",") if kind]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        specs = {"mnist": "mnist"}
        if "records" in kinds:
            specs["records"] = write_records(folder)
        rounds = [
            {kind: seconds_to_first_step(specs[kind], folder / f"{kind}_{i}") for kind in kinds}
            for i in range(options.repeats)
        ]
    for kind in kinds:
        seconds = [one[kind] for one in rounds]
        print(
            f"first step on MNIST ({kind}): median {statistics.median(seconds):.1f} s of "
            f"{', '.join(f'{value:.1f}' for value in seconds)}",
            flush=True,
        )


if __name__ == "__main__":
    main()
