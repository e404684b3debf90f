"""Studies: whether synthetic images improve a classifier, with confidence intervals."""
