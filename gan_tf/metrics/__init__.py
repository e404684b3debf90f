"""Scores of predictions and of generated images."""
