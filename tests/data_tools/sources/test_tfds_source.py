"""Data sets of TensorFlow Datasets as a source."""

from collections import Counter

import pytest
from image_folders import random_image

from data_tools.errors import Caution, InputError
from data_tools.sources import open_source


def test_a_prepared_data_set_keeps_its_classes_and_splits(tmp_path, monkeypatch):
    import tensorflow_datasets as tfds

    images = [random_image(seed) for seed in range(4)]

    class Animals(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("2.0.0")

        def _info(self):
            features = {
                "image": tfds.features.Image(shape=(None, None, 3)),
                "id": tfds.features.Text(),
                "label": tfds.features.ClassLabel(names=["zebra", "ape"]),
            }
            return tfds.core.DatasetInfo(
                builder=self, features=tfds.features.FeaturesDict(features)
            )

        def _split_generators(self, manager):
            return {
                "train": self._generate_examples(images),
                "val": self._generate_examples(images[2:]),
            }

        def _generate_examples(self, images):
            for number, image in enumerate(images):
                yield number, {"image": image, "id": str(number), "label": number % 2}

    Animals(data_dir=str(tmp_path)).download_and_prepare()
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    with pytest.warns(Caution, match="read as splits: 'val' as 'validation'"):
        source = open_source("tfds:animals")
    assert source.name == "animals"
    assert source.class_names == ("zebra", "ape")
    assert source.splits == ("train", "validation")
    train, validation = source.select("train"), source.select("validation")
    assert [example.path.rpartition("/")[2] for example in train.examples] == [
        f"{number:06d}.png" for number in range(4)
    ]
    assert [example.path for example in validation.examples] == [
        "validation/zebra/000000.png",
        "validation/ape/000001.png",
    ]
    held_out = {example.pixels().tobytes() for example in validation.examples}
    assert held_out == {image.tobytes() for image in images[2:]}
    read = {(example.label, example.pixels().tobytes()) for example in train.examples}
    assert read == {
        ("zebra" if n % 2 == 0 else "ape", one.tobytes()) for n, one in enumerate(images)
    }


def test_the_splits_of_two_domains_are_train_and_test_with_the_domains_as_labels(
    tmp_path, monkeypatch
):
    import tensorflow_datasets as tfds

    # As many images as the position of the split says: 1, 2, 3, 4.
    sizes = {"trainA": 1, "trainB": 2, "testA": 3, "testB": 4}

    class Horses(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("3.0.0")

        def _info(self):
            features = {
                "image": tfds.features.Image(),
                "label": tfds.features.ClassLabel(names=["A", "B"]),
            }
            return tfds.core.DatasetInfo(
                builder=self, features=tfds.features.FeaturesDict(features)
            )

        def _split_generators(self, manager):
            return {name: self._generate_examples(name) for name in sizes}

        def _generate_examples(self, split):
            for number in range(sizes[split]):
                yield number, {"image": random_image(number), "label": split[-1]}

    Horses(data_dir=str(tmp_path)).download_and_prepare()
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    source = open_source("tfds:horses")
    assert (source.splits, source.class_names) == (("train", "test"), ("A", "B"))
    counts = Counter((example.split, example.label) for example in source.examples)
    assert counts == {("train", "A"): 1, ("train", "B"): 2, ("test", "A"): 3, ("test", "B"): 4}
    assert len({example.path for example in source.examples}) == 10


@pytest.mark.parametrize("spec", ["tfds:", "tfds:../x", "tfds:/etc"])
def test_a_name_that_leaves_the_folder_of_tfds_is_refused(spec):
    with pytest.raises(InputError, match="does not name a data set"):
        open_source(spec)
