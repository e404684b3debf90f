"""The images of a study: read, checked against one another, and numbered alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from data_tools.errors import InputError
from data_tools.sources import open_source
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.inputs.images import LabeledImages, load_images
from gan_tf.study.data.leaks import refuse_leaks, refuse_synthetic
from gan_tf.study.data.near_duplicates import near_pairs
from gan_tf.study.data.study_data import StudyData

_HOW = "by bytes, by pixels, by the file that it was made of as far as histories tell, or by group"


@dataclass(frozen=True)
class Sources:
    """What a study reads: specs of ``data_tools.sources.open_source``.

    Attributes:
      real: training images.
      synthetic: one set a GAN run.
      test: real test images.
      validation: real images by which runs are stopped; "" for none.
      gan_runs: directories of GAN runs whose images a study makes itself, in place of synthetic.
    """

    real: str
    synthetic: tuple[str, ...]
    test: str
    validation: str = ""
    gan_runs: tuple[str, ...] = ()

    @property
    def num_synthetic_sets(self) -> int:
        """Number of synthetic sets, given or yet to be generated."""
        return len(self.synthetic) + len(self.gan_runs)


class Loaded:
    """The checked images of a study: one numbering of labels, one shape, no leak.

    Raises:
      InputError: see ``open_source``; sets that do not fit together; a leak.
    """

    def __init__(self, sources: Sources):
        self.real = load_images(sources.real, "train")
        self.test = load_images(sources.test, "test")
        self.synthetic = [load_images(spec, "train") for spec in sources.synthetic]
        self.validation = None
        flags = [f"--synthetic={spec}" for spec in sources.synthetic]
        if len(self.real.class_names) < 2:
            raise InputError(
                f"--data has the one label '{self.real.class_names[0]}'; a classifier needs two"
            )
        if len(self.test.labels) < 2:
            raise InputError("--test_data has a single image, which tells nothing; give more")
        sets = [(self.test, "--test_data"), *zip(self.synthetic, flags, strict=True)]
        if sources.validation:
            self.validation = load_images(sources.validation, "validation")
            sets.append((self.validation, "--validation_data"))
        for images, flag in sets:
            refuse_misfit(self.real, images, flag)
        refuse_synthetic(self.real, "--data", "give generated images as --synthetic")
        refuse_synthetic(self.test, "--test_data", "test on real images only")
        if self.validation is not None:
            refuse_synthetic(self.validation, "--validation_data", "choose by real images only")
        _refuse_twins(self.synthetic, flags)
        trained_on = [open_source(spec).trained_on for spec in sources.synthetic]
        self.num_seen = [len(seen) for seen in trained_on]
        seen_by = [("--data", list(self.real.identities()))]
        if self.validation is not None:
            validation = list(self.validation.identities())
            refuse_leaks("validation", validation, seen_by)
            seen_by.append(("--validation_data", validation))
        for images, flag, seen in zip(self.synthetic, flags, trained_on, strict=True):
            seen_by += [(flag, images.identities()), (f"the training data of {flag}", seen)]
        refuse_leaks("test", list(self.test.identities()), seen_by)

    @property
    def test_groups(self) -> np.ndarray:
        """Number of the group of every test image, [n]."""
        return group_numbers([example.group for example in self.test.examples])

    @property
    def data(self) -> StudyData:
        """The arrays, with every label numbered as in the real training data."""
        names = self.real.class_names
        nothing = ImageSet(self.real.images[:0], self.real.labels[:0])
        return StudyData(
            real=renumbered(self.real, names),
            synthetic=[renumbered(images, names) for images in self.synthetic] or [nothing],
            test=renumbered(self.test, names),
            class_names=names,
            validation=None if self.validation is None else renumbered(self.validation, names),
        )

    def leak_text(self) -> str:
        """What was checked, as a sentence."""
        if not self.synthetic:
            return f"No test image is among the training images, {_HOW}."
        num_listed = sum(count > 0 for count in self.num_seen)
        listed = f"{num_listed} of {len(self.synthetic)} synthetic sets list the real images"
        return (
            f"No test image is among the training images, real or synthetic, {_HOW}; {listed} that "
            "their generator saw, and no test image is among those."
        )

    def leak_notes(self) -> list[str]:
        """A warning where a generator's training images are not known."""
        num_unknown = self.num_seen.count(0)
        if not num_unknown:
            return []
        return [
            f"{num_unknown} of {len(self.synthetic)} synthetic sets do not list the real images "
            "that their generator saw: whether it saw test images cannot be checked."
        ]

    def near_duplicates(self) -> list[dict[str, Any]]:
        """Test images that are nearly training images, with names and differences."""
        found = []
        for images in (self.real, *self.synthetic):
            found += [
                {
                    "test": self.test.examples[pair.test].path,
                    "training": images.examples[pair.training].path,
                    "set": images.name,
                    "difference": pair.difference,
                }
                for pair in near_pairs(self.test.images, images.images)
            ]
        return found


def card(images: LabeledImages, names: Sequence[str]) -> dict[str, Any]:
    """What a report says of a set: name, fingerprint, size, images of each class."""
    labels = renumbered(images, names).labels
    return {
        "name": images.name,
        "fingerprint": images.fingerprint,
        "num_images": len(images.labels),
        "shape": list(images.images.shape[1:]),
        "counts": np.bincount(labels, minlength=len(names)).tolist(),
    }


def group_numbers(groups: Sequence[str | None]) -> np.ndarray:
    """The groups numbered as they come; an image without one is a group of its own.

    >>> group_numbers(["lesion_1", None, "lesion_1", None])
    array([0, 1, 0, 2])
    """
    numbers: dict[str | int, int] = {}
    keys = [index if group is None else group for index, group in enumerate(groups)]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)


def renumbered(images: LabeledImages, names: Sequence[str]) -> ImageSet:
    """The images with labels that are positions in ``names``."""
    number = np.array([list(names).index(name) for name in images.class_names], np.int32)
    return ImageSet(images.images, number[images.labels])


def refuse_misfit(real: LabeledImages, images: LabeledImages, flag: str) -> None:
    """Raises InputError where ``images`` have labels or a size that ``real`` has not."""
    for name in images.class_names:
        if name not in real.class_names:
            raise InputError(
                f"{flag} has label '{name}', which --data lacks ({', '.join(real.class_names)})"
            )
    if images.images.shape[1:] != real.images.shape[1:]:
        ours, theirs = ("x".join(map(str, one.images.shape[1:])) for one in (real, images))
        raise InputError(
            f"{flag} has images of {theirs} (height, width, channels) but --data of {ours}; bring "
            "them to one size with `data_tools convert --op=resize_images`"
        )


def _refuse_twins(sets: Sequence[LabeledImages], flags: Sequence[str]) -> None:
    """Raises InputError where two GAN runs gave the same images: they would count as two."""
    fingerprints = [images.fingerprint for images in sets]
    for index, fingerprint in enumerate(fingerprints):
        first = fingerprints.index(fingerprint)
        if first < index:
            raise InputError(
                f"{flags[index]} has the same images as {flags[first]}; give each GAN run once"
            )
