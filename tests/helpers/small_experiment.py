"""Experiments whose stages are commands of a small test module."""

from pathlib import Path

from gan_tf import cli, experiment

# python -m parts --read=PATH --write=PATH --text=T [--exit=N] [--wait=1]: writes what it read and
# T, and appends a line to executed.txt, so that a test can count its executions.
PARTS = """
import pathlib, sys, time
flags = dict(word[2:].split("=", 1) for word in sys.argv[1:])
with open("executed.txt", "a") as executed:
    executed.write(flags["text"] + "\\n")
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
    """Execute an experiment in this process and return its exit code."""
    return experiment.main(cli.parse(experiment.define_flags(), arguments))


def executed() -> list[str]:
    """Return the texts of the stages executed since the last call."""
    path = Path("executed.txt")
    lines = path.read_text().split() if path.exists() else []
    path.unlink(missing_ok=True)
    return lines
