"""Grow a labeled image folder with a GAN and measure whether that helps a classifier."""

__version__ = "0.1.0"
