"""Inspection and verification of data sets, without changing them."""
