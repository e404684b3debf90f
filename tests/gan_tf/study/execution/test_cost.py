"""What a study would cost, with a clock of the test's own."""

import numpy as np
import pytest
from digit_folders import digit_images
from small_study import SETTINGS, few_runs

from gan_tf.study.design.settings import ImageSet, Settings, StudyData
from gan_tf.study.execution import cost


@pytest.fixture(scope="module")
def data():
    """Digits, of which 1,000 count as test images and 10 as validation images."""
    images, labels = digit_images(0, 10)
    real = ImageSet(images, labels)
    test = ImageSet(np.repeat(images, 10, axis=0), np.repeat(labels, 10))
    names = tuple("0123456789")
    return StudyData(real, [ImageSet(images[:50], labels[:50])], test, names, real)


@pytest.fixture
def clock(monkeypatch):
    """Every reading is a second after the one before."""
    readings = iter(range(10**6))
    monkeypatch.setattr(cost.time, "perf_counter", lambda: float(next(readings)))


def test_the_cost_is_that_of_all_runs_and_looks(data, clock):
    # Two seeds of three arms for 12 steps, 5 of which are timed as 1 s; 3 looks of 1000 and 100
    # images, which are 4 + 1 batches of 250 of 1 s each.
    planned = few_runs("real", "mixed", "class_weighted")
    found = cost.estimated_cost(planned, data, SETTINGS, num_workers=4)
    assert (found.num_runs, found.num_steps) == (6, 72)
    assert found.seconds_per_step == pytest.approx(1 / 5)
    assert found.seconds_per_look == 5.0
    assert found.total_seconds == pytest.approx((72 / 5 + 6 * 3 * 5) / 4)
    assert cost.as_text(found, SETTINGS, num_workers=4).splitlines() == [
        "runs: 6 of lenet",
        "steps: 72 of batch 16 in all, 0.200 s each on one thread of this machine, measured",
        "time: about 0.0 hours with 4 runs at a time, 3 looks of 5.0 s in each",
    ]


def test_with_epochs_every_arm_has_its_own_steps_and_a_single_one_is_timed_whole(data, clock):
    settings = Settings(epochs=1, batch_size=100, num_curve_points=1)
    found = cost.estimated_cost(few_runs("real", "mixed"), data, settings, num_workers=1)
    # 100 real images are one step, with 50 synthetic ones two.
    assert (found.num_steps, found.seconds_per_step) == (2 * (1 + 2), 1.0)
