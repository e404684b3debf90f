"""Training images as ``tf.data`` pipelines, each of which starts at any batch of its order.

import gan_tf.inputs

for batch in gan_tf.inputs.dataset("my_images", batch_size=64, seed=1):
    batch["image"], batch["label"]
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf

#: Where a run's images are during training; auto chooses memory if they fit easily.
INPUTS = ("auto", "memory", "stream")


def dataset(
    data: str,
    batch_size: int,
    seed: int,
    *,
    first_batch: int = 0,
    input_mode: str = "auto",
) -> "tf.data.Dataset":
    """Return the endless batches of labeled training images.

    The pipeline is a function of its arguments: one that starts at batch 500 goes on like one that
    has delivered 500 batches, to the last bit. Every epoch holds every image once.

    Args:
      data: see ``data_tools.sources.open_source``; a source with splits is read from ``train``.
      batch_size: number of images of a batch.
      seed: seed of the order.
      first_batch: number of batches to leave out at the start.
      input_mode: a value of ``INPUTS``.

    Returns:
      ``image`` uint8 [batch_size, height, width, channels] and ``label`` int32 [batch_size].

    Raises:
      InputError: there is no such source, no images, or images of different shapes.
    """
    from gan_tf.inputs.opening import open_images

    images, _ = open_images(data, input_mode)
    return images.dataset(batch_size, seed, first_batch=first_batch)


def two_domain_dataset(
    data: str,
    batch_size: int,
    seed: int,
    *,
    data_b: str | None = None,
    domains: Sequence[str] = (),
    first_batch: int = 0,
    input_mode: str = "auto",
) -> "tf.data.Dataset":
    """Return the endless batches of unpaired images of two domains; see ``dataset``.

    Args:
      data: the source of the first domain.
      batch_size: number of images of each domain in a batch.
      seed: seed of both orders, which are independent.
      data_b: the source of the second domain; None if it is the same.
      domains: the label of each domain in its source; see
        ``gan_tf.inputs.combined.domains.two_domains``.
      first_batch: number of batches to leave out at the start.
      input_mode: a value of ``INPUTS``.

    Returns:
      ``image_a`` and ``image_b``, uint8 [batch_size, height, width, channels].

    Raises:
      InputError: see ``dataset``; or the domains are not two, or have images of different shapes.
    """
    from gan_tf.inputs.opening import open_domains

    images, _ = open_domains(data, data_b, domains, input_mode)
    return images.dataset(batch_size, seed, first_batch=first_batch)
