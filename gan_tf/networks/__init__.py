"""Architectures: Keras models built by parameterised functions, one file each."""
