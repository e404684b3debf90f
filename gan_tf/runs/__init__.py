"""A GAN run: its recipe, its directory, how it is trained, continued and sampled."""
