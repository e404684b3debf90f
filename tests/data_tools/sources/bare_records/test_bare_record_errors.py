"""Records of other programs that cannot be read, and --schema."""

import numpy as np
import pytest
from image_folders import jpeg, labeled_folder, random_image
from tensorflow_records import write_records

from data_tools.__main__ import main
from data_tools.errors import InputError
from data_tools.formats.example_proto import encode_example
from data_tools.formats.manifest import read_manifest
from data_tools.formats.record_keys import RecordSchema, parse_schema
from data_tools.formats.tfrecord import frame_record
from data_tools.sources import open_source

JPEG = jpeg(0)
GOOD = {"image": JPEG, "label": 1}
NAME_KEYS = "name the keys with --schema=image=KEY,label=KEY[,name=KEY,group=KEY]"


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (
            {"pic": JPEG, "cls": 3, "score": 0.5, "box": [1, 2], "mask": [0.0, 1.0], "tags": []},
            "has no known schema; it has box (2 integers), cls (integer 3), mask (2 floats), "
            f"pic ({len(JPEG)} bytes), score (float 0.5), tags (0 integers); {NAME_KEYS}",
        ),
        ({"image": JPEG}, f"has no known schema; it has image ({len(JPEG)} bytes); {NAME_KEYS}"),
        ({"image": JPEG, "label": 0.0}, "has no known schema; it has image"),
        ({"image": JPEG, "label": [1, 2]}, "label (2 integers)"),
        # 4 * 5 * 3 = 60 values: neither 59 nor 61 bytes are an image.
        ({"image": b"\0" * 61, "height": 4, "width": 5, "label": 0}, "image (61 bytes)"),
        ({"image": b"\0" * 59, "height": 4, "width": 5, "depth": 3, "label": 0}, "has no known"),
        ({"image": b"", "height": 0, "width": 0, "label": 0}, "image (0 bytes)"),
        (
            {"image": [0.0, 1.0], "label": 0},
            "has its image as 2 floats under 'image'; only PNG, JPEG or raw bytes (uint8) can be "
            "read: write the images as <label>/<image>",
        ),
        ({"image_raw": [0, 255], "label": 0}, "has its image as 2 integers under 'image_raw'"),
        (
            {"shape": [3, 4, 4], "data": b"\0" * 48},
            "is StyleGAN's (shape and data: raw pixels at one of several resolutions, no label); "
            "export the original images as <label>/<image> and give their folder",
        ),
    ],
)
def test_a_record_without_a_known_schema_is_explained(record, message, tmp_path):
    file = write_records(tmp_path / "a-r02.tfrecords", [record])
    with pytest.raises(InputError) as raised:
        open_source(tmp_path)
    assert f"the record at byte 0 of {file} " in str(raised.value)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"image": JPEG}, "has not one number or text under 'label'; it has image ("),
        ({"image": JPEG, "label": [1, 2]}, "has not one number or text under 'label'; it has"),
        ({"image": JPEG, "label": []}, "label (0 integers)"),
        ({"image": JPEG, "label": b""}, "has not one number or text under 'label'"),
        ({"image": JPEG, "label": b"\xff"}, "has a label under 'label' that is not UTF-8"),
        ({"image": JPEG, "label": -1}, "has label -1 under 'label', which is no class"),
        ({"image": JPEG, "label": b"cat"}, "has the label 'cat', where others have numbers"),
        ({"label": 1}, "has not one image under 'image'; it has label (integer 1)"),
        ({"image": [JPEG, JPEG], "label": 1}, "image (2 byte strings)"),
    ],
)
def test_a_record_that_differs_from_the_first_is_named_by_file_and_byte(record, message, tmp_path):
    write_records(tmp_path / "a.tfrecord", [GOOD])
    file = write_records(tmp_path / "b.tfrecord", [GOOD, record])
    with pytest.raises(InputError) as raised:
        open_source(tmp_path)
    second = len(frame_record(encode_example(GOOD)))
    assert str(raised.value).startswith(f"the record at byte {second} of {file} has ")
    assert message in str(raised.value)


def test_a_label_has_one_name(tmp_path):
    records = [
        {"image/encoded": JPEG, "image/class/label": 1, "image/class/text": text}
        for text in (b"cat", b"dog")
    ]
    write_records(tmp_path / "a.tfrecord", records)
    with pytest.raises(InputError, match="names label 1 'dog', an earlier one 'cat'"):
        open_source(tmp_path)
    schema = parse_schema("image=image/encoded,label=image/class/label")
    assert open_source(tmp_path, schema=schema).class_names == ("1",)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:-1], "is truncated at byte {second}"),
        (lambda data: data[:-5] + b"\0" + data[-4:], "is damaged at byte {second}"),
        (lambda data: b"not a record, but text", "is damaged at byte 0"),
        (lambda data: frame_record(b"\xff\xff"), "at byte 0 .* is not a tf.train.Example"),
        (lambda data: b"", "has no records; its files are empty"),
    ],
)
def test_a_damaged_file_is_named_with_the_byte(damage, message, tmp_path):
    file = write_records(tmp_path / "a.tfrecord", [GOOD, GOOD])
    second = file.stat().st_size // 2
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(InputError, match=message.format(second=second)):
        open_source(tmp_path)


def test_raw_pixels_of_another_size_are_a_bad_image(tmp_path):
    raw = {"image": b"\1" * 60, "height": 4, "width": 5, "label": 0}
    write_records(tmp_path / "a.tfrecord", [raw, raw | {"height": 7}, raw | {"image": b"\1" * 40}])
    good, other_size, two_channels = open_source(tmp_path).examples
    np.testing.assert_array_equal(good.pixels(), np.ones((4, 5, 3)))
    for example in (other_size, two_channels):
        with pytest.raises(InputError, match="does not contain an image of the stated size"):
            example.read()


def test_a_schema_names_the_keys(tmp_path, capsys):
    image = random_image(0, height=4, width=5)
    record = {"pic": image.tobytes(), "height": 4, "width": 5, "cls": b"cat", "who": 3, "no": b"n"}
    source = write_records(tmp_path / "in" / "train.record", [record]).parent
    schema = "--schema=image=pic,label=cls,name=no,group=who"
    arguments = ["convert", "--op=tfrecords_to_images", f"--data_dir={source}", "--workers=1"]
    assert main([*arguments, f"--dest={tmp_path / 'out'}", schema]) == 0
    (written,) = read_manifest(tmp_path / "out")
    assert (written.path, written.label, written.group) == ("train/cat/n.png", "cat", "3")
    assert main([*arguments, f"--dest={tmp_path / 'no'}", "--schema=image=pic,label=x"]) == 1
    (error,) = capsys.readouterr().err.splitlines()
    assert "has no image or no label under --schema=image=pic,label=x; it has cls (3 byt" in error
    assert not (tmp_path / "no").exists()


def test_a_schema_is_read_back_from_its_text():
    schema = RecordSchema("image/a", "b", name="c", group="d=e")
    assert parse_schema(str(schema)) == schema
    assert str(schema) == "image=image/a,label=b,name=c,group=d=e"


@pytest.mark.parametrize(
    "text", ["", "image", "image=", "label=a", "image=a,size=b", "image=a,image=b", "image=a,"]
)
def test_a_schema_of_another_form_is_refused(text, capsys):
    assert main(["inspect", "in", f"--schema={text}"]) == 2
    (error,) = capsys.readouterr().err.splitlines()
    assert error.startswith(f"error: flag --schema={text}: ")


def test_a_schema_is_refused_for_other_sources(tmp_path, capsys):
    folder = labeled_folder(tmp_path / "images", {"cat": 2})
    records = write_records(tmp_path / "records" / "a.tfrecord", [{"x": JPEG, "y": 0}]).parent
    assert main(["inspect", str(folder), "--schema=image=x,label=y"]) == 2
    assert "--schema is for TFRecords without metadata, which" in capsys.readouterr().err
    arguments = ["convert", "--op=merge_datasets", "--workers=1", "--schema=image=x,label=y"]
    both = [f"--data_dir={folder}", f"--data_dir={records}", f"--dest={tmp_path / 'both'}"]
    assert main([*arguments, *both]) == 0
    labels = sorted(record.label for record in read_manifest(tmp_path / "both"))
    assert labels == ["0", "cat", "cat"]
    same = [f"--data_dir={folder}", f"--data_dir={folder}", f"--dest={tmp_path / 'same'}"]
    assert main([*arguments, *same]) == 2
    assert "no --data_dir names any" in capsys.readouterr().err
