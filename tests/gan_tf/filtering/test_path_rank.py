from fractions import Fraction

import numpy as np
import pytest

from data_tools.errors import InputError
from gan_tf.filtering.path_rank import parse_share, path_rank

NAMES = ("nevus", "melanoma")
#: Melanomas 2..7 with these probabilities of being one; 0.5 is a tie that argmax gives to nevus.
MELANOMA = np.array([0.9, 0.6, 0.99, 0.5, 0.2, 0.9])
LABELS = np.array([0, 0, 1, 1, 1, 1, 1, 1])
PROBABILITIES = np.array([[0.1, 0.9], [0.8, 0.2], *np.stack([1 - MELANOMA, MELANOMA], 1)])


# 0.6, 0.9, 0.99 and 0.9 (images 3, 2, 4, 7) are correct: shares are of these four, not of all six.
@pytest.mark.parametrize(
    ("share", "melanomas"),
    [("0.125", [4]), ("0.25", [4]), ("0.26", [2, 4]), ("0.5", [2, 4]), ("0.6", [2, 4, 7])]
    + [("0.75", [2, 4, 7]), ("0.76", [2, 3, 4, 7]), ("1", [2, 3, 4, 7])],
)
def test_the_most_confident_of_those_classified_correctly_are_kept(share, melanomas):
    kept, _ = path_rank(LABELS, PROBABILITIES, NAMES, parse_share(share), ["melanoma"])
    assert kept.tolist() == [0, 1, *melanomas]


def test_the_outcome_of_a_class_is_reported():
    _, (outcome,) = path_rank(LABELS, PROBABILITIES, NAMES, Fraction(3, 4), ["melanoma"])
    assert (outcome.num_images, outcome.num_right, outcome.num_kept) == (6, 4, 3)
    assert outcome.text() == (
        "melanoma: 3 of 6 images kept, 4 are classified correctly, confidence 0.9000 or more"
    )


def test_a_tie_at_the_threshold_is_reported_and_broken_by_order():
    kept, (outcome,) = path_rank(LABELS, PROBABILITIES, NAMES, Fraction(1, 2), ["melanoma"])
    assert kept.tolist() == [0, 1, 2, 4]
    assert outcome.num_tied == 1
    assert "1 more have the same confidence as the last; paths break ties" in outcome.text()


def test_every_named_class_is_filtered():
    kept, outcomes = path_rank(LABELS, PROBABILITIES, NAMES, Fraction(1, 2), NAMES)
    # Of two nevi one is correct; half of one, rounded up, is one.
    assert kept.tolist() == [1, 2, 4]
    assert [outcome.label for outcome in outcomes] == list(NAMES)


def test_a_class_without_a_correctly_classified_image():
    kept, (outcome,) = path_rank(LABELS[:1], PROBABILITIES[:1], NAMES, Fraction(1), ["nevus"])
    assert kept.tolist() == []
    assert outcome.lowest_confidence is None
    assert outcome.text() == "nevus: 0 of 1 images kept, 0 are classified correctly"


def test_a_share_is_taken_exactly():
    # In binary 0.07 x 100 is a little more than 7.
    probabilities = np.tile([0.1, 0.9], (100, 1))
    labels = np.ones(100, int)
    assert len(path_rank(labels, probabilities, NAMES, parse_share("0.07"), NAMES[1:])[0]) == 7


@pytest.mark.parametrize("text", ["0", "1.5", "-0.5", "1/8", "half", "nan", "", "0.5/1"])
def test_texts_that_are_not_shares_are_refused(text):
    with pytest.raises(InputError, match=f"'{text}' is not a share of images; --share and"):
        parse_share(text)
