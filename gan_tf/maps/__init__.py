"""Maps of real and synthetic images."""
