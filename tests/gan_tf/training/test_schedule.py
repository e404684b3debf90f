"""Fixed schedules."""

from gan_tf.training.schedule import FixedSchedule, Update

FIRST = Update((("a",),))
SECOND = Update((("b",),), fresh_batch=False)


def test_a_fixed_schedule_returns_its_updates_in_order_and_ends():
    schedule = FixedSchedule(FIRST, SECOND, FIRST)
    assert [schedule.next(index, {}) for index in range(4)] == [FIRST, SECOND, FIRST, None]


def test_a_fixed_schedule_takes_a_batch_for_each_fresh_update_and_keeps_no_state():
    schedule = FixedSchedule(FIRST, SECOND, FIRST)
    assert schedule.is_fixed
    assert schedule.num_batches == 2
    assert schedule.end_step(3) == schedule.state == {}
