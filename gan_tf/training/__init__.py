"""The training step and loop of all GANs and classifiers; knows none of them."""
