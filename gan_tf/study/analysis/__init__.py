"""From predictions to statistics and a verdict."""
