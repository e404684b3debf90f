"""Trains the replicates of a study."""
