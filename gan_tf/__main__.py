"""One entry point for every command: ``gan-tf train ...`` is ``python -m gan_tf.train ...``."""

import os
import sys

from data_tools import command_line

COMMANDS = {
    "train": "train a GAN on a labeled image folder",
    "generate": "write a labeled folder of synthetic images from a trained run",
    "translate": "translate images from one domain to another with a trained run",
    "filter": "keep the images classified correctly with the highest confidence",
    "evaluate": "measure whether synthetic images help a classifier",
    "compare": "join finished studies into one table with one verdict",
    "embed": "draw a map of real and synthetic images and measure how separable they are",
    "experiment": "run the stages of a flagfile, from raw images to the report",
}


def main() -> None:
    """Run the command that the first argument names with the remaining arguments."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in COMMANDS:
        os.execv(sys.executable, [sys.executable, "-m", f"gan_tf.{name}", *sys.argv[2:]])
    if name in command_line.HELP_FLAGS:
        command_line.show(command_line.usage("gan-tf", COMMANDS))
        sys.exit(0)
    sys.exit(command_line.refuse_command(name, COMMANDS))


if __name__ == "__main__":
    main()
