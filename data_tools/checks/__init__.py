"""What can be said of a data set without changing it."""
