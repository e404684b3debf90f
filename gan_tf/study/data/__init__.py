"""What a study reads, and the checks that keep test images unseen."""
