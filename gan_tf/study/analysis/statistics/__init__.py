"""Means, confidence intervals, tests and sample sizes of a study."""
