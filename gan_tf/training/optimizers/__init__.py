"""Optimizers, learning rates, loss scaling and weight averages."""
