"""The training step and loop that all GANs and classifiers share."""
