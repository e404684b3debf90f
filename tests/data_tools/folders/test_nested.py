"""Folders inside label folders, and label folders that are one label."""

import pytest
from image_folders import convert, labeled_folder, tree, write_csv

from data_tools.errors import Caution, InputError, UsageError
from data_tools.formats.dataset_info import read_dataset_info
from data_tools.formats.manifest import read_manifest
from data_tools.sources import open_source

#: Two folders in the label a, with files of equal names, and a label without folders.
SIZES = {"a/x": 2, "a/y/z": 1, "a": 1, "b": 1}


def paths_and_files(source):
    return {one.path: one.load.path for one in source.examples}


def test_nested_folders_are_refused_with_their_images_counted_and_both_ways_to_read_them(tmp_path):
    root = labeled_folder(tmp_path, SIZES)
    with pytest.raises(InputError) as raised:
        open_source(root, allow_unexpected=True)
    message = str(raised.value)
    assert "has 3 images in folders inside label folders ('a/x', 'a/y');" in message
    assert "--nested=flatten (convert, inspect, train) to read 'a/x' as the label 'a'" in message
    assert message.endswith("or --nested=join as 'a_x'")
    assert "on_bad" not in message


def test_flatten_labels_images_by_the_top_folder_and_names_them_by_their_path(tmp_path):
    source = open_source(labeled_folder(tmp_path, SIZES), nested="flatten")
    assert source.class_names == ("a", "b")
    assert paths_and_files(source) == {
        "a/000.png": "a/000.png",
        "a/x_000.png": "a/x/000.png",
        "a/x_001.png": "a/x/001.png",
        "a/y_z_000.png": "a/y/z/000.png",
        "b/000.png": "b/000.png",
    }


def test_flatten_renames_a_file_whose_name_another_has(tmp_path):
    source = open_source(
        labeled_folder(tmp_path, SIZES | {"a/x_y": 1, "a/x/y": 1}), nested="flatten"
    )
    # x_y/000.png and x/y/000.png are both x_y_000.png; the folder x comes first.
    files = paths_and_files(source)
    assert files["a/x_y_000.png"] == "a/x/y/000.png"
    assert files["a/x_y_000_2.png"] == "a/x_y/000.png"
    assert len(files) == 7


def test_join_labels_images_by_all_their_folders(tmp_path):
    source = open_source(labeled_folder(tmp_path, SIZES), nested="join")
    assert source.class_names == ("a", "a_x", "a_y_z", "b")
    assert paths_and_files(source) == {
        "a/000.png": "a/000.png",
        "a_x/000.png": "a/x/000.png",
        "a_x/001.png": "a/x/001.png",
        "a_y_z/000.png": "a/y/z/000.png",
        "b/000.png": "b/000.png",
    }


def test_join_refuses_two_folders_of_one_joined_label(tmp_path):
    root = labeled_folder(tmp_path, {"a/b_c": 1, "a_b/c": 1})
    with pytest.raises(InputError, match="'a/b_c' and 'a_b/c' 'a_b_c'; rename one"):
        open_source(root, nested="join")


@pytest.mark.parametrize("nested", ["flatten", "join"])
def test_nested_folders_in_splits(tmp_path, nested):
    root = labeled_folder(tmp_path, {"train/a/x": 2, "train/b": 1, "test/a/x": 1})
    source = open_source(root, nested=nested)
    assert source.splits == ("train", "test")
    first = "train/a/x_000.png" if nested == "flatten" else "train/a_x/000.png"
    assert source.examples[0].path == first
    assert len(source.select("test").examples) == 1


def test_a_conversion_of_nested_folders_can_be_read_again(tmp_path):
    root = labeled_folder(tmp_path / "in", SIZES)
    before = tree(root)
    out = convert("idx_to_images", root, tmp_path / "out", "--nested=flatten")
    assert tree(root) == before
    assert sorted(before.values()) == sorted(
        (out / one.path).read_bytes() for one in read_manifest(out)
    )
    assert open_source(out).fingerprint == open_source(root, nested="flatten").fingerprint


def test_nested_folders_in_the_only_folder(tmp_path):
    labeled_folder(tmp_path / "in" / "photos", {"a/x": 1, "a/y": 1, "b/x": 1})
    with pytest.warns(Caution, match="has only the folder"):
        source = open_source(tmp_path / "in", nested="flatten")
    assert source.class_names == ("a", "b")
    # Without folders in b and c, these are inside the label a, as the flag says.
    labeled_folder(tmp_path / "one" / "a", {"b": 1, "c": 1})
    assert open_source(tmp_path / "one", nested="flatten").class_names == ("a",)
    with pytest.warns(Caution, match="has only the folder"):
        assert open_source(tmp_path / "one").class_names == ("b", "c")


def test_one_class_with_folders(tmp_path):
    root = labeled_folder(tmp_path / "faces", {".": 1, "x": 1, "y/z": 1})
    with pytest.raises(InputError, match="'x', 'y'.* with 2 images; .*add --nested=flatten"):
        open_source(root, unlabeled=True)
    source = open_source(root, unlabeled=True, nested="flatten")
    assert paths_and_files(source) == {
        "faces/000.png": "000.png",
        "faces/x_000.png": "x/000.png",
        "faces/y_z_000.png": "y/z/000.png",
    }
    with pytest.raises(UsageError, match="--nested=join .* not with --unlabeled"):
        open_source(root, unlabeled=True, nested="join")


def test_label_folders_that_differ_in_blanks_or_composition_are_one_label(tmp_path):
    sizes = {"a": 1, "a ": 2, "caf\u00e9": 1, "cafe\u0301": 1, " b": 1}
    root = labeled_folder(tmp_path, sizes)
    with pytest.warns(Caution) as cautions:
        source = open_source(root)
    (caution,) = cautions
    assert "' b' is read as the label 'b', 'a ' is read as the label 'a'" in str(caution.message)
    assert r"'cafe\u0301' is read as the label 'caf\xe9'" in str(caution.message)
    assert source.class_names == ("a", "b", "caf\u00e9")
    assert paths_and_files(source) == {
        "a/000.png": "a/000.png",
        "a/000_2.png": "a /000.png",
        "a/001.png": "a /001.png",
        "b/000.png": " b/000.png",
        "caf\u00e9/000.png": "cafe\u0301/000.png",
        "caf\u00e9/000_2.png": "caf\u00e9/000.png",
    }
    files = tree(root)
    assert all(one.read() == files[one.load.path] for one in source.examples)


def test_a_label_of_blanks_is_refused(tmp_path):
    with pytest.raises(InputError, match="label folder ' ' in .* is blank; rename it"):
        open_source(labeled_folder(tmp_path, {"a": 1, " ": 1}))


def test_labels_that_may_be_one_are_named_and_kept(tmp_path):
    root = labeled_folder(tmp_path, {"0": 1, "0.0": 1, "cat": 1, "Cat": 1, "cats": 1})
    with pytest.warns(Caution, match="'0' and '0.0'; 'Cat' and 'cat' are different labels"):
        source = open_source(root)
    assert source.class_names == ("0", "0.0", "Cat", "cat", "cats")


def test_names_of_a_data_set_with_a_manifest_are_taken_as_they_are(tmp_path):
    root = labeled_folder(tmp_path / "in", {"a": 1, "b": 1})
    with pytest.warns(Caution, match="'b' and 'B' are different"):
        out = convert("select_classes", root, tmp_path / "out", "--map=a=b,b=B")
    with pytest.warns(Caution, match="'b' and 'B' are different"):
        assert open_source(out).class_names == ("b", "B")
    labeled_folder(out, {"b/deep": 1})
    with pytest.warns(Caution), pytest.raises(InputError, match="'b/deep' .* neither an image"):
        open_source(out)


def test_images_are_known_by_the_paths_of_their_files(tmp_path):
    """In messages, in quarantine, in their history, in lists and in tables."""
    root = labeled_folder(tmp_path / "in", {"a/x": 2, "a/y": 1, "b": 1})
    (root / "a" / "x" / "bad.png").write_bytes(b"broken")
    read = ("--nested=flatten", "--on_bad=quarantine")
    out = convert("idx_to_images", root, tmp_path / "out", *read)
    assert (out / "_quarantine" / "a" / "x" / "bad.png").read_bytes() == b"broken"
    (bad,) = read_dataset_info(out).bad_images
    assert bad["path"] == "a/x/bad.png"
    assert bad["reason"].startswith("'a/x/bad.png' is not an image")
    assert {one.path: one.history[0]["path"] for one in read_manifest(out)} == {
        "a/x_000.png": "a/x/000.png",
        "a/x_001.png": "a/x/001.png",
        "a/y_000.png": "a/y/000.png",
        "b/000.png": "b/000.png",
    }
    lists = convert("export_labels", root, tmp_path / "lists", "--nested=join")
    listed = [line.split() for line in (lists / "lists.txt").read_text().splitlines()]
    assert ["a/x/000.png", "a_x"] in listed
    assert all((root / path).is_file() for path, _ in listed)
    rows = [("image", "label"), ("a/x/000.png", "p"), ("a/x/001.png", "q"), ("a/y/000.png", "q")]
    table = write_csv(tmp_path / "t.csv", [*rows, ("b/000.png", "p")])
    # Both by the files of the source and, later, by those of the earlier conversion.
    (root / "a" / "x" / "bad.png").unlink()
    for source, flags in ((root, ["--nested=flatten"]), (out, [])):
        dest = tmp_path / f"by_{source.name}"
        convert("sort_by_csv", source, dest, f"--csv={table}", *flags)
        assert {one.path for one in read_manifest(dest)} == {
            *("p/x_000.png", "q/x_001.png", "q/y_000.png", "p/000.png"),
        }
