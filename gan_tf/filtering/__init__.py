"""Selects the synthetic images worth keeping."""
