"""Classifiers, how each is trained, and the function that trains one."""
