"""A GAN run: its config, its directory, how it is trained, continued and sampled."""
