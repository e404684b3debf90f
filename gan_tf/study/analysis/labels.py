"""Names of cells in tables, figures and sentences."""

from collections.abc import Mapping
from typing import Any

from gan_tf.study.design.amounts import ALL, BALANCE


def cell_label(entry: Mapping[str, Any]) -> str:
    """Return the short name of a cell for tables and legends.

    >>> cell_label({"title": "real + synthetic", "amount": "250", "real_images_per_class": 10})
    'real + synthetic, 250, 10 real per class'
    """
    parts = [entry["title"]]
    if entry["amount"] not in (None, ALL):
        parts.append(entry["amount"])
    if entry["real_images_per_class"] is not None:
        parts.append(f"{entry['real_images_per_class']} real per class")
    return ", ".join(parts)


def amount_label(entry: Mapping[str, Any]) -> str:
    """Return the short name of a cell without its arm.

    >>> amount_label({"title": "synthetic only", "amount": "250", "real_images_per_class": None})
    '250'
    """
    return cell_label(entry | {"title": entry["amount"] or ALL, "amount": None})


def configuration_text(entry: Mapping[str, Any]) -> str:
    """Return the images of a cell in words, to follow "helps with".

    >>> configuration_text({"amount": "0.5x", "real_images_per_class": 10})
    '0.5x as many synthetic as real images, 10 real images per class'
    >>> configuration_text({"amount": "1", "real_images_per_class": None})
    '1 synthetic image per class'
    """
    amount = entry["amount"]
    if amount in (None, ALL):
        text = "all synthetic images"
    elif amount == BALANCE:
        text = "classes balanced by synthetic images"
    elif amount.endswith("x"):
        text = f"{amount} as many synthetic as real images"
    else:
        text = f"{amount} synthetic {_images(amount)} per class"
    num_real = entry["real_images_per_class"]
    return text if num_real is None else f"{text}, {num_real} real {_images(num_real)} per class"


def _images(count: int | str) -> str:
    return "image" if int(count) == 1 else "images"
