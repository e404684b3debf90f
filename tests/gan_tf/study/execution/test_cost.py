"""The cost of a study, by a fake clock."""

import numpy as np
import pytest
from digit_folders import digit_images
from small_study import FIT_OPTIONS, OPTIONS, REPLICATES, study_options

from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.study.data.study_data import StudyData
from gan_tf.study.design.cells import planned_replicates
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
    """A clock whose every reading is one second after the last."""
    readings = iter(range(10**6))
    monkeypatch.setattr(cost.time, "perf_counter", lambda: float(next(readings)))


def test_the_cost_is_that_of_all_replicates_and_evaluations(data, clock):
    # Two seeds of three arms for 12 steps, 5 of which are timed as 1 s; 3 evaluations of 1000
    # and 100 images, which are 4 + 1 batches of 250 of 1 s each.
    estimated = cost.estimated_cost(REPLICATES, data, OPTIONS, FIT_OPTIONS, num_workers=4)
    assert (estimated.num_replicates, estimated.num_steps) == (6, 72)
    assert estimated.seconds_per_step == pytest.approx(1 / 5)
    assert estimated.seconds_per_evaluation == 5.0
    assert estimated.total_seconds == pytest.approx((72 / 5 + 6 * 3 * 5) / 4)
    assert cost.as_text(estimated, OPTIONS, FIT_OPTIONS, num_workers=4).splitlines() == [
        "replicates: 6 of lenet",
        "steps: 72 of batch size 16 in total, 0.200 s each on one thread of this machine, measured",
        "time: about 0.0 hours with 4 replicates in parallel, each evaluated 3 times in 5.0 s",
    ]


def test_with_epochs_every_arm_has_its_own_steps_and_a_single_step_is_timed_alone(data, clock):
    options, fit_options = study_options("real", "mixed"), FitOptions(epochs=1, batch_size=100)
    replicates = planned_replicates(options, num_synthetic_sets=1)
    estimated = cost.estimated_cost(replicates, data, options, fit_options, num_workers=1)
    # 100 real images are one step, with 50 synthetic ones two.
    assert (estimated.num_steps, estimated.seconds_per_step) == (2 * (1 + 2), 1.0)
