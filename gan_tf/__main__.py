"""One entry for every command: ``gan-tf train ...`` is ``python -m gan_tf.train ...``."""

import os
import sys

COMMANDS = {
    "train": "train a GAN on a labeled image folder",
    "generate": "write a labeled folder of synthetic images from a training run",
    "translate": "turn images of one domain into another's with a training run",
    "filter": "keep the images that a classifier is surest to know rightly",
    "evaluate": "measure whether synthetic images help a classifier",
    "compare": "join finished studies into one table with one verdict",
    "embed": "draw a map of real and synthetic images and say whether they lie apart",
    "experiment": "run the stages of a flagfile, from raw images to the report",
}


def usage() -> str:
    """The list of commands, one a line."""
    lines = ["usage: gan-tf COMMAND [--flag=value ...]", "", "commands (each has --help):"]
    return "\n".join([*lines, *(f"  {name:<12}{what}" for name, what in COMMANDS.items())])


def main() -> None:
    """Runs the command that the first word names with the words after it."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in COMMANDS:
        os.execv(sys.executable, [sys.executable, "-m", f"gan_tf.{name}", *sys.argv[2:]])
    elif name in ("-h", "--help"):
        print(usage())
    else:
        fault = f"'{name}' is not a command" if name else "no command is given"
        print(f"error: {fault}; choose one of {', '.join(COMMANDS)}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
