"""The images of a study, and the checks that keep test images out of training."""
