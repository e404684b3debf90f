"""Does the synthetic data help a classifier, and how sure are we?"""
