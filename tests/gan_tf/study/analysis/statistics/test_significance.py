import numpy as np
import pytest

from gan_tf.study.analysis.statistics.significance import holm, mcnemar


def test_holm_multiplies_by_the_number_of_remaining_tests_and_never_decreases():
    # Sorted 0.01, 0.02, 0.03, 0.2 times 4, 3, 2, 1 = 0.04, 0.06, 0.06, 0.2.
    assert holm([0.03, 0.2, 0.01, 0.02]) == pytest.approx([0.06, 0.2, 0.04, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_mcnemar_is_the_sign_test_on_discordant_images():
    first = np.array([True] * 6 + [False] * 4)
    second = np.array([False] * 6 + [False] * 3 + [True])
    # 6 against 1 of 7: two-sided 2 * (1 + 7) / 128.
    assert mcnemar(first, second) == pytest.approx(16 / 128)
    assert mcnemar(first, first) == 1.0
