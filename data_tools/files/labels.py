"""Labels as people write them: which spellings are one label, and which may be."""

import re
import unicodedata
from collections.abc import Iterable

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?")
_NUM_NAMED = 3


def normalized_label(text: str) -> str:
    r"""Return a label without what cannot be meant: surrounding blanks, and decomposed Unicode.

    >>> normalized_label(" cafe\u0301 ") == "caf\u00e9"
    True
    """
    return unicodedata.normalize("NFC", text.strip())


def normalization_note(texts: Iterable[str]) -> str | None:
    """Return a line that says which labels were normalized, None if none was.

    >>> normalization_note(["x", "x ", "y"])
    "'x ' is read as the label 'x'"
    """
    changed = [text for text in dict.fromkeys(texts) if text != normalized_label(text)]
    if not changed:
        return None
    # Composed and decomposed letters look alike, so they are shown as numbers.
    pairs = [
        f"{ascii(text)} is read as the label {ascii(normalized_label(text))}"
        for text in changed[:_NUM_NAMED]
    ]
    more = len(changed) - _NUM_NAMED
    return ", ".join(pairs) + (f", and {more} more alike" if more > 0 else "")


def similar_labels(labels: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the sets of labels that differ only in letter case or in how a number is written.

    >>> similar_labels(["Cat", "0", "dog", "cat", "0.0"])
    [('Cat', 'cat'), ('0', '0.0')]
    """
    by_key: dict[object, list[str]] = {}
    for label in labels:
        key = float(label) if _NUMBER.fullmatch(label) else label.casefold()
        by_key.setdefault(key, []).append(label)
    return [tuple(alike) for alike in by_key.values() if len(alike) > 1]


def similarity_note(labels: Iterable[str]) -> str | None:
    """Return a line that names labels that may be one, None if there are none."""
    sets = similar_labels(labels)
    if not sets:
        return None
    shown = "; ".join(" and ".join(map(repr, alike)) for alike in sets[:_NUM_NAMED])
    more = f"; and {len(sets) - _NUM_NAMED} more sets" if len(sets) > _NUM_NAMED else ""
    return (
        f"{shown}{more} are different labels; if they mean the same, merge them with "
        "data_tools convert --op=select_classes --map=OLD=NEW"
    )
