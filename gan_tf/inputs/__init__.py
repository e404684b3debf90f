"""A source of labelled images becomes batches, by index and deterministically."""
