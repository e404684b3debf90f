"""GAN runs: config, directory, training, sampling and translation."""
