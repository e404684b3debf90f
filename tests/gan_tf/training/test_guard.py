"""Alarms for failed training."""

import numpy as np
import pytest

from gan_tf.training.guard import Alarm, Guard, NotFiniteAlarm, diversity, require_finite


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_non_finite_loss_raises_an_alarm(value):
    require_finite({"loss/generator": 1.0}, 7, "do this")
    with pytest.raises(NotFiniteAlarm, match=r"loss/generator is -?(nan|inf) at step 7; do this$"):
        require_finite({"loss/discriminator": 1.0, "loss/generator": value}, 7, "do this")


@pytest.mark.parametrize("value", [1.001e6, -1e19])
def test_an_exploded_loss_raises_an_alarm_at_once_and_then_seldom(value):
    guard = Guard(3, real_diversity=10.0)
    healthy = {"loss/discriminator": 1e6, "loss/generator": -1e6, "score/real": 1e7}
    exploded = healthy | {"loss/generator": value}
    guard.check_bounds(1, healthy)
    raised = []
    for step in range(2, 10):
        try:
            guard.check_bounds(step, healthy if step == 7 else exploded)
        except Alarm as alarm:
            raised.append(step)
            assert f"loss/generator has exploded at step {step}: {value:.3g} is" in str(alarm)
    # At once, after three more checks, and at once again after a healthy one.
    assert raised == [2, 5, 8]


def test_vanished_gradients_raise_an_alarm_if_no_update_was_skipped():
    guard = Guard(2, real_diversity=10.0)
    vanished = {"gradient_norm/discriminator": 1.0, "gradient_norm/generator": 9e-8}
    skipped = vanished | {"gradient_norm/generator": 0.0, "skipped/generator": 1.0}
    guard.check_metrics(1, vanished)
    guard.check_metrics(2, skipped)
    guard.check_metrics(3, vanished)
    guard.check_metrics(4, vanished | {"gradient_norm/generator": 2e-7})
    guard.check_metrics(5, vanished)
    with pytest.raises(Alarm, match="gradients of the generator have vanished at step 6: .* 2 con"):
        guard.check_metrics(6, vanished | {"skipped/generator": 0.0})
    guard.check_metrics(7, vanished)


def won(step):
    return {"probability/real": 0.999, "probability/fake": 0.001, "loss/generator": 1.0 + step}


def test_one_of_two_winning_discriminators_raises_an_alarm():
    even = {"probability/real_a": 0.6, "probability/fake_a": 0.4}
    guard = Guard(2, real_diversity=10.0)
    guard.check_metrics(1, even | {"probability/real_b": 0.995, "probability/fake_b": 0.003})
    with pytest.raises(Alarm, match="has won at step 2: D.real. 0.995 and D.fake. 0.003"):
        guard.check_metrics(2, even | {"probability/real_b": 0.995, "probability/fake_b": 0.003})


def test_a_discriminator_that_wins_in_consecutive_checks_raises_an_alarm():
    guard = Guard(3, real_diversity=10.0)
    guard.check_metrics(1, won(1))
    guard.check_metrics(2, won(2))
    guard.check_metrics(3, won(3) | {"probability/fake": 0.02})  # Restarts the count.
    guard.check_metrics(4, won(4))
    guard.check_metrics(5, won(5))
    with pytest.raises(Alarm, match="the discriminator has won at step 6: D.real. 0.999"):
        guard.check_metrics(6, won(6))
    guard.check_metrics(7, won(7))


def test_a_frozen_loss_raises_an_alarm():
    guard = Guard(2, real_diversity=10.0)
    moving = {"loss/discriminator": 0.5, "loss/generator": 0.1}
    guard.check_metrics(1, moving)
    guard.check_metrics(2, moving | {"loss/generator": 0.2, "loss/discriminator": 0.6})
    guard.check_metrics(3, moving | {"loss/generator": 0.2, "loss/discriminator": 0.7})
    with pytest.raises(Alarm, match="a loss is frozen at step 4"):
        guard.check_metrics(4, moving | {"loss/generator": 0.2, "loss/discriminator": 0.8})


def test_a_generator_that_collapses_after_growing_raises_an_alarm():
    guard = Guard(1, real_diversity=100.0)
    guard.check_samples(1, 5.0)  # Untrained, not collapsed.
    guard.check_samples(2, 30.0)
    guard.check_samples(3, 10.0)
    with pytest.raises(Alarm, match="collapsed at step 4: .* 9.9, .* 100.0"):
        guard.check_samples(4, 9.9)
    guard.check_samples(5, 9.9)


def test_diversity_is_within_rows():
    # Rows of two one-pixel images: {0, 2} deviates by 1, {9, 9} by 0; their mean is 0.5.
    rows = np.array([[0, 2], [9, 9]], np.uint8).reshape(2, 2, 1, 1, 1)
    assert diversity(rows) == pytest.approx(0.5)
