"""The documents: links, flags and citation keys exist, and no room is missing."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from data_tools.operations import OPERATIONS
from gan_tf.__main__ import COMMANDS

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FLAGFILES = sorted(ROOT.glob("experiments/*.flags"))
#: Flags of pip, pytest, mkdocs and the like.
FOREIGN_FLAGS = {"dist", "editable", "strict"}
#: Folders of a package that are not rooms.
NOT_ROOMS = {"__pycache__"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_lead_to_files(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" not in target and not target.startswith("#"):
            assert (page.parent / target.partition("#")[0]).exists(), target


@pytest.fixture(scope="module")
def known_flags() -> set[str]:
    """Return the flags in the help of all commands, and those of the benchmarks."""
    commands = [["gan_tf", name] for name in COMMANDS]
    commands += [["data_tools", name] for name in ("inspect", "verify")]
    commands += [["data_tools", "convert", f"--op={name}"] for name in OPERATIONS]
    known = set(FOREIGN_FLAGS)
    for words in commands:
        words = [sys.executable, "-m", *words, "--help"]
        text = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        known |= set(re.findall(r"--(?:\[no\])?(\w+)", text))
    for path in ROOT.glob("benchmarks/*.py"):
        known |= set(re.findall(r'"--(\w+)"', path.read_text(encoding="utf-8")))
    return known


#: The page adds flags of its own, which tests/test_extending.py uses.
EXTENDING = ROOT / "docs" / "extending.md"


@pytest.mark.parametrize("page", sorted({*PAGES, *FLAGFILES} - {EXTENDING}), ids=name_of)
def test_flags_exist(page, known_flags):
    text = page.read_text(encoding="utf-8")
    if page.name == "CHANGELOG.md":  # its table of renamed flags has the old names
        text = re.sub(r"^ *\| command \| before .*?\n\n", "", text, flags=re.DOTALL | re.MULTILINE)
    named = set(re.findall(r"(?<![\w-])--([a-z]\w+)", text))
    assert named <= known_flags, named - known_flags


def test_citation_keys_are_listed():
    files = [*PAGES, *FLAGFILES]
    for folder in ("gan_tf", "data_tools", "tests", "benchmarks"):
        files += (ROOT / folder).rglob("*.py")
    key = re.compile(r"\[[A-Z][a-z]+(?:19|20)\d\d\]")
    listed = set(key.findall((ROOT / "docs/sources.md").read_text(encoding="utf-8")))
    assert len(listed) == 5
    for path in files:
        cited = set(key.findall(path.read_text(encoding="utf-8")))
        assert cited <= listed, f"{path}: {cited - listed}"


def test_the_picture_of_the_architecture_has_every_room():
    picture = (ROOT / "docs/images/architecture.svg").read_text(encoding="utf-8")
    shown = set(re.findall(r"[\w/]+", re.sub("<[^>]*>", " ", picture)))
    for package in ("data_tools", "gan_tf"):
        rooms = {path.name for path in (ROOT / package).iterdir() if path.is_dir()} - NOT_ROOMS
        assert rooms <= shown, rooms - shown
