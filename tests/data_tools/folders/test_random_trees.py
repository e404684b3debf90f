"""Any tree of folders: every image is in the result, in quarantine, or named."""

import contextlib
import io
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from image_folders import random_image, run, tree, write_files

from data_tools.formats.dataset_info import read_dataset_info
from data_tools.formats.images import encode_png
from data_tools.formats.manifest import read_manifest

pytestmark = pytest.mark.filterwarnings("ignore::data_tools.errors.Caution")

#: Names that mean splits, labels or nothing, some of which are one label.
FOLDERS = ("train", "Training", "val", "test", "in", "a", "a ", "A", "b_c", "b", "c", ".git", "0")
FOLDERS += ("\u00e9", "e\u0301", "caf\udce9")
FILES = ("1.png", "2.jpg", "b_1.png", "scan", "notes.txt", ".hidden.png", "Thumbs.db", "broken.png")
FILES += ("\u00e9.png", "caf\udce9.png", "link.png", "loop")
#: Symbolic links: to an image outside of the tree, and to the folder that they are in.
LINKS = ("link.png", "loop")
folders = st.lists(st.sampled_from(FOLDERS), max_size=4)
trees = st.lists(st.tuples(folders, st.sampled_from(FILES)), min_size=1, max_size=8)


def written(root: Path, drawn) -> Path:
    """Write the files, whose contents differ, and return the root."""
    root.mkdir()
    (root.parent / "outside.png").write_bytes(encode_png(random_image(99)))
    files = {}
    for number, (parts, name) in enumerate(drawn):
        if name in LINKS:
            link = root.joinpath(*parts, name)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(root.parent / "outside.png" if name == "link.png" else link.parent)
            continue
        is_image = name != "broken.png" and not name.endswith((".txt", ".db"))
        # Gray, with transparency, and color.
        image = random_image(number, channels=(1, 4, 3)[number % 3])
        data = encode_png(image) if is_image else b"no image %d" % number
        files["/".join([*parts, name])] = data
    # A folder and a file cannot have one name.
    return write_files(root, files)


def named_in(path: str, entries: set[str], depth: int) -> bool:
    """Return whether an entry is the file, or a folder that it is in, below some folders."""
    inner = "/".join(path.split("/")[depth:])
    return any(inner == entry or inner.startswith(f"{entry}/") for entry in entries)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    trees,
    st.sampled_from(("fail", "skip", "quarantine")),
    st.sampled_from(((), ("--nested=flatten",), ("--nested=join",), ("--unlabeled",))),
    st.booleans(),
)
def test_every_image_is_in_the_result_in_quarantine_or_named(drawn, on_bad, flags, is_one_class):
    if is_one_class and flags != ("--nested=join",):
        flags = ("--unlabeled", "--nested=flatten")
    with tempfile.TemporaryDirectory() as folder:
        root, out = written(Path(folder) / "in", drawn), Path(folder) / "out"
        before = tree(root)
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors):
            code = run("idx_to_images", root, out, *flags, f"--on_bad={on_bad}", "--workers=1")
        assert tree(root) == before
        if code:
            # One line, which does not advise to leave out what may be a whole label.
            assert code in (1, 2)
            (line,) = errors.getvalue().splitlines()
            assert line.startswith("error: ")
            assert not out.exists()
            return
        left_out = {one["path"] for one in read_dataset_info(out).bad_images}
        kept = [(out / one.path).read_bytes() for one in read_manifest(out)]
        quarantine = tree(out / "_quarantine") if on_bad == "quarantine" else {}
        reasons = quarantine.pop("reasons.jsonl", b"").decode().splitlines()
        assert {json.loads(line)["path"] for line in reasons} <= left_out
        images = {path: data for path, data in before.items() if not path.endswith("Thumbs.db")}
        assert len(kept) == len(set(kept)) and set(kept) <= set(images.values())
        # Paths are relative to the folder that was read, which may be the only one in the root.
        assert any(
            all(
                data in kept or named_in(path, left_out, depth) or named_in(path, left_out, 0)
                for path, data in images.items()
            )
            for depth in range(5)
        )
        for path, data in quarantine.items():
            assert any(one.endswith(path) and before[one] == data for one in before)
