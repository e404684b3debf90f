"""The margin rule against sequences computed by hand."""

import math

import pytest

from data_tools.errors import InputError
from gan_tf.gans.margin import MarginSchedule
from gan_tf.gans.noise_to_image import alternating_schedule
from gan_tf.gans.options import LAGGING, LEADING
from gan_tf.training.schedule import FixedSchedule, Update

BASE = alternating_schedule(1, 1)


def moved(schedule, losses):
    """Return the initials of the networks that a step updates, given ``losses(initial)``."""
    sequence, metrics = "", {}
    while (update := schedule.next(len(sequence), metrics)) is not None:
        ((name,),) = update.groups
        assert update.fresh_batch == (not sequence)
        sequence += name[0]
        metrics[f"loss/{name}"] = losses(name[0])
    extra_updates, before = len(sequence) - 2, int(schedule.state["extra_updates"])
    assert schedule.end_step(len(sequence)) == {
        "margin/extra_updates": extra_updates,
        "margin/extra_updates_so_far": before + extra_updates,
    }
    return sequence


def halving(discriminator, generator):
    """Return losses that halve with each update of their network; D's is a sum of two halves."""
    losses = {"d": 2 * discriminator, "g": generator}

    def loss(initial):
        value = losses[initial]
        losses[initial] = value / 2
        return value

    return loss


def test_the_lagging_network_catches_up():
    # D 0.7, G 2.0: they differ by 1.3, so G is retrained: its loss is 1.0 (0.3 apart), then 0.5
    # (0.2). Now D is larger: 0.35 against 0.5, 0.15; G is larger: 0.25 against 0.35, finally 0.1.
    assert moved(MarginSchedule(BASE, 0.101, LAGGING, 10), halving(0.7, 2.0)) == "dg" + "ggdg"


def test_equal_losses_need_no_extra_update():
    # At the equilibrium D's sum is log 4 = 2 log 2 and G's log 2.
    loss = {"d": math.log(4), "g": math.log(2)}
    assert moved(MarginSchedule(BASE, 0.1, LAGGING, 10), loss.__getitem__) == "dg"


def test_the_leading_network_is_retrained_up_to_the_bound():
    # D 0.7 leads G 2.0, and every extra update increases its lead.
    assert moved(MarginSchedule(BASE, 0.1, LEADING, 4), halving(0.7, 2.0)) == "dg" + "dddd"


def test_extra_updates_are_counted_over_steps():
    never_met, met = {"d": 8.0, "g": 1.0}, {"d": 2.0, "g": 1.0}
    schedule = MarginSchedule(BASE, 0.1, LAGGING, 3)
    sequences = [moved(schedule, losses.__getitem__) for losses in (never_met, met, never_met)]
    assert [len(sequence) - 2 for sequence in sequences] == [3, 0, 3]
    assert int(schedule.state["extra_updates"]) == 6


@pytest.mark.parametrize("bound", [1, 3])
def test_extra_updates_are_bounded(bound):
    never_met = {"d": 8.0, "g": 1.0}
    schedule = MarginSchedule(BASE, 0.1, LAGGING, bound)
    assert moved(schedule, never_met.__getitem__) == "dg" + "d" * bound


def test_a_non_finite_loss_ends_the_step():
    loss = {"d": math.nan, "g": 1.0}
    assert moved(MarginSchedule(BASE, 0.1, LAGGING, 10), loss.__getitem__) == "dg"


def test_number_of_batches_is_that_of_the_base():
    assert MarginSchedule(alternating_schedule(3, 2), 0.1, LAGGING, 10).num_batches == 3


@pytest.mark.parametrize(
    "base",
    [
        (Update((("discriminator",),)),),
        (Update((("discriminator",), ("generator",))),),
        (Update((("discriminator_a",),)), Update((("generator_ab", "generator_ba"),))),
    ],
)
def test_other_orders_of_updates_are_refused(base):
    with pytest.raises(InputError, match="--margin needs one discriminator and one generator that"):
        MarginSchedule(FixedSchedule(*base), 0.1, LAGGING, 10)
