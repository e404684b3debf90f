"""An experiment: a flagfile of stages, each a command in a process of its own."""
