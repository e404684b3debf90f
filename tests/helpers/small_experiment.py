"""Experiments whose stages are a small module made for them."""

from pathlib import Path

from gan_tf import cli, experiment

# python -m parts --read=PATH --write=PATH --text=T [--exit=N] [--wait=1]: writes what it read and
# T, and appends one line to runs.txt, so that a test can count how often it ran.
PARTS = """
import pathlib, sys, time
flags = dict(word[2:].split("=", 1) for word in sys.argv[1:])
with open("runs.txt", "a") as runs:
    runs.write(flags["text"] + "\\n")
print("working on", flags["text"])
if "wait" in flags:
    pathlib.Path(flags["write"]).mkdir()
    print("waiting", flush=True)
    time.sleep(60)
if "exit" in flags:
    sys.exit("error: --read=nowhere is not there; give a folder" if flags["exit"] == "1" else 7)
before = pathlib.Path(flags["read"]).read_text() if "read" in flags else ""
pathlib.Path(flags["write"]).write_text(before + flags["text"])
"""


TWO_STAGES = (
    "--name=two",
    "--let=word=one",
    "--stage=first: parts --text={word} --write={first}",
    "--stage=second: parts --read={first} --text=two --write={second}",
)


def run(*arguments: str) -> int:
    return experiment.main(cli.parse(experiment.define_flags(), arguments))


def runs() -> list[str]:
    """The texts of the stages that have run since the last call."""
    path = Path("runs.txt")
    lines = path.read_text().split() if path.exists() else []
    path.unlink(missing_ok=True)
    return lines
