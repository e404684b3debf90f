"""Validation images: real images by which the checkpoints of a run are chosen."""

from data_tools.formats.manifest import UNLABELED
from data_tools.formats.record_keys import RecordSchema
from gan_tf.inputs.images import LabeledImages, images_in_memory, open_split
from gan_tf.inputs.training_images import TrainingImages
from gan_tf.study.data.leaks import refuse_leaks, refuse_synthetic
from gan_tf.study.data.matching import refuse_mismatch, renumbered

FLAG = "--validation_data"


def load_validation(
    spec: str,
    images: TrainingImages,
    nested: str | None = None,
    schema: RecordSchema | None = None,
) -> LabeledImages:
    """Load validation images, numbered by the classes of the training images.

    Args:
      spec: see ``data_tools.sources.open_source``; a source with splits is read from
        ``validation``.
      images: the training images.
      nested, schema: see ``data_tools.sources.open_source``.

    Raises:
      InputError: there is no such source or split, or the images are synthetic, have another shape
        or a label that the training images lack.
    """
    loaded = images_in_memory(open_split(spec, "validation", nested=nested, schema=schema))
    refuse_synthetic(loaded, FLAG, "validate on real images only")
    refuse_mismatch(images, loaded, FLAG)
    labels = renumbered(loaded, images.class_names).labels
    return loaded._replace(labels=labels, class_names=tuple(images.class_names))


def refuse_seen(validation: LabeledImages, images: TrainingImages) -> None:
    """Raise InputError if a validation image is among the training images, or behind them."""
    seen = list(images.identities())
    seen_by = [
        ("--data", [image for image in seen if image.seen_as is None]),
        ("--unlabeled_data", [image for image in seen if image.seen_as == UNLABELED]),
        ("the training data of synthetic images among the training images", images.trained_on),
    ]
    refuse_leaks("validation", list(validation.identities()), seen_by)
