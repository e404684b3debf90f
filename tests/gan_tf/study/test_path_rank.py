import numpy as np
import pytest

from gan_tf.study.path_rank import path_rank

NAMES = ("nevus", "melanoma")
#: Melanomas 2..7 with these probabilities of being one; 0.5 is a tie that argmax gives to nevus.
MELANOMA = np.array([0.9, 0.6, 0.99, 0.5, 0.2, 0.9])
LABELS = np.array([0, 0, 1, 1, 1, 1, 1, 1])
PROBABILITIES = np.array([[0.1, 0.9], [0.8, 0.2], *np.stack([1 - MELANOMA, MELANOMA], 1)])


@pytest.mark.parametrize(
    ("share", "kept"),
    [(1 / 6, [4]), (1 / 3, [2, 4]), (1 / 2, [2, 4, 7]), (0.6, [2, 3, 4, 7])],
)
def test_the_surest_of_those_classified_rightly_are_kept(share, kept):
    found, _ = path_rank(LABELS, PROBABILITIES, NAMES, share, ["melanoma"])
    assert found.tolist() == [0, 1, *kept]


def test_a_shortfall_is_stated():
    # 0.6, 0.9, 0.9 and 0.99 are right; all six were asked for.
    found, (outcome,) = path_rank(LABELS, PROBABILITIES, NAMES, 1.0, ["melanoma"])
    assert found.tolist() == [0, 1, 2, 3, 4, 7]
    assert (outcome.num_wanted, outcome.num_right, outcome.num_kept) == (6, 4, 4)
    assert outcome.text() == (
        "melanoma: 4 of 6 images kept, confidence 0.6000 or more; 6 were asked for, 4 are "
        "classified rightly"
    )


def test_a_tie_at_the_border_is_stated_and_goes_by_order():
    found, (outcome,) = path_rank(LABELS, PROBABILITIES, NAMES, 1 / 3, ["melanoma"])
    assert found.tolist() == [0, 1, 2, 4]
    assert outcome.num_tied == 1
    assert "1 more are as sure as the last, earlier paths were preferred" in outcome.text()


def test_every_named_class_is_filtered():
    found, outcomes = path_rank(LABELS, PROBABILITIES, NAMES, 0.5, NAMES)
    # Of two nevi one is right; half of two is one.
    assert found.tolist() == [1, 2, 4, 7]
    assert [outcome.label for outcome in outcomes] == list(NAMES)


def test_a_class_without_a_right_image():
    found, (outcome,) = path_rank(LABELS[:1], PROBABILITIES[:1], NAMES, 1.0, ["nevus"])
    assert found.tolist() == []
    assert outcome.lowest_confidence is None
    assert outcome.text().startswith("nevus: 0 of 1 images kept; 1 were asked for, 0 are")
