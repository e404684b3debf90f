"""What a study trains: arms, amounts, cells and settings."""
