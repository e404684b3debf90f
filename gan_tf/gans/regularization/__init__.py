"""What helps a discriminator with few images: augmentation of all that it sees, and regularizers.

A new policy of ``--diff_augment`` is one function in ``diff_augment.py`` and one line here; a new
regularizer is one function and one line in ``regularizers.py``, and its weight an option.
"""

_FUNCTIONS = "gan_tf.gans.regularization.diff_augment"

#: Policies of ``--diff_augment`` by name, in the order in which they are applied.
POLICIES = {
    "color": f"{_FUNCTIONS}:color",
    "flip": f"{_FUNCTIONS}:flip",
    "translation": f"{_FUNCTIONS}:translation",
    "cutout": f"{_FUNCTIONS}:cutout",
}
