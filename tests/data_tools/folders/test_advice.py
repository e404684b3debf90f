"""Errors about a layout: what they advise reads every image, and never leaves one out."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from image_folders import labeled_folder, run, tree

from data_tools.formats.manifest import read_manifest

pytestmark = pytest.mark.filterwarnings("ignore::data_tools.errors.Caution")


class Advice(NamedTuple):
    """A part of a message, and what it advises.

    Attributes:
      text: the part.
      flags: flags to add.
      data: folders to convert instead, and the flags for each; together they have all images.
      change: what a user does to the folder.
    """

    text: str
    flags: tuple[str, ...] = ()
    data: tuple[tuple[str, tuple[str, ...]], ...] = (("", ()),)
    change: Callable[[Path], object] = lambda root: None


def move(*pairs: tuple[str, str]) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        for before, after in pairs:
            (root / after).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(root / before, root / after)

    return change


FLATTEN = Advice("pass --nested=flatten", ("--nested=flatten",))
JOIN = Advice("or --nested=join", ("--nested=join",))
ONE_CLASS = Advice("pass --unlabeled --nested=flatten", ("--unlabeled", "--nested=flatten"))
ALONE = (("train", ()), ("test", ("--unlabeled",)))

LAYOUTS: dict[str, tuple[dict[str, int], str, tuple[Advice, ...]]] = {
    "nested classes": (
        {"a/x": 5, "a/y": 4, "b": 3},
        "has 9 images in folders inside label folders ('a/x', 'a/y')",
        (FLATTEN, JOIN),
    ),
    "nested classes in splits": (
        {"train/a/x": 5, "train/b": 4, "val/a": 3, "val/b": 1},
        "has 5 images in folders inside label folders ('train/a/x')",
        (FLATTEN, JOIN),
    ),
    "splits of unknown names": (
        {"seg_train/a": 3, "seg_train/b": 2, "seg_test/a": 1},
        "has 6 images in folders inside label folders",
        (
            FLATTEN,
            JOIN,
            Advice(
                "if 'seg_test', 'seg_train' are splits, name them train, validation or test",
                change=move(("seg_test", "test"), ("seg_train", "train")),
            ),
        ),
    ),
    "a flat test folder": (
        {"train/cat": 3, "train/dog": 2, "test": 4},
        "test has 4 images without label folders, but 'train' has label folders",
        (
            Advice("train alone;", data=ALONE),
            Advice("test alone is read as one class with --unlabeled", data=ALONE),
        ),
    ),
    "images beside label folders": (
        {"a": 3, "b": 2, ".": 4},
        "has 4 images ('000.png', '001.png', '002.png', ...) beside its label folders",
        (
            ONE_CLASS,
            Advice(
                "move them into the folder of their label",
                change=move(*((f"{n:03d}.png", f"c/{n:03d}.png") for n in range(4))),
            ),
        ),
    ),
    "images beside label folders of a split": (
        {"train/a": 3, "train/b": 2, "train": 1},
        "train has 1 image ('000.png') beside its label folders",
        (ONE_CLASS,),
    ),
    "no label folders": (
        {".": 4},
        "has 4 images and no label folders",
        (
            Advice("pass --unlabeled for one class", ("--unlabeled",)),
            Advice(
                "put them into one folder per label",
                change=move(*((f"{n:03d}.png", f"l{n}/{n:03d}.png") for n in range(4))),
            ),
        ),
    ),
    "a folder beside splits": (
        {"train/a": 3, "test/a": 2, "holdout/a": 4},
        "'holdout' in",
        (
            Advice("rename it (train, validation or test)", change=move(("holdout", "validation"))),
            Advice("move it out of", change=move(("holdout", "../out/holdout"))),
        ),
    ),
    "two folders of one split": (
        {"val/a": 3, "valid/a": 2, "train/a": 1},
        "both mean the split 'validation'",
        (Advice("or rename one", change=move(("valid", "test"))),),
    ),
    "one class with folders": (
        {"x": 3, ".": 2},
        "has 2 images",
        (ONE_CLASS,),
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_what_an_error_advises_keeps_every_image(tmp_path, capsys, name):
    sizes, found, advices = LAYOUTS[name]
    original = labeled_folder(tmp_path / "original", sizes)
    images = sorted(tree(original).values())
    assert len(images) == sum(sizes.values())
    for policy in ("fail", "skip", "quarantine"):
        assert run("idx_to_images", original, tmp_path / "out", f"--on_bad={policy}") == 1
        message = capsys.readouterr().err
        assert found in message
        assert message.count("\n") == 1
        assert "on_bad" not in message
        assert not (tmp_path / "out").exists()
    for number, advice in enumerate(advices):
        assert advice.text in message
        folder = tmp_path / str(number)
        root = shutil.copytree(original, folder / "in")
        advice.change(root)
        kept = []
        sources = [*advice.data, *([("../out", ())] if (folder / "out").exists() else [])]
        for part, (path, flags) in enumerate(sources):
            dest = folder / f"dest{part}"
            source = (root / path).resolve()
            assert run("idx_to_images", source, dest, *advice.flags, *flags, "--workers=1") == 0
            kept += [(dest / one.path).read_bytes() for one in read_manifest(dest)]
        assert sorted(kept) == images, advice.text
    assert sorted(tree(original).values()) == images
