"""The images that a run learns from or is chosen by, as the run sees and records them."""

#: File in the run directory with the labels that were given to images without one.
PSEUDO_LABELS_FILE = "pseudo_labels.jsonl"
