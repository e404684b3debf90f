"""What a study compares: options, arms, amounts, cells and replicates."""
