"""Training images that are combined from two data sets."""
