"""Files and folders on disk: staged writes, locks, safe relative paths, path lookup."""
