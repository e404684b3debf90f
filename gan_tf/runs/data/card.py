"""What a run records about its training images; imports nothing heavy."""

from typing import TYPE_CHECKING, NamedTuple

from data_tools.errors import InputError

if TYPE_CHECKING:
    from gan_tf.inputs.training_images import TrainingImages

# A class with fewer images is too small to learn from.
FEW_IMAGES = 100


class DataCard(NamedTuple):
    """What a run records about its training images.

    Attributes:
      name: name of the source.
      class_names: names of the classes, in the order of labels.
      class_counts: number of images of each class.
      image_shape: height, width, channels.
      fingerprint: hash of the content.
      num_unlabeled: number of images without labels, which ``class_counts`` leaves out.
    """

    name: str
    class_names: tuple[str, ...]
    class_counts: tuple[int, ...]
    image_shape: tuple[int, int, int]
    fingerprint: str
    num_unlabeled: int = 0


def require_images_of_every_class(data: DataCard) -> None:
    """Raise InputError if a class has no training images: nothing says how it looks."""
    for name, count in zip(data.class_names, data.class_counts, strict=True):
        if not count:
            raise InputError(
                f"label '{name}' of {data.name} has no training images; add some, or leave the "
                f"label out with data_tools convert --op=select_classes --drop={name}"
            )


def few_images_cautions(data: DataCard) -> list[str]:
    """Return a caution that names the classes with too few images to learn from, if any."""
    small_classes = [
        f"'{name}' ({count})"
        for name, count in zip(data.class_names, data.class_counts, strict=True)
        if count < FEW_IMAGES
    ]
    if not small_classes:
        return []
    return [
        f"fewer than {FEW_IMAGES} images of {', '.join(small_classes)}: a GAN underfits or "
        "memorizes such small classes; add images or merge classes, and look for copies with "
        "gan_tf.evaluate"
    ]


def data_card(images: "TrainingImages") -> DataCard:
    """Return what a run records about its training images."""
    import numpy as np

    counts = np.bincount(images.labels, minlength=len(images.class_names))
    return DataCard(
        images.name,
        tuple(images.class_names),
        tuple(int(count) for count in counts),
        tuple(int(edge) for edge in images.image_shape),
        images.fingerprint,
        len(images.examples) - len(images.labels),
    )


def data_table(data: DataCard) -> str:
    """Return the data card as Markdown."""
    unlabeled = [f"| without label | {data.num_unlabeled} |"] if data.num_unlabeled else []
    rows = zip(data.class_names, data.class_counts, strict=True)
    height, width, channels = data.image_shape
    return "\n".join(
        [
            f"{data.name}: {sum(data.class_counts)} images, {width}x{height}x{channels}, "
            f"fingerprint {data.fingerprint[:12]}",
            "",
            "| class | images |",
            "|---|---|",
            *(f"| {name} | {count} |" for name, count in rows),
            *unlabeled,
        ]
    )
