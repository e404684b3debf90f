"""Caveats that a study puts beside its verdict, as sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

from gan_tf.study.analysis.answer import answering_cells
from gan_tf.study.analysis.labels import cell_label
from gan_tf.study.design.arms import BASELINE

_EVIDENCE = "file hash, pixel hash, original file where the history records it"


def control_notes(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a note for each control that scores at least as high as the cells of the verdict."""
    answering = answering_cells(entries)
    notes = []
    for control in (entry for entry in entries if entry["is_control"]):
        mean, size = control["estimate"]["mean"], control["real_images_per_class"]
        rivals = [entry for entry in answering if entry["real_images_per_class"] == size]
        if rivals and all(mean >= entry["estimate"]["mean"] for entry in rivals):
            notes.append(
                f"The control '{cell_label(control)}', which uses no synthetic images, scores at "
                f"least as high ({100 * mean:.2f}%)."
            )
    return notes


def slice_notes(entries: Sequence[Mapping[str, Any]], num_trained_on: int) -> list[str]:
    """Return a note if a GAN was trained on more real images than a classifier.

    Args:
      entries: the cells.
      num_trained_on: largest number of real images that a synthetic set lists.
    """
    smallest = min(entry["num_images"] for entry in entries if entry["arm"] == BASELINE)
    if num_trained_on <= smallest:
        return []
    return [
        f"The GAN was trained on {num_trained_on} real images, the smallest real arm on only "
        f"{smallest}: a gain from the synthetic images may be due to the additional real images."
    ]


def leak_notes(num_trained_on: Sequence[int]) -> list[str]:
    """Return a note if a synthetic set does not list the training images of its GAN.

    Args:
      num_trained_on: number of real images that each synthetic set lists.
    """
    num_unknown = sum(count == 0 for count in num_trained_on)
    if not num_unknown:
        return []
    does = "does" if num_unknown == 1 else "do"
    return [
        f"{num_unknown} of {len(num_trained_on)} synthetic sets {does} not list the real images "
        "that the GAN was trained on: whether it was trained on test images cannot be checked."
    ]


def near_copy_notes(num_copied: int, num_test_images: int) -> list[str]:
    """Return a note if test images are near copies of real or synthetic training images."""
    if not num_copied:
        return []
    are = "images is a near copy" if num_copied == 1 else "images are near copies"
    return [
        f"{num_copied} of {num_test_images} test {are} of real or synthetic training images, as "
        "listed below."
    ]


def leak_sentence(num_trained_on: Sequence[int], has_groups: bool) -> str:
    """Return how the absence of leaks was checked.

    Args:
      num_trained_on: see ``leak_notes``.
      has_groups: whether a test image has a group.
    """
    evidence = f"{_EVIDENCE}{', group' if has_groups else '; test images have no groups'}"
    if not num_trained_on:
        return f"No test image is among the training images (compared: {evidence})."
    num_listed = sum(count > 0 for count in num_trained_on)
    lists = "lists" if num_listed == 1 else "list"
    return (
        f"No test image is among the real or synthetic training images (compared: {evidence}). "
        f"{num_listed} of {len(num_trained_on)} synthetic sets {lists} the real images that the "
        "GAN was trained on; no test image is among those."
    )
