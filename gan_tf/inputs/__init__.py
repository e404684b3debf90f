"""Deterministic batches of labeled images, readable at any index."""

#: Where a run's images are during training; auto chooses memory if they fit easily.
INPUTS = ("auto", "memory", "stream")
