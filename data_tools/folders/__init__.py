"""Folders of images: labels, splits, and the layouts that people have."""
