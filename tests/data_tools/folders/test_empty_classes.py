"""Classes that have no images, or lose them."""

import pytest
from image_folders import convert, labeled_folder, write_files

from data_tools.errors import Caution
from data_tools.formats.dataset_info import read_dataset_info

SAID = "label 'a' has no image in {}, which gan_tf.train refuses; .* --drop=a"


def test_a_conversion_says_which_class_has_lost_its_images_and_how_to_leave_it_out(tmp_path):
    root = labeled_folder(tmp_path / "in", {"b": 4, "c": 4})
    write_files(root, {"a/0.png": b"broken", "a/1.png": b"broken"})
    with pytest.warns(Caution, match=SAID.format("out")):
        out = convert("idx_to_images", root, tmp_path / "out", "--on_bad=skip")
    # The label keeps its position, and every later conversion says so again.
    assert read_dataset_info(out).counts == {"": {"a": 0, "b": 4, "c": 4}}
    with pytest.warns(Caution, match=SAID.format("parts")):
        convert("split_dataset", out, tmp_path / "parts", "--fractions=0.5,0.5")
    with pytest.warns(Caution, match=SAID.format("records")):
        convert("convert_to_tfrecords", out, tmp_path / "records")
    left = convert("select_classes", out, tmp_path / "left", "--drop=a")
    assert read_dataset_info(left).counts == {"": {"b": 4, "c": 4}}


def test_labels_that_a_conversion_makes_similar_are_named(tmp_path):
    root = labeled_folder(tmp_path / "in", {"a": 1, "b": 1})
    other = labeled_folder(tmp_path / "other", {"A": 1})
    with pytest.warns(Caution, match="^both: 'a' and 'A' are different labels"):
        convert("merge_datasets", root, tmp_path / "both", f"--data_dir={other}")
