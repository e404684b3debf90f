"""Devices, replicas, workers and signals of a training process."""
