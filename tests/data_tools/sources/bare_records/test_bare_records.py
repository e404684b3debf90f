"""TFRecords that other programs wrote, as a source."""

import pickle

import numpy as np
import pytest
from image_folders import convert, jpeg, labeled_folder, random_image, write_files
from tensorflow_records import write_records

from data_tools.errors import Caution, InputError
from data_tools.formats.images import encode_png
from data_tools.sources import open_source
from data_tools.sources.bare_records.schemas import SCHEMAS

JPEG, PNG = jpeg(0), encode_png(random_image(1))
RAW = random_image(2, height=4, width=5)


def opened(root, records, file="a.tfrecord", **kwargs):
    """Write one file of records and open its folder."""
    write_records(root / file, records)
    return open_source(root, **kwargs)


def described(source):
    """Return path, label and group of all examples."""
    return [(example.path, example.label, example.group) for example in source.examples]


# For each schema, the records of train and validation, and what is expected of them.
WRITTEN = {
    "slim": (
        [
            {
                "image/encoded": JPEG,
                "image/format": b"jpeg",
                "image/class/label": 7,
                "image/class/text": b"dog",
                "image/filename": b"n01/one.JPEG",
            },
            {
                "image/encoded": PNG,
                "image/format": b"png",
                "image/class/label": 3,
                "image/class/text": b"zebra",
                "image/filename": b"two.png",
            },
        ],
        ("zebra", "dog"),
        [("dog/one.jpg", "dog", None), ("zebra/two.png", "zebra", None)],
    ),
    "kaggle": (
        [
            {"image": JPEG, "target": 1, "image_name": b"ISIC_0052212", "patient_id": b"IP_7"},
            {"image": JPEG, "target": 0, "image_name": b"ISIC_0068279", "patient_id": 12},
        ],
        ("0", "1"),
        [("1/ISIC_0052212.jpg", "1", "IP_7"), ("0/ISIC_0068279.jpg", "0", "12")],
    ),
    "tfds": (
        [{"image": PNG, "label": b"label_10"}, {"image": JPEG, "label": b"label_2"}],
        ("label_2", "label_10"),
        [
            ("label_10/000000.png", "label_10", None),
            ("label_2/000001.jpg", "label_2", None),
        ],
    ),
    "raw": (
        [
            {"image_raw": RAW.tobytes(), "height": 4, "width": 5, "depth": 3, "label": 10},
            {"image_raw": RAW.tobytes(), "height": 5, "width": 4, "depth": 3, "label": 9},
        ],
        ("9", "10"),
        [("10/000000.png", "10", None), ("9/000001.png", "9", None)],
    ),
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_recognized_in_records_that_tensorflow_wrote(name, tmp_path):
    records, class_names, expected = WRITTEN[name]
    write_records(tmp_path / "data_train.tfrecord-00000-of-00001", records)
    write_records(tmp_path / "data_val.tfrecord-00000-of-00001", records[:1])
    source = open_source(tmp_path)
    assert source.class_names == class_names
    assert source.splits == ("train", "validation")
    assert described(source) == [
        *((f"train/{path}", label, group) for path, label, group in expected),
        (f"validation/{expected[0][0]}", *expected[0][1:]),
    ]
    assert [example.split for example in source.select("validation").examples] == ["validation"]
    if name == "raw":
        pixels = [example.pixels() for example in source.examples]
        np.testing.assert_array_equal(pixels[0], RAW)
        np.testing.assert_array_equal(pixels[1], RAW.reshape(5, 4, 3))
    else:
        images = [example.read() for example in source.examples]
        assert images[:2] == [next(v for v in r.values() if v in (JPEG, PNG)) for r in records]


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_the_channels_of_raw_pixels_follow_from_their_number(channels, tmp_path):
    image = random_image(0, height=4, width=5, channels=channels)
    record = {"image": image.tobytes(), "height": 4, "width": 5, "label": 0}
    (example,) = opened(tmp_path, [record]).examples
    np.testing.assert_array_equal(example.pixels(), image)


def test_a_feature_called_raw_may_hold_an_encoded_image(tmp_path):
    record = {"image_raw": JPEG, "height": 8, "width": 6, "depth": 3, "label": 4}
    (example,) = opened(tmp_path, [record]).examples
    assert (example.path, example.read()) == ("4/000000.jpg", JPEG)


def test_only_labels_that_occur_are_classes_and_the_lists_of_slim_and_tfds_name_them(tmp_path):
    records = [{"image/encoded": JPEG, "image/class/label": label} for label in (10, 2, 10)]
    assert opened(tmp_path, records).class_names == ("2", "10")
    write_files(tmp_path, {"labels.txt": b"0:background\n2: tabby: cat\n10:dog\n11:horse\n"})
    source = open_source(tmp_path)
    assert source.class_names == ("tabby: cat", "dog")
    assert [example.label for example in source.examples] == ["dog", "tabby: cat", "dog"]
    names = "\n".join(f"name {number}" for number in range(11))
    write_files(tmp_path, {"label.labels.txt": names.encode()})
    assert open_source(tmp_path).class_names == ("name 2", "name 10")


def test_a_list_of_labels_that_does_not_fit_is_refused_or_reported(tmp_path):
    records = [{"image": JPEG, "label": label} for label in (0, 1)]
    write_files(tmp_path, {"labels.txt": b"0:cat\n"})
    with pytest.raises(InputError, match="list of labels beside it has no label 1"):
        opened(tmp_path, records)
    write_files(tmp_path, {"labels.txt": b"0:cat\n1:cat\n"})
    with pytest.raises(InputError, match="labels 0 and 1 are both named 'cat'"):
        open_source(tmp_path)
    write_files(tmp_path, {"labels.txt": b"0:cat\n1:cats/dogs\n"})
    with pytest.raises(InputError, match="'cats/dogs' cannot name a folder"):
        open_source(tmp_path)
    write_files(tmp_path, {"labels.txt": b"cat\ndog\n"})
    with pytest.warns(Caution, match="lines are not of the form 0:cat"):
        assert open_source(tmp_path).class_names == ("0", "1")


def test_names_are_made_safe_and_unique(tmp_path):
    names = [b"../../a b.png", b"x/a_b.jpg", b"a_b_2", b"", b".png", b"a_b", "é\0.tif".encode()]
    records = [{"image": PNG, "target": 0, "image_name": name} for name in names]
    records.append({"image": PNG, "target": 1, "image_name": b"a_b"})
    source = opened(tmp_path, records)
    # Unnamed images are numbered; a_b_2 is taken, so that the next are a_b_3 and a_b_4.
    expected = ["a_b", "a_b_3", "a_b_2", "000003", "000004", "a_b_4", "é"]
    assert [example.path for example in source.examples] == [
        *(f"0/{name}.png" for name in expected),
        "1/a_b.png",
    ]


def test_many_images_of_one_name_are_numbered_in_order(tmp_path):
    records = [{"image": PNG, "target": 0, "id": 5}] * 3000
    paths = [example.path for example in opened(tmp_path, records).examples]
    assert paths == ["0/5.png", *(f"0/5_{number}.png" for number in range(2, 3001))]


def test_images_take_a_few_bytes_of_memory_each(tmp_path):
    records = [
        {"image": PNG, "target": n % 3, "image_name": b"a_long_name_of_an_image_%07d" % n}
        for n in range(2000)
    ]
    source = opened(tmp_path, records)
    # 8 for the offset, 4 for the label, 1 for the split and 1 for the format.
    assert len(pickle.dumps(source.examples)) < 2000 * 14 + 4000


def test_a_source_without_labels_is_one_class_if_the_user_says_so(tmp_path):
    source = opened(tmp_path / "faces", [{"image": JPEG}, {"image": PNG}], unlabeled=True)
    assert source.class_names == ("faces",)
    assert [example.path for example in source.examples] == [
        "faces/000000.jpg",
        "faces/000001.png",
    ]


def test_a_single_file_is_a_source(tmp_path):
    write_records(tmp_path / "in" / "test.tfrec", [{"image": JPEG, "label": 1}])
    file = write_records(tmp_path / "in" / "flowers-00000-of-00002", [{"image": PNG, "label": 0}])
    source = open_source(file)
    assert (source.name, source.splits, source.class_names) == ("flowers", (), ("0",))
    write_files(tmp_path, {"photo.png": PNG})
    with pytest.raises(InputError, match=r"photo.png is a file, but no TFRecord file; name the f"):
        open_source(tmp_path / "photo.png")


def test_splits_are_those_of_the_names_of_folders_too(tmp_path):
    for number, folder in enumerate(("test", "train", "val")):
        write_records(tmp_path / folder / "00-192x192-1.tfrec", [{"image": PNG, "label": number}])
    source = open_source(tmp_path)
    assert source.splits == ("train", "validation", "test")
    assert [example.path for example in source.examples] == [
        "train/1/000000.png",
        "validation/2/000000.png",
        "test/0/000000.png",
    ]


def test_a_missing_file_of_a_series_is_reported(tmp_path):
    write_records(tmp_path / "train-00001-of-00003", [{"image": PNG, "label": 0}])
    with pytest.warns(Caution, match="lacks train-00000-of-00003, in all 2 of its numbered files"):
        assert len(open_source(tmp_path).examples) == 1


def test_folders_beside_records_are_unexpected(tmp_path):
    labeled_folder(tmp_path, {"cat": 1})
    with pytest.raises(InputError, match="'cat' in .* is a folder beside TFRecords; move it away"):
        opened(tmp_path, [{"image": PNG, "label": 0}])


def test_records_of_this_package_need_their_metadata(tmp_path):
    root = labeled_folder(tmp_path / "in", {"a": 2})
    records = convert("convert_to_tfrecords", root, tmp_path / "records") / "1.0.0"
    (records / "dataset_info.json").unlink()
    with pytest.raises(InputError, match=r"written by data_tools, but dataset_info.json is miss"):
        open_source(records)
