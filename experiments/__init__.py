"""Flagfiles, one per experiment; installed as ``gan_tf.experiments``."""
