"""Operations against values derived by hand or by a second, plain implementation."""

import pkgutil

import numpy as np
import pytest
from image_folders import (
    convert,
    idx_bytes,
    labeled_folder,
    paths,
    random_image,
    run,
    tree,
    write_files,
)

from data_tools import operations
from data_tools.__main__ import main
from data_tools.conversion.options import ConversionOptions
from data_tools.formats.dataset_info import read_dataset_info
from data_tools.formats.images import encode_png
from data_tools.formats.manifest import read_manifest
from data_tools.operations import OPERATIONS
from data_tools.sources import open_source

#: Flags with which each operation works on a small labeled folder.
SMALL_FLAGS = {
    "convert_to_tfrecords": [],
    "crop_images": ["--height=4", "--width=3"],
    "export_labels": [],
    "idx_to_images": [],
    "invert_images": [],
    "merge_datasets": [],
    "remove_duplicates": [],
    "resize_images": ["--height=4", "--width=5"],
    "select_classes": ["--keep=a"],
    "slice_dataset": ["--size=1"],
    "sort_by_csv": [],
    "split_dataset": ["--fractions=0.5,0.5"],
    "tfrecords_to_images": [],
}


def test_every_operation_is_tested_and_every_module_is_in_the_table():
    assert set(SMALL_FLAGS) == set(OPERATIONS)
    modules = {module.name for module in pkgutil.iter_modules(operations.__path__)}
    assert {operation.module for operation in OPERATIONS.values()} == modules
    for operation in OPERATIONS.values():
        assert issubclass(operation.options_class(), ConversionOptions)


@pytest.fixture
def small_csv(tmp_path):
    file = tmp_path / "labels.csv"
    rows = [f"{label}/{number:03d},x" for label in "ab" for number in range(4)]
    file.write_text("image,label\n" + "\n".join(rows) + "\n")
    return file


@pytest.mark.parametrize("op", OPERATIONS)
@pytest.mark.parametrize("kind", ["folder", "records", "idx"])
def test_every_operation_reads_every_kind_of_source_without_changing_it(
    op, kind, tmp_path, small_csv
):
    source = labeled_folder(tmp_path / "in", {"a": 4, "b": 4})
    if kind == "records":
        source = convert("convert_to_tfrecords", source, tmp_path / "records")
    if kind == "idx":
        images = random_image(3, 64, 8, 1).reshape(8, 8, 8)
        labels = np.repeat(np.arange(2, dtype=np.uint8), 4)
        files = {
            "train-images-idx3-ubyte": idx_bytes(images, compressed=False),
            "train-labels-idx1-ubyte": idx_bytes(labels, compressed=False),
        }
        source = write_files(tmp_path / "idx", files)
        small_csv.write_text("image,label\n" + "".join(f"{n:05d},x\n" for n in range(8)))
    before = tree(source)
    flags = list(SMALL_FLAGS[op])
    if op == "select_classes" and kind == "idx":
        flags = ["--keep=0"]
    if op == "merge_datasets":
        flags += [f"--data_dir2={source}"]
    if op == "sort_by_csv":
        flags += [f"--csv={small_csv}"]
    dest = convert(op, source, tmp_path / "out", *flags)
    assert tree(source) == before
    if op != "export_labels":
        assert main(["verify", str(dest), "--workers=1"]) == 0


def test_operations_read_sources_that_are_not_folders(tmp_path):
    out = convert("slice_dataset", "sklearn:digits", tmp_path / "out", "--size=1")
    assert [record.label for record in read_manifest(out)] == list("0123456789")
    assert main(["verify", str(out), "--workers=1"]) == 0


def test_a_merge_keeps_colliding_names_and_the_origin_of_images(tmp_path):
    one = labeled_folder(tmp_path / "one", {"b": 2, "a": 1})
    two = write_files(
        tmp_path / "two",
        {"a/000.png": encode_png(random_image(50)), "label_10/x.png": encode_png(random_image(51))},
    )
    three = write_files(tmp_path / "three", {"a/000.png": encode_png(random_image(52))})
    origin = "synthetic:run@abc"
    from data_tools.formats.images import bytes_sha256
    from data_tools.formats.manifest import ImageRecord, TrainedOnImage, write_manifest

    record = ImageRecord("a/000.png", "a", bytes_sha256((three / "a/000.png").read_bytes()), origin)
    trained_on = [TrainedOnImage("1" * 64, "2" * 64, "a/7.png", "lesion")]
    write_manifest(
        three,
        name="three",
        class_names=["a"],
        records=[record],
        arguments={},
        trained_on=trained_on,
    )
    flags = (f"--data_dir={two}", f"--data_dir2={three}")
    out = convert("merge_datasets", one, tmp_path / "out", *flags)
    by_path = {record.path: record for record in read_manifest(out)}
    assert sorted(by_path) == [
        "a/000.png",
        "a/000_2.png",
        "a/000_3.png",
        "b/000.png",
        "b/001.png",
        "label_10/x.png",
    ]
    assert (out / "a/000_2.png").read_bytes() == encode_png(random_image(50))
    assert by_path["a/000_3.png"].origin == origin
    assert by_path["a/000_2.png"].origin == "real"
    assert by_path["a/000_2.png"].history[-1]["source"] == "two"
    assert by_path["a/000_2.png"].history[-1]["path"] == "a/000.png"
    # The order of the first input, then the new classes.
    assert read_dataset_info(out).classes == ("a", "b", "label_10")
    assert open_source(out).trained_on == tuple(trained_on)
    lines = (out / "out.txt").read_text().splitlines()
    assert sorted(lines) == sorted(f"{path} {record.label}" for path, record in by_path.items())
    assert (out / "labels.txt").read_text() == "a\nb\nlabel_10\n"


def test_merging_into_a_split_data_set_adds_training_images(tmp_path):
    real = labeled_folder(tmp_path / "real", {"train/a": 2, "test/a": 1})
    more = labeled_folder(tmp_path / "more", {"a": 3})
    out = convert("merge_datasets", real, tmp_path / "out", f"--data_dir={more}")
    assert read_dataset_info(out).counts == {"train": {"a": 5}, "test": {"a": 1}}
    # The list holds only training images.
    assert len((out / "out.txt").read_text().splitlines()) == 5


def test_slices_are_seeded_and_nested(tmp_path):
    root = labeled_folder(tmp_path / "in", {"a": 9, "b": 12})
    small, again, other, large = (
        set(
            paths(
                convert("slice_dataset", root, tmp_path / name, f"--size={size}", f"--seed={seed}")
            )
        )
        for name, size, seed in (("s", 4, 1), ("t", 4, 1), ("u", 4, 2), ("v", 7, 1))
    )
    assert small == again
    assert small != other
    assert small < large
    assert sorted(path[0] for path in small) == ["a"] * 4 + ["b"] * 4


def test_a_slice_of_a_split_data_set_carries_the_test_images_over(tmp_path):
    root = labeled_folder(tmp_path / "in", {"train/a": 5, "train/b": 5, "test/a": 3})
    out = convert("slice_dataset", root, tmp_path / "out", "--size=2")
    assert read_dataset_info(out).counts == {"train": {"a": 2, "b": 2}, "test": {"a": 3, "b": 0}}
    assert read_dataset_info(out).classes == ("a", "b")


def test_a_label_with_too_few_images_is_an_error_or_a_reported_shortfall(tmp_path, capsys):
    root = labeled_folder(tmp_path / "in", {"dandelion": 3, "rose": 9})
    assert run("slice_dataset", root, tmp_path / "out", "--size=6") == 1
    assert capsys.readouterr().err == (
        "error: --size=6 asks for more images than label 'dandelion' has (3); "
        "lower it or pass --on_short=take_all\n"
    )
    out = convert("slice_dataset", root, tmp_path / "out", "--size=6", "--on_short=take_all")
    assert "label 'dandelion' has 3 of 6: all taken" in capsys.readouterr().out
    assert read_dataset_info(out).counts == {"": {"dandelion": 3, "rose": 6}}


def test_classes_are_kept_dropped_merged_and_limited(tmp_path):
    root = labeled_folder(tmp_path / "in", {"nv": 6, "mel": 3, "bcc": 2, "UNK": 1})
    out = convert(
        "select_classes",
        root,
        tmp_path / "out",
        "--drop=UNK",
        "--map=nv=benign,mel=malignant,bcc=malignant",
        "--max_images_per_class=4",
    )
    assert read_dataset_info(out).counts == {"": {"malignant": 4, "benign": 4}}
    # bcc and mel both have a 000.png; malignant has four distinct files.
    assert len(set(paths(out))) == 8
    kept = convert("select_classes", root, tmp_path / "kept", "--keep=mel")
    assert paths(kept) == ["mel/000.png", "mel/001.png", "mel/002.png"]


def test_the_limit_applies_only_to_training_images(tmp_path):
    root = labeled_folder(tmp_path / "in", {"train/a": 5, "train/b": 5, "test/a": 4, "test/b": 4})
    out = convert("select_classes", root, tmp_path / "out", "--max_images_per_class=2", "--keep=a")
    assert read_dataset_info(out).counts == {"train": {"a": 2}, "test": {"a": 4}}


def test_files_round_trip_through_records(tmp_path):
    from image_folders import jpeg

    files = {f"a/{n}.jpg": jpeg(n) for n in range(3)} | {"b c/x\ny.jpg": jpeg(9)}
    root = write_files(tmp_path / "in", files)
    records = convert("convert_to_tfrecords", root, tmp_path / "records")
    back = convert("tfrecords_to_images", records, tmp_path / "back")
    assert {path: (back / path).read_bytes() for path in paths(back)} == files


def test_labels_are_exported_as_just_two_text_files(tmp_path):
    root = labeled_folder(tmp_path / "in", {"label_10": 1, "label_2": 2})
    out = convert("export_labels", root, tmp_path / "lists")
    assert sorted(tree(out)) == ["labels.txt", "lists.txt"]
    assert (out / "labels.txt").read_text() == "label_2\nlabel_10\n"
    assert sorted((out / "lists.txt").read_text().splitlines()) == [
        "label_10/000.png label_10",
        "label_2/000.png label_2",
        "label_2/001.png label_2",
    ]


def test_unexpected_files_are_not_silently_left_out_of_the_lists(tmp_path, capsys):
    root = labeled_folder(tmp_path / "in", {"a": 1})
    (root / "a" / "link.png").symlink_to(write_files(tmp_path, {"out.png": b""}) / "out.png")
    flags = ["convert", "--op=export_labels", f"--data_dir={root}", f"--dest={tmp_path / 'out'}"]
    assert main(flags) == 1
    assert "'a/link.png' is a symbolic link that leaves the folder" in capsys.readouterr().err
    assert main([*flags, "--on_bad=skip"]) == 0
    assert "left out: 'a/link.png'" in capsys.readouterr().err
    assert (tmp_path / "out" / "out.txt").read_text() == "a/000.png a\n"
