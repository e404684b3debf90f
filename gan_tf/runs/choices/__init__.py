"""What a run chooses by itself: the family for the data, the number of steps for the time."""
