from dataclasses import replace

import numpy as np
import pytest
from digit_folders import digit_images, noisy, write_folder

from data_tools.__main__ import main as data_tools
from data_tools.errors import InputError
from data_tools.formats.images import bytes_sha256
from data_tools.formats.manifest import TrainedOnImage, read_trained_on, write_trained_on
from gan_tf.inputs.images import load_images, open_split
from gan_tf.inputs.streamed import streamed_images
from gan_tf.study.data.leaks import (
    IDENTICAL_BYTES,
    IDENTICAL_PIXELS,
    SAME_GROUP,
    SAME_ORIGINAL,
    leaks,
)
from gan_tf.study.data.loading import Sources, load_study_images


def record(sha256, pixels, path, group=None):
    return TrainedOnImage(sha256, pixels, path, group)


def test_each_leak_is_reported_once_by_the_strongest_evidence():
    seen = [record("b1", "p1", "seen/1", "g1"), record("b2", "p2", "seen/2")]
    test = [
        record("b1", "p1", "t/bytes", "g1"),
        record("other", "p2", "t/pixels"),
        record("b3", "p3", "t/group", "g1"),
        record("b4", "p4", "t/clean", "g4"),
        record("b5", "p5", "t/no group"),
    ]
    assert leaks(test, seen) == [
        ("t/bytes", "seen/1", IDENTICAL_BYTES),
        ("t/pixels", "seen/2", IDENTICAL_PIXELS),
        ("t/group", "seen/1", SAME_GROUP),
    ]


def test_images_of_one_file_are_recognized_at_every_size():
    """``raw`` is the file; it has no history, so its own hash identifies it."""
    small = TrainedOnImage("s", "small", "t/small", None, "raw")
    for seen in (
        TrainedOnImage("l", "large", "seen", None, "raw"),
        TrainedOnImage("raw", "p", "seen"),
    ):
        assert leaks([small], [seen]) == [("t/small", "seen", SAME_ORIGINAL)]
        assert leaks([seen], [small]) == [("seen", "t/small", SAME_ORIGINAL)]
        assert leaks([small], [seen.anonymized()]) == [("t/small", "", SAME_ORIGINAL)]
    assert not leaks(
        [small], [TrainedOnImage("l", "large"), TrainedOnImage("m", "m", None, None, "other")]
    )


def resized(root, folder, edge):
    """The folder's images at another size, by the command."""
    flags = [f"--height={edge}", f"--width={edge}", "--workers=1"]
    dest = root / f"{folder.name}-{edge}"
    words = ["convert", "--op=resize_images", f"--data_dir={folder}", f"--dest={dest}", *flags]
    assert data_tools([*words, "--splits=train,test"]) == 0
    return dest


def test_a_test_image_that_the_gan_was_trained_on_at_another_size_is_refused(tmp_path):
    """A GAN of 56 pixels, a study of 28; the images have no groups."""
    real, labels = digit_images(0, 6)
    test, test_labels = digit_images(20, 4)
    raw = tmp_path / "raw"
    write_folder(raw, real, labels, split="train")
    write_folder(raw, test, test_labels, split="test")
    twin = raw / "train" / "0" / "twin.png"
    twin.write_bytes((raw / "test" / "0" / "0003.png").read_bytes())
    for name in ("manifest.jsonl", "dataset.json"):
        (raw / name).unlink()
    large, small = resized(tmp_path, raw, 56), resized(tmp_path, raw, 28)
    seen = list(load_images(str(large)).identities())
    assert seen == list(streamed_images(open_split(str(large), "train")).identities())
    originals = {bytes_sha256(path.read_bytes()) for path in (raw / "train").rglob("*.png")}
    assert {one.original_sha256 for one in seen} == originals
    synthetic = write_folder(tmp_path / "synthetic", noisy(real), labels, origin="synthetic:run@a")
    clean = write_folder(tmp_path / "clean", real, labels)
    sources = Sources(str(clean), (str(synthetic),), str(small))
    write_trained_on(synthetic, seen)
    assert read_trained_on(synthetic) == seen
    with pytest.raises(InputError) as error:
        load_study_images(sources)
    assert (
        f"--test_data has 1 test image that occurs in the training data of --synthetic={synthetic}"
        ": test/0/0003.png = train/0/twin.png (same original file)"
    ) in str(error.value)
    # A list without original files is accepted.
    write_trained_on(synthetic, [replace(one, original_sha256=None) for one in seen])
    assert "original" not in (synthetic / "trained_on.jsonl").read_text()
    assert load_study_images(sources).num_trained_on == [61]


def folders(root, **changes):
    """Real, synthetic and test folders without a leak; ``changes`` replace one set's arguments."""
    real, labels = digit_images(0, 6)
    test, test_labels = digit_images(20, 4)
    sets = {
        "real": {"images": real, "labels": labels},
        "synthetic": {"images": noisy(real), "labels": labels, "origin": "synthetic:run@abc"},
        "test": {"images": test, "labels": test_labels},
    }
    for name, change in changes.items():
        sets[name] |= change
    paths = {name: write_folder(root / name, **arguments) for name, arguments in sets.items()}
    return Sources(str(paths["real"]), (str(paths["synthetic"]),), str(paths["test"]))


def with_first(images, first):
    """``images`` with the first replaced."""
    return np.concatenate([first[:1], images[1:]])


def test_disjoint_sets_are_accepted(tmp_path):
    assert load_study_images(folders(tmp_path)).num_trained_on == [0]


def test_a_training_image_in_the_test_set_is_refused(tmp_path):
    real, _ = digit_images(0, 6)
    test, _ = digit_images(20, 4)
    sources = folders(tmp_path, test={"images": with_first(test, real[7:])})
    with pytest.raises(InputError) as error:
        load_study_images(sources)
    assert "--test_data has 1 test image that occurs in --data: " in str(error.value)
    assert "0/0000.png = 1/0007.png (identical bytes)" in str(error.value)


def test_a_synthetic_copy_of_a_test_image_with_another_encoding_is_refused(tmp_path):
    """Identical pixels in different bytes: the copy is a PNG without compression."""
    test, _ = digit_images(20, 4)
    real, _ = digit_images(0, 6)
    sources = folders(tmp_path, synthetic={"images": with_first(noisy(real), test)})
    from PIL import Image

    copy = tmp_path / "synthetic" / "0" / "0000.png"
    Image.open(copy).save(copy, compress_level=0)
    for name in ("manifest.jsonl", "dataset.json"):
        (tmp_path / "synthetic" / name).unlink()
    with pytest.raises(InputError, match="occurs in --synthetic=.*/synthetic: .*identical pixels"):
        load_study_images(sources)


def test_a_test_image_that_the_gan_was_trained_on_is_refused(tmp_path):
    test, _ = digit_images(20, 4)
    sources = folders(tmp_path, synthetic={"trained_on": test[3:5]})
    with pytest.raises(InputError) as error:
        load_study_images(sources)
    training_data = f"the training data of --synthetic={tmp_path / 'synthetic'}"
    assert f"--test_data has 2 test images that occur in {training_data}: " in str(error.value)
    assert "0/0003.png = seen/0.png (identical bytes)" in str(error.value)


def test_a_group_in_both_training_and_test_set_is_refused(tmp_path):
    sources = folders(
        tmp_path,
        real={"groups": lambda index: f"patient{index}"},
        test={"groups": lambda index: f"patient{1000 if index else 5}"},
    )
    with pytest.raises(InputError, match=r"0/0000.png = 0/0005.png \(same group\)"):
        load_study_images(sources)


def test_synthetic_test_images_are_refused(tmp_path):
    sources = folders(tmp_path, test={"origin": "synthetic:run@abc"})
    with pytest.raises(InputError, match="40 synthetic images .* and 35 more.*real images only"):
        load_study_images(sources)


def test_a_training_image_in_the_validation_set_is_refused(tmp_path):
    real, labels = digit_images(0, 6)
    folder = write_folder(tmp_path / "validation", real[:3], labels[:3])
    sources = replace(folders(tmp_path), validation=str(folder))
    with pytest.raises(
        InputError, match="--validation_data has 3 validation images that occur in --data"
    ):
        load_study_images(sources)


def test_too_few_labels_or_test_images_are_refused(tmp_path):
    real, labels = digit_images(0, 6)
    one_label = write_folder(tmp_path / "zeros", real[labels == 0], labels[labels == 0])
    for name in ("manifest.jsonl", "dataset.json"):  # dataset.json has all ten labels.
        (one_label / name).unlink()
    test, test_labels = digit_images(20, 4)
    one_image = write_folder(tmp_path / "one", test[:1], test_labels[:1])
    with pytest.raises(InputError, match="--data has a single label '0'"):
        load_study_images(replace(folders(tmp_path), real=str(one_label)))
    with pytest.raises(InputError, match="--test_data has a single image"):
        load_study_images(replace(folders(tmp_path / "again"), test=str(one_image)))


def test_synthetic_validation_images_are_refused(tmp_path):
    images, labels = digit_images(30, 2)
    folder = write_folder(tmp_path / "v", images, labels, origin="synthetic:run@abc")
    sources = replace(folders(tmp_path), validation=str(folder))
    with pytest.raises(InputError, match="--validation_data has 20 synthetic .*real images only"):
        load_study_images(sources)


def test_synthetic_images_among_the_real_ones_are_refused(tmp_path):
    sources = folders(tmp_path, real={"origin": "synthetic:run@abc"})
    with pytest.raises(InputError, match="--data has 60 synthetic images .*as --synthetic"):
        load_study_images(sources)


def test_a_leak_into_one_of_several_sets_with_the_same_name_is_refused(tmp_path):
    """Only the GAN of the first set was trained on a test image; both sets are 'synthetic'."""
    test, _ = digit_images(20, 4)
    sources = folders(tmp_path, synthetic={"trained_on": test[3:4]})
    real, labels = digit_images(0, 6)
    folder = tmp_path / "b" / "synthetic"
    second = write_folder(folder, noisy(real, 5), labels, origin="synthetic:b@1")
    sources = replace(sources, synthetic=(*sources.synthetic, str(second)))
    with pytest.raises(InputError, match="1 test image that occurs in the training data of"):
        load_study_images(sources)


def test_a_gan_run_given_twice_is_refused(tmp_path):
    sources = folders(tmp_path)
    with pytest.raises(InputError, match="same images as .*; give each GAN run once"):
        load_study_images(replace(sources, synthetic=sources.synthetic * 2))


def test_labels_and_sizes_that_do_not_match_are_refused(tmp_path):
    images, labels = digit_images(20, 4)
    sources = folders(tmp_path / "size", test={"images": images[:, 2:, :]})
    with pytest.raises(InputError, match="--test_data has images of 26x28x1 .* --data of 28x28x1"):
        load_study_images(sources)
    sources = folders(tmp_path / "label", test={"labels": labels})
    (tmp_path / "label" / "test" / "0").rename(tmp_path / "label" / "test" / "zero")
    for name in ("manifest.jsonl", "dataset.json"):
        (tmp_path / "label" / "test" / name).unlink()
    with pytest.raises(InputError, match="--test_data has label 'zero', which --data lacks"):
        load_study_images(sources)
