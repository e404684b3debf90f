"""The stages of an experiment: parsing, execution, and which of them are up to date."""
