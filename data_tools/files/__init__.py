"""Files and folders on disk: staged writes, locks, safe paths, where a path is looked up."""
