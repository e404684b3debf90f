"""Opening the images of a run."""

import numpy as np
import pytest
from image_folders import random_image
from tensorflow_records import write_records

from data_tools.formats.images import encode_png
from data_tools.formats.record_keys import parse_schema
from gan_tf.inputs.opening import open_domains, open_images

IMAGES = np.stack([random_image(number, channels=1) for number in range(6)])
SCHEMA = parse_schema("image=pic,label=cls")


@pytest.fixture
def records(tmp_path):
    rows = [{"pic": encode_png(image), "cls": 5 + n % 2} for n, image in enumerate(IMAGES)]
    write_records(tmp_path / "train-0.tfrecord.gz", rows[:4], "GZIP")
    write_records(tmp_path / "val-0.tfrecord", rows[4:])
    return str(tmp_path)


@pytest.mark.parametrize("input_mode", ["memory", "stream"])
def test_records_of_other_programs_are_training_images(input_mode, records):
    images, resolved = open_images(records, input_mode, schema=SCHEMA)
    assert (resolved, images.epoch_size, images.class_names) == (input_mode, 4, ("5", "6"))
    np.testing.assert_array_equal(images.pixels(range(4)), IMAGES[:4])


@pytest.mark.parametrize("with_channels", [True, False])
def test_raw_pixels_of_other_programs_are_streamed(with_channels, tmp_path):
    size = {"height": 8, "width": 6} | ({"depth": 1} if with_channels else {})
    rows = [{"image_raw": image.tobytes(), "label": 0, **size} for image in IMAGES]
    write_records(tmp_path / "a.tfrecord", rows)
    images, _ = open_images(str(tmp_path), "stream")
    batch = next(iter(images.dataset(batch_size=6, seed=0)))
    read = {image.tobytes() for image in batch["image"].numpy()}
    assert read == {image.tobytes() for image in IMAGES}


def test_labels_in_records_of_other_programs_are_domains(records):
    domains, _ = open_domains(records, None, ["5", "6"], "memory", schema=SCHEMA)
    # Of the images 0 to 3, the even ones have label 5; the second domain follows the first.
    np.testing.assert_array_equal(domains.pixels(range(4)), IMAGES[[0, 2, 1, 3]])
