"""A source of labeled images becomes batches, by index and deterministically."""

#: Where a run's images are while it trains; auto takes memory where they fit well.
INPUTS = ("auto", "memory", "stream")
