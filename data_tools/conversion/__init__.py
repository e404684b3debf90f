"""From an operation's plan to a finished data set."""
