"""Choosing the synthetic images worth keeping."""
