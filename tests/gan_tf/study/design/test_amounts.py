import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.errors import InputError
from gan_tf.study.design.amounts import (
    nested_choice,
    parse_amount,
    real_counts,
    synthetic_counts,
)

REAL, AVAILABLE, NAMES = np.array([100, 40]), np.array([300, 200]), ("cat", "dog")


@pytest.mark.parametrize(
    ("text", "classes", "expected"),
    [
        ("all", (), [300, 200]),
        ("250", ("cat",), [250, 0]),
        ("200", (), [200, 200]),
        ("0.5x", (), [50, 20]),
        ("2x", (), [200, 80]),
        (".5x", (), [50, 20]),
        ("balance", (), [0, 60]),
        ("all", ("dog",), [0, 200]),
    ],
)
def test_synthetic_counts(text, classes, expected):
    counts = synthetic_counts(parse_amount(text, classes), REAL, AVAILABLE, NAMES)
    assert counts.tolist() == expected


def test_more_images_than_there_are_is_an_error_with_label_and_number():
    with pytest.raises(
        InputError, match="--synthetic_images_per_class=250 .* label 'dog', which has 200"
    ):
        synthetic_counts(parse_amount("250"), REAL, AVAILABLE, NAMES)


@pytest.mark.parametrize(
    "text", ["", "-5", "0", "2.5", "x", "0x", "nanx", "infx", "1_0", "²", "9999999x", "many"]
)
def test_texts_that_are_not_amounts_are_refused(text):
    with pytest.raises(InputError, match=f"--synthetic_images_per_class={text} is not an amount"):
        parse_amount(text)


def test_real_slice_then_cut():
    labels = np.repeat([0, 1], [100, 40])
    assert real_counts(labels, NAMES, None, {}).tolist() == [100, 40]
    assert real_counts(labels, NAMES, 20, {}).tolist() == [20, 20]
    assert real_counts(labels, NAMES, 20, {"dog": 0.25}).tolist() == [20, 5]
    assert real_counts(labels, NAMES, None, {"dog": 0.001}).tolist() == [100, 1]


def test_impossible_slices_and_cuts_are_refused():
    labels = np.repeat([0, 1], [100, 40])
    with pytest.raises(InputError, match="--real_images_per_class=50 .* label 'dog' has \\(40\\)"):
        real_counts(labels, NAMES, 50, {})
    with pytest.raises(InputError, match="'cow', which is not a label: cat, dog"):
        real_counts(labels, NAMES, None, {"cow": 0.5})


@settings(deadline=None)
@given(
    labels=st.lists(st.integers(0, 3), min_size=1, max_size=60),
    seed=st.integers(0, 2**31 - 1),
    data=st.data(),
)
def test_choices_are_nested_exact_and_reproducible(labels, seed, data):
    labels = np.array(labels)
    have = np.bincount(labels, minlength=4)
    large = np.array([data.draw(st.integers(0, int(count))) for count in have])
    small = np.array([data.draw(st.integers(0, int(count))) for count in large])
    larger, smaller = (nested_choice(labels, counts, seed, "real") for counts in (large, small))
    assert set(smaller) <= set(larger)
    assert len(set(larger)) == len(larger)
    np.testing.assert_array_equal(np.bincount(labels[larger], minlength=4), large)
    np.testing.assert_array_equal(larger, nested_choice(labels, large, seed, "real"))
    np.testing.assert_array_equal(nested_choice(labels, have, seed, "x"), np.arange(len(labels)))


def test_another_seed_gives_another_choice():
    labels = np.zeros(1000, int)
    first, second = (set(nested_choice(labels, np.array([100]), seed, "real")) for seed in (0, 1))
    assert first != second
