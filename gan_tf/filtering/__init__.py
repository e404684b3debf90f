"""The path-rank filter: which images are worth keeping."""
