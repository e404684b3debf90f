"""The images of a study: loaded once, checked against each other, with one label numbering."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data_tools.errors import InputError
from data_tools.formats.manifest import VALIDATION
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.inputs.images import LabeledImages, load_images
from gan_tf.study.data.leaks import refuse_leaks, refuse_synthetic
from gan_tf.study.data.matching import (
    group_indices,
    refuse_identical_sets,
    refuse_mismatch,
    renumbered,
)
from gan_tf.study.data.study_data import StudyData


@dataclass(frozen=True)
class Sources:
    """The data of a study, as specs for ``data_tools.sources.open_source``.

    Attributes:
      real: training images.
      synthetic: one set per GAN run.
      test: real test images.
      validation: real images for early stopping; "" for none.
      gan_runs: directories of GAN runs from which the study generates its synthetic sets, instead
        of ``synthetic``.
    """

    real: str
    synthetic: tuple[str, ...]
    test: str
    validation: str = ""
    gan_runs: tuple[str, ...] = ()

    @property
    def num_synthetic_sets(self) -> int:
        """Number of synthetic sets, given or still to be generated."""
        return len(self.synthetic) + len(self.gan_runs)


@dataclass(frozen=True)
class StudyImages:
    """The checked images of a study: labels and shapes match, and no held-out image leaks.

    Attributes:
      real: training images.
      synthetic: one set per GAN run.
      test: real test images.
      validation: real images for early stopping, or None.
    """

    real: LabeledImages
    synthetic: Sequence[LabeledImages]
    test: LabeledImages
    validation: LabeledImages | None

    @property
    def num_trained_on(self) -> list[int]:
        """Number of GAN training images that each synthetic set lists; 0 if it has no list."""
        return [
            sum(image.seen_as != VALIDATION for image in images.trained_on)
            for images in self.synthetic
        ]

    @property
    def test_groups(self) -> np.ndarray:
        """Index of the group of every test image, [n]."""
        return group_indices([example.group for example in self.test.examples], self.test.images)

    @property
    def data(self) -> StudyData:
        """The arrays, with labels numbered as in the real training data."""
        names = self.real.class_names
        empty = ImageSet(self.real.images[:0], self.real.labels[:0])
        return StudyData(
            real=renumbered(self.real, names),
            synthetic=[renumbered(images, names) for images in self.synthetic] or [empty],
            test=renumbered(self.test, names),
            class_names=names,
            validation=None if self.validation is None else renumbered(self.validation, names),
        )


def load_study_images(sources: Sources, real: LabeledImages | None = None) -> StudyImages:
    """Load the images of a study, each source once, and check them.

    Args:
      sources: what to load; ``gan_runs`` are ignored.
      real: the images of ``sources.real``, if already loaded.

    Raises:
      InputError: see ``open_source``; too few labels or test images, synthetic images where real
        ones are needed, labels or shapes that do not match, a synthetic set given twice, a leak.
    """
    images = StudyImages(
        real=load_images(sources.real, "train") if real is None else real,
        synthetic=[load_images(spec, "train") for spec in sources.synthetic],
        test=load_images(sources.test, "test"),
        validation=load_images(sources.validation, "validation") if sources.validation else None,
    )
    flags = [f"--synthetic={spec}" for spec in sources.synthetic]
    _check_sets(images, flags)
    _check_leaks(images, flags)
    return images


def _check_sets(images: StudyImages, flags: Sequence[str]) -> None:
    """Raise an InputError if a set is too small or of the wrong kind, or sets do not match."""
    if len(images.real.class_names) < 2:
        raise InputError(
            f"--data has a single label '{images.real.class_names[0]}'; a classifier needs two"
        )
    if len(images.test.labels) < 2:
        raise InputError("--test_data has a single image, which is too few; give more")
    sets = [(images.test, "--test_data"), *zip(images.synthetic, flags, strict=True)]
    if images.validation is not None:
        sets.append((images.validation, "--validation_data"))
    for one, flag in sets:
        refuse_mismatch(images.real, one, flag)
    refuse_synthetic(images.real, "--data", "give generated images as --synthetic")
    refuse_synthetic(images.test, "--test_data", "test on real images only")
    if images.validation is not None:
        refuse_synthetic(images.validation, "--validation_data", "validate on real images only")
    refuse_identical_sets(images.synthetic, flags)


def _check_leaks(images: StudyImages, flags: Sequence[str]) -> None:
    """Raise an InputError if test or validation images were trained on."""
    seen_by = [("--data", list(images.real.identities()))]
    if images.validation is not None:
        validation = list(images.validation.identities())
        refuse_leaks("validation", validation, seen_by)
        seen_by.append(("--validation_data", validation))
    for synthetic, flag in zip(images.synthetic, flags, strict=True):
        seen_by.append((flag, synthetic.identities()))
        seen_by.append((f"the training data of {flag}", synthetic.trained_on))
    refuse_leaks("test", list(images.test.identities()), seen_by)
