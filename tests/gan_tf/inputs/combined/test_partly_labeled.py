"""Labeled images together with unlabeled ones: batches, order, lists and sources."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from image_folders import convert, write_files
from tensorflow_records import write_records

from data_tools.errors import InputError
from data_tools.formats.images import encode_png
from data_tools.formats.manifest import UNLABELED
from data_tools.formats.record_keys import parse_schema
from gan_tf.inputs.opening import open_images, open_partly_labeled
from gan_tf.inputs.share import Share

NUM_LABELED, NUM_UNLABELED = 5, 7


def gray(value, size=(4, 4)):
    """Return a PNG of one gray, by which an image is recognized."""
    return encode_png(np.full((*size, 1), value, np.uint8))


def grays(images):
    return np.asarray(images)[..., 0, 0, 0].tolist()


@pytest.fixture
def labeled(tmp_path):
    """Write images 0 to 4 of the labels a and b, three and two."""
    files = {f"{'aaabb'[n]}/{n}.png": gray(n) for n in range(NUM_LABELED)}
    return str(write_files(tmp_path / "labeled", files))


@pytest.fixture
def unlabeled(tmp_path):
    """Write images 100 to 106 in one folder."""
    files = {f"{n}.png": gray(n) for n in range(100, 100 + NUM_UNLABELED)}
    return str(write_files(tmp_path / "unlabeled", files))


@pytest.mark.parametrize("how", ["memory", "stream"])
def test_a_batch_has_labeled_images_first(how, labeled, unlabeled):
    images, resolved = open_partly_labeled(labeled, unlabeled, 0.6, how)
    assert resolved == how
    seen = Counter()
    for batch in images.dataset(5, seed=1).take(7):
        # Six tenths of five are three.
        values, labels = grays(batch["image"]), batch["label"].numpy()
        assert labels.dtype == np.int32
        assert labels.tolist() == [[0, 0, 0, 1, 1][n] for n in values[:2]] + [-1] * 3
        seen.update(values)
    # Seven batches have 14 labeled images, nearly three epochs, and 21 others, exactly three.
    assert {seen[n] for n in range(100, 107)} == {3}
    assert sorted(seen[n] for n in range(5)) == [2, 3, 3, 3, 3]


def test_both_kinds_have_orders_of_their_own(tmp_path, labeled):
    others = str(write_files(tmp_path / "x", {f"{n}.png": gray(100 + n) for n in range(5)}))
    images, _ = open_partly_labeled(labeled, others, 0.5, "memory")
    pairs = {
        tuple(np.subtract(grays(batch["image"]), [0, 100]))
        for batch in images.dataset(2, seed=3).take(20)
    }
    # With one order for both, image 0 would always be with 100, 1 with 101 and so on.
    assert any(first != second for first, second in pairs)


def test_batches_start_anywhere_and_workers_share_them(labeled, unlabeled):
    images, _ = open_partly_labeled(labeled, unlabeled, 0.25, "memory")
    batches = list(images.dataset(8, seed=2).take(6).as_numpy_iterator())
    (again,) = images.dataset(8, seed=2, first_batch=5).take(1).as_numpy_iterator()
    shares = [
        next(images.dataset(8, seed=2, first_batch=5, share=Share(i, 4)).as_numpy_iterator())
        for i in range(4)
    ]
    for name in ("image", "label"):
        np.testing.assert_array_equal(again[name], batches[5][name])
        np.testing.assert_array_equal(np.concatenate([s[name] for s in shares]), again[name])
    np.testing.assert_array_equal(again["label"][-2:], [-1, -1])


@pytest.mark.parametrize(("share", "expected"), [(0.01, 1), (0.5, 2), (0.99, 3)])
def test_a_batch_has_an_image_of_each_kind(labeled, unlabeled, share, expected):
    images, _ = open_partly_labeled(labeled, unlabeled, share, "memory")
    (batch,) = images.dataset(4, seed=0).take(1)
    assert np.count_nonzero(batch["label"] == -1) == expected


def test_labels_are_those_of_the_labeled_images(labeled, unlabeled):
    images, _ = open_partly_labeled(labeled, unlabeled, 0.75, "memory")
    assert images.labels.tolist() == [0, 0, 0, 1, 1]
    assert (images.class_names, images.name, images.image_shape) == (
        ("a", "b"),
        "labeled",
        (4, 4, 1),
    )
    assert images.num_unlabeled == 7
    assert images.epoch_size == 5
    # A batch of 20 has all 5 labeled images, one of 2 has 1, one of 6 has 2: 4.5 rounds to 4.
    batches = [images.epoch_batches(size) for size in (20, 2, 6)]
    assert batches == [1, 5, Fraction(5, 2)]
    assert grays(images.pixels(np.arange(12))) == [*range(5), *range(100, 107)]
    assert grays(images.unlabeled_pixels(np.array([6, 0]))) == [106, 100]
    assert [e.path for e in images.examples] == [e.path for e in images.identities()]
    assert [e.seen_as for e in images.identities()] == [None] * 5 + [UNLABELED] * 7


def test_pseudo_labels_are_in_the_batches_alone(labeled, unlabeled):
    images, _ = open_partly_labeled(labeled, unlabeled, 0.5, "memory")
    pseudo = np.array([1, -1, 0, -1, -1, -1, 1], np.int32)
    changed = images.with_pseudo_labels(pseudo)
    assert changed.labels.tolist() == [0, 0, 0, 1, 1]
    assert changed.fingerprint == images.fingerprint
    for batch in changed.dataset(14, seed=1).take(2):
        expected = [pseudo[n - 100] for n in grays(batch["image"])[7:]]
        assert batch["label"].numpy()[7:].tolist() == expected


def test_the_fingerprint_tells_the_kinds_apart(labeled, unlabeled, tmp_path):
    images, _ = open_partly_labeled(labeled, unlabeled, 0.5, "memory")
    streamed, _ = open_partly_labeled(labeled, unlabeled, 0.9, "stream")
    assert images.fingerprint == streamed.fingerprint
    fewer = write_files(tmp_path / "fewer", {f"{n}.png": gray(n) for n in range(100, 106)})
    other, _ = open_partly_labeled(labeled, str(fewer), 0.5, "memory")
    alone, _ = open_images(labeled, "memory")
    assert len({images.fingerprint, other.fingerprint, alone.fingerprint}) == 3


def test_an_image_that_is_labeled_too_is_listed_once(labeled, tmp_path):
    files = {"x.png": gray(3), "y.png": gray(100)}
    images, _ = open_partly_labeled(
        labeled, str(write_files(tmp_path / "both", files)), 0.5, "memory"
    )
    listed = [(image.path, image.seen_as) for image in images.identities()]
    assert listed[3:] == [("b/3.png", None), ("b/4.png", None), ("both/y.png", UNLABELED)]


def test_images_of_another_size_are_refused(labeled, tmp_path):
    others = write_files(tmp_path / "x", {"0.png": gray(0, (4, 5))})
    with pytest.raises(
        InputError,
        match="images of --data are 4x4 .*, those of --unlabeled_data 5x4 .*resize_images",
    ):
        open_partly_labeled(labeled, str(others), 0.5, "memory")


def test_a_damaged_image_is_named(labeled, unlabeled, tmp_path):
    images, _ = open_partly_labeled(labeled, unlabeled, 0.5, "stream")
    (tmp_path / "unlabeled/103.png").write_bytes(b"x")
    with pytest.raises(InputError, match=r"103\.png"):
        images.require_readable(14, seed=0, batch=0)


# All have the images 100 to 103.
FILES = {
    "flat": [f"{n}.png" for n in range(100, 104)],
    "labeled": ["a/100.png", "a/101.png", "b/102.png", "unknown/103.png"],
    "deep": ["x/y/100.png", "x/y/101.png", "x/102.png", "z/103.png"],
    # The split train is read.
    "split": ["train/100.png", "train/101.png", "train/102.png", "train/103.png", "test/104.png"],
}


@pytest.mark.parametrize("layout", FILES)
@pytest.mark.parametrize("how", ["memory", "stream"])
def test_folders_of_any_layout_are_images_without_labels(layout, how, labeled, tmp_path):
    files = {path: gray(int(path[-7:-4])) for path in FILES[layout]}
    images, _ = open_partly_labeled(labeled, str(write_files(tmp_path / "others", files)), 0.5, how)
    assert sorted(grays(images.pixels(np.arange(5, 9)))) == [100, 101, 102, 103]
    assert images.num_unlabeled == 4 and images.class_names == ("a", "b")


def test_a_manifest_of_unlabeled_images_is_read(labeled, tmp_path):
    table = tmp_path / "groups.csv"
    table.write_text("image,label,lesion\n" + "".join(f"{n},c,g{n % 2}\n" for n in range(100, 104)))
    write_files(tmp_path / "flat", {f"{n}.png": gray(n) for n in range(100, 104)})
    described = convert(
        "sort_by_csv",
        tmp_path / "flat",
        tmp_path / "described",
        f"--csv={table}",
        "--id_column=image",
        "--label_column=label",
        "--group_column=lesion",
    )
    images, _ = open_partly_labeled(labeled, str(described), 0.5, "memory")
    assert [e.group for e in images.identities()][5:] == ["g0", "g1", "g0", "g1"]


@pytest.mark.parametrize("label", [{}, {"label": 3}])
def test_records_of_other_programs_need_no_label(label, labeled, tmp_path):
    rows = [{"image": gray(n), **label} for n in range(100, 103)]
    write_records(tmp_path / "records/train.tfrecord", rows)
    images, _ = open_partly_labeled(labeled, str(tmp_path / "records"), 0.5, "stream")
    assert sorted(grays(images.pixels(np.arange(5, 8)))) == [100, 101, 102]


def test_records_are_read_by_the_schema_of_the_labeled_ones(tmp_path):
    schema = parse_schema("image=pic,label=cls")
    for name, first in (("labeled", 0), ("others", 100)):
        rows = [{"pic": gray(n), "cls": 1 + n % 2} for n in range(first, first + 4)]
        write_records(tmp_path / name / "train.tfrecord", rows)
    images, _ = open_partly_labeled(
        str(tmp_path / "labeled"), str(tmp_path / "others"), 0.5, "memory", schema=schema
    )
    assert images.class_names == ("1", "2")
    assert grays(images.pixels(np.arange(8))) == [0, 1, 2, 3, 100, 101, 102, 103]


@pytest.mark.parametrize("files", [None, {}, {"x.txt": b"x"}, {"x.png": b"x"}])
def test_an_error_names_the_unlabeled_source(files, labeled, tmp_path):
    source = tmp_path / "others"
    if files is not None:
        source.mkdir()
        write_files(source, files)
    with pytest.raises(InputError, match="^--unlabeled_data"):
        open_partly_labeled(labeled, str(source), 0.5, "memory")
