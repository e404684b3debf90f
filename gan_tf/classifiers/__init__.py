"""Classifiers and how each is trained."""
