"""Conversion, inspection and verification of labeled image data sets, without TensorFlow."""

__version__ = "0.1.0"
