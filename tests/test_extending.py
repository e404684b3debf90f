"""docs/extending.md: every step of the page is carried out in a copy of the tree and then used."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "extending.md"
COPIED = ("data_tools", "gan_tf", "experiments")
_BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.DOTALL | re.MULTILINE)


class Block(NamedTuple):
    """A fenced block: a new file, lines to add to a file, or commands."""

    kind: str
    path: str
    text: str


def sections() -> dict[str, list[Block]]:
    """Return the blocks of each section that has any, by heading."""
    _, *parts = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    blocks = {part.partition("\n")[0]: [Block(*m) for m in _BLOCK.findall(part)] for part in parts}
    return {heading: found for heading, found in blocks.items() if found}


SECTIONS = sections()


def add_lines(path: Path, diff: str) -> None:
    """Insert the ``+`` lines of a diff after the unmarked line above, which must be unique.

    Lines that start with ``-`` are replaced. Indentation is that of the file, after
    one column for the mark.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    position = None
    for marked in diff.splitlines():
        mark, line = marked[:1], marked[1:]
        if mark == "+":
            lines.insert(position, line)
            position += 1
            continue
        (index,) = [i for i, known in enumerate(lines) if known == line]
        if mark == "-":
            del lines[index]
            position = index
        else:
            position = index + 1
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("heading", SECTIONS)
def test_a_step_touches_at_most_two_files_and_shows_its_effect(heading):
    blocks = SECTIONS[heading]
    assert {block.kind for block in blocks} <= {"python", "diff", "console"}
    changed = [block.path for block in blocks if block.kind != "console"]
    assert all(changed) and 1 <= len(set(changed)) <= 2
    assert "--help" in "".join(block.text for block in blocks if block.kind == "console")


@pytest.mark.parametrize("heading", SECTIONS)
def test_a_step_works_as_written(heading, tmp_path):
    for folder in COPIED:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    for kind, path, text in SECTIONS[heading]:
        if kind == "python":
            assert not (tmp_path / path).exists(), f"{path} exists already"
            (tmp_path / path).write_text(text, encoding="utf-8")
        elif kind == "diff":
            add_lines(tmp_path / path, text)
        else:
            run_commands(text, tmp_path)


def run_commands(text: str, folder: Path) -> None:
    """Run the commands (``$ ``) of a console block; the lines after each must be in its output."""
    (folder / "bin").mkdir(exist_ok=True)
    python = folder / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    environment = os.environ | {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(folder),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *expected = part.replace("\\\n", " ").splitlines()
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        for line in expected:
            assert line.strip() in done.stdout, f"{command}\n{done.stdout}"
