"""Labeled image folders in, data sets out: nothing lost, nothing leaked, opened by anyone."""

__version__ = "0.1.0"
