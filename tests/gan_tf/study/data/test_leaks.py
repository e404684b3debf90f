from dataclasses import replace

import numpy as np
import pytest
from digit_folders import digit_images, noisy, write_folder

from data_tools.__main__ import main as data_tools
from data_tools.errors import InputError
from data_tools.formats.images import bytes_sha256
from data_tools.formats.manifest import TrainedOnImage, read_trained_on, write_trained_on
from gan_tf.inputs.images import LabeledImages, load_images, open_split
from gan_tf.inputs.stream import streamed_images
from gan_tf.study.data.leaks import EQUAL_BYTES, EQUAL_PIXELS, SAME_ORIGINAL, SHARED_GROUP, leaks
from gan_tf.study.data.loading import Loaded, Sources, card, renumbered


def record(sha256, pixels, path, group=None):
    return TrainedOnImage(sha256, pixels, path, group)


def test_the_strongest_evidence_is_named_once():
    seen = [record("b1", "p1", "seen/1", "g1"), record("b2", "p2", "seen/2")]
    test = [
        record("b1", "p1", "t/bytes", "g1"),
        record("other", "p2", "t/pixels"),
        record("b3", "p3", "t/group", "g1"),
        record("b4", "p4", "t/clean", "g4"),
        record("b5", "p5", "t/no group"),
    ]
    assert leaks(test, seen) == [
        ("t/bytes", "seen/1", EQUAL_BYTES),
        ("t/pixels", "seen/2", EQUAL_PIXELS),
        ("t/group", "seen/1", SHARED_GROUP),
    ]


def test_images_of_one_file_are_known_at_every_size():
    """``raw`` is the file; its own hash stands for it where nothing was made of it yet."""
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


def test_a_test_image_that_the_generator_saw_at_another_size(tmp_path):
    """A generator of 56 pixels, a study of 28; the images have no groups."""
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
        Loaded(sources)
    assert (
        f"1 test image of --test_data seen in the training data of --synthetic={synthetic}: "
        "test/0/0003.png = train/0/twin.png (made of the same file)"
    ) in str(error.value)
    # A list of before does not say what its images were made of, and is read all the same.
    write_trained_on(synthetic, [replace(one, original_sha256=None) for one in seen])
    assert "original" not in (synthetic / "trained_on.jsonl").read_text()
    assert Loaded(sources).num_seen == [61]


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


def test_sets_apart_are_taken(tmp_path):
    loaded = Loaded(folders(tmp_path))
    assert "0 of 1 synthetic sets" in loaded.leak_text()
    assert "1 of 1 synthetic sets do not list" in loaded.leak_notes()[0]


def test_a_training_image_in_the_test_set(tmp_path):
    real, _ = digit_images(0, 6)
    test, _ = digit_images(20, 4)
    sources = folders(tmp_path, test={"images": with_first(test, real[7:])})
    with pytest.raises(InputError) as error:
        Loaded(sources)
    assert "1 test image of --test_data seen in --data: " in str(error.value)
    assert "0/0000.png = 1/0007.png (equal bytes)" in str(error.value)


def test_a_synthetic_copy_of_a_test_image_stored_otherwise(tmp_path):
    """Equal pixels in other bytes: the copy is a PNG without compression."""
    test, _ = digit_images(20, 4)
    real, _ = digit_images(0, 6)
    sources = folders(tmp_path, synthetic={"images": with_first(noisy(real), test)})
    from PIL import Image

    copy = tmp_path / "synthetic" / "0" / "0000.png"
    Image.open(copy).save(copy, compress_level=0)
    for name in ("manifest.jsonl", "dataset.json"):
        (tmp_path / "synthetic" / name).unlink()
    with pytest.raises(InputError, match="seen in --synthetic=.*/synthetic: .*equal pixels"):
        Loaded(sources)


def test_a_test_image_that_the_generator_saw(tmp_path):
    test, _ = digit_images(20, 4)
    sources = folders(tmp_path, synthetic={"trained_on": test[3:5]})
    with pytest.raises(InputError) as error:
        Loaded(sources)
    who = f"the training data of --synthetic={tmp_path / 'synthetic'}"
    assert f"2 test images of --test_data seen in {who}: " in str(error.value)
    assert "0/0003.png = seen/0.png (equal bytes)" in str(error.value)


def test_a_group_on_both_sides(tmp_path):
    sources = folders(
        tmp_path,
        real={"groups": lambda index: f"patient{index}"},
        test={"groups": lambda index: f"patient{1000 if index else 5}"},
    )
    with pytest.raises(InputError, match=r"0/0000.png = 0/0005.png \(shared group\)"):
        Loaded(sources)


def test_synthetic_test_images(tmp_path):
    sources = folders(tmp_path, test={"origin": "synthetic:run@abc"})
    with pytest.raises(InputError, match="40 synthetic images .* and 35 more.*real images only"):
        Loaded(sources)


def test_a_training_image_in_the_validation_set(tmp_path):
    real, labels = digit_images(0, 6)
    folder = write_folder(tmp_path / "chosen", real[:3], labels[:3])
    sources = replace(folders(tmp_path), validation=str(folder))
    with pytest.raises(InputError, match="3 validation images of --validation_data seen in --data"):
        Loaded(sources)


def test_too_few_labels_or_test_images(tmp_path):
    real, labels = digit_images(0, 6)
    one_label = write_folder(tmp_path / "zeros", real[labels == 0], labels[labels == 0])
    for name in ("manifest.jsonl", "dataset.json"):  # The card knows all ten labels.
        (one_label / name).unlink()
    test, test_labels = digit_images(20, 4)
    one_image = write_folder(tmp_path / "one", test[:1], test_labels[:1])
    with pytest.raises(InputError, match="--data has the one label '0'"):
        Loaded(replace(folders(tmp_path), real=str(one_label)))
    with pytest.raises(InputError, match="--test_data has a single image"):
        Loaded(replace(folders(tmp_path / "again"), test=str(one_image)))


def test_synthetic_validation_images(tmp_path):
    images, labels = digit_images(30, 2)
    folder = write_folder(tmp_path / "v", images, labels, origin="synthetic:run@abc")
    sources = replace(folders(tmp_path), validation=str(folder))
    with pytest.raises(InputError, match="--validation_data has 20 synthetic .*real images only"):
        Loaded(sources)


def test_synthetic_images_among_the_real_ones(tmp_path):
    sources = folders(tmp_path, real={"origin": "synthetic:run@abc"})
    with pytest.raises(InputError, match="--data has 60 synthetic images .*as --synthetic"):
        Loaded(sources)


def test_a_leak_into_any_of_several_sets_of_one_name(tmp_path):
    """The first set's generator saw a test image, the second's did not; both are 'synthetic'."""
    test, _ = digit_images(20, 4)
    sources = folders(tmp_path, synthetic={"trained_on": test[3:4]})
    real, labels = digit_images(0, 6)
    folder = tmp_path / "b" / "synthetic"
    second = write_folder(folder, noisy(real, 5), labels, origin="synthetic:b@1")
    sources = replace(sources, synthetic=(*sources.synthetic, str(second)))
    with pytest.raises(InputError, match="1 test image .* seen in the training data of"):
        Loaded(sources)


def test_one_gan_run_given_twice(tmp_path):
    sources = folders(tmp_path)
    with pytest.raises(InputError, match="same images as .*; give each GAN run once"):
        Loaded(replace(sources, synthetic=sources.synthetic * 2))


def test_labels_are_numbered_as_in_the_real_data():
    """A set with its classes in another order, or without some, keeps its images' names."""
    images = np.zeros((3, 1, 1, 1), np.uint8)
    other = LabeledImages(images, np.array([0, 1, 1]), ("dog", "ant"), "x", "f", ())
    assert renumbered(other, ("ant", "cat", "dog")).labels.tolist() == [2, 0, 0]
    assert card(other, ("ant", "cat", "dog"))["counts"] == [2, 0, 1]


def test_labels_and_sizes_that_do_not_fit(tmp_path):
    images, labels = digit_images(20, 4)
    sources = folders(tmp_path / "size", test={"images": images[:, 2:, :]})
    with pytest.raises(InputError, match="--test_data has images of 26x28x1 .* --data of 28x28x1"):
        Loaded(sources)
    sources = folders(tmp_path / "label", test={"labels": labels})
    (tmp_path / "label" / "test" / "0").rename(tmp_path / "label" / "test" / "zero")
    for name in ("manifest.jsonl", "dataset.json"):
        (tmp_path / "label" / "test" / name).unlink()
    with pytest.raises(InputError, match="--test_data has label 'zero', which --data lacks"):
        Loaded(sources)
