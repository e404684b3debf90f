"""One step and one loop for every family and the classifiers; knows none of them."""
