"""From predictions to estimates, tests and a verdict."""
