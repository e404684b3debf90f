"""Training the classifiers of a study."""
