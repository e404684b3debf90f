"""Architectures: Keras models built by parameterized functions, one file each."""
