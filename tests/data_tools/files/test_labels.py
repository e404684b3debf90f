"""Spellings of labels."""

import string
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from data_tools.files.labels import (
    normalization_note,
    normalized_label,
    similar_labels,
    similarity_note,
)

texts = st.text(string.ascii_letters + string.digits + " \t\n\u00e9e\u0301\u4e2d.+-", max_size=6)


@given(texts)
def test_normalizing_removes_surrounding_blanks_and_composes_letters(text):
    label = normalized_label(text)
    assert label == label.strip() == unicodedata.normalize("NFC", label)
    assert normalized_label(f" {unicodedata.normalize('NFD', label)}\n") == label


@given(st.lists(texts))
def test_a_note_names_what_was_normalized(names):
    changed = {name for name in names if normalized_label(name) != name}
    note = normalization_note(names)
    assert (note is None) == (not changed)
    if note:
        shown = [name for name in dict.fromkeys(names) if name in changed][:3]
        assert all(ascii(name) in note for name in shown)
        assert ("more alike" in note) == (len(changed) > 3)


def test_labels_that_look_alike_are_told_apart_in_the_note():
    assert normalization_note(["cafe\u0301"]) == r"'cafe\u0301' is read as the label 'caf\xe9'"


def test_labels_that_differ_in_case_or_as_texts_of_one_number_are_similar():
    assert similar_labels(["Nv", "mel", "NV", "nv", "0", "0.0", "00", "1", "1.5", "-1", "+1"]) == [
        ("Nv", "NV", "nv"),
        ("0", "0.0", "00"),
        ("1", "+1"),
    ]
    # None of these is a number, or the same word.
    assert similar_labels(["nan", "inf", "1_0", "10", "1e1", "cat", "cats", "a", "\u00e4"]) == []


def test_the_note_on_similar_labels_names_all_of_a_set_and_three_sets():
    assert similarity_note(["a", "b"]) is None
    assert similarity_note(["a", "A", "b"]).startswith("'a' and 'A' are different labels; if")
    many = [letter for pair in zip("abcde", "ABCDE", strict=True) for letter in pair]
    note = similarity_note(many)
    assert note.startswith("'a' and 'A'; 'b' and 'B'; 'c' and 'C'; and 2 more sets are different")
