"""Deterministic batches of labeled images, readable at any index."""

#: Where a run's images are during training; auto takes memory if they fit well.
INPUTS = ("auto", "memory", "stream")
