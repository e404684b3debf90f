"""Devices, replicas, workers and signals."""
