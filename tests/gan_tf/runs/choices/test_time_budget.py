"""``--hours``: the rule, as a pure function of measured times."""

import doctest
import re
from pathlib import Path

import pytest

from gan_tf.runs.choices import time_budget
from gan_tf.runs.choices.time_budget import (
    DECAY_START,
    ENOUGH_PASSES,
    ENOUGH_STEPS,
    RESERVED,
    RESERVED_WITH_METRICS,
    SIZES,
    Size,
    StepTime,
    TimeBudget,
    as_text,
    best_trial,
    duration,
    measured_trials,
    sizes,
)

PAGE = Path(__file__).parents[4] / "docs" / "choices.md"

#: Seconds per step: a network of half the width takes a third, half the batch a half.
TIMES = {
    Size(1.0, 64): 0.24,
    Size(1.0, 32): 0.12,
    Size(0.5, 64): 0.08,
    Size(0.5, 32): 0.04,
    Size(0.25, 32): 0.01,
}


def choose(hours, num_images, first=0.0, candidates=tuple(TIMES), **options):
    budget = TimeBudget(hours, num_images, **options)
    trials = measured_trials(candidates, lambda size: StepTime(first, TIMES[size]), budget)
    return trials, best_trial(trials)


@pytest.mark.parametrize(
    ("hours", "num_images", "size", "steps", "num_measured"),
    [
        # 3240 s at 0.24 s are 13,500 steps and one more, which the time of the first step pays.
        (1.0, 3000, (1.0, 64), 13501, 1),
        # 1620 s: 6,751 steps are enough for 86,412 images (5 passes in 6,751 batches of 64).
        (0.5, 86412, (1.0, 64), 6751, 1),
        # One image more, and 5 passes take 6,752 steps. 13,501 steps of 32 do for 86,406 images
        # only, so the next is half the width: 1620 / 0.08 = 20,250.
        (0.5, 86413, (0.5, 64), 20251, 3),
        # 810 s: 3,376 steps at 64 are too few, 6,751 at 32 enough for 3,000 images.
        (0.25, 3000, (1.0, 32), 6751, 2),
        # 324 s: 1,351, 2,701 and 4,051 steps are too few, 8,101 are not.
        (0.1, 3000, (0.5, 32), 8101, 4),
        # 162 s: 4,051 steps of 0.04 s are too few; 0.01 s gives 16,201.
        (0.05, 3000, (0.25, 32), 16201, 5),
        # 32.4 s: none; 3,241 of 5,000 steps is the nearest.
        (0.01, 3000, (0.25, 32), 3241, 5),
    ],
)
def test_the_first_size_with_enough_steps_is_chosen(hours, num_images, size, steps, num_measured):
    trials, best = choose(hours, num_images)
    assert (best.size, best.steps, len(trials)) == (size, steps, num_measured)


def test_a_smaller_batch_needs_more_steps_for_as_many_passes():
    # 32.4 s for 120,000 images. Of 18,750 steps at 32: 271 at width 1, 811 at half, 3,241 at a
    # quarter. Without the last, 406 of 9,375 steps at 64 (4.33 %) beat 811 of 18,750 (4.3253 %).
    _, best = choose(0.01, 120000)
    assert (best.size, best.enough_steps) == (Size(0.25, 32), 18750)
    _, best = choose(0.01, 120000, candidates=list(TIMES)[:4])
    assert (best.size, best.steps, best.enough_steps) == (Size(0.5, 64), 406, 9375)


def test_metrics_and_compilation_take_time():
    # 3600 s * 0.8 - 240 s = 2640 s, and 2640 / 0.24 = 11,000.
    _, best = choose(1.0, 3000, first=240.0, has_metrics=True)
    assert best.steps == 11001


def test_there_is_at_least_one_step():
    trials, _ = choose(0.01, 3000, first=1000.0)
    assert [trial.steps for trial in trials] == [1] * 5


def test_sizes_are_multiples_of_the_family_unless_given():
    assert sizes(1.0, 64) == list(TIMES)
    assert sizes(0.5, 100)[-1] == Size(0.125, 50)
    assert sizes(0.3, 64, fixed_width=True) == [Size(0.3, 64), Size(0.3, 32)]
    assert sizes(1.0, 8, fixed_batch_size=True) == [Size(1.0, 8), Size(0.5, 8), Size(0.25, 8)]
    assert sizes(0.3, 8, fixed_width=True, fixed_batch_size=True) == [Size(0.3, 8)]
    # A batch of one, as of the CycleGAN, cannot be halved; one of 6 among two replicas neither.
    assert sizes(1.0, 1) == [Size(1.0, 1), Size(0.5, 1), Size(0.25, 1)]
    assert sizes(1.0, 6, num_replicas=2) == [Size(1.0, 6), Size(0.5, 6)]


def test_the_choice_is_explained():
    budget = TimeBudget(0.25, 3000)
    trials, best = choose(0.25, 3000)
    flags = {"steps": best.steps, **best.size._asdict(), "decay_start": 0.75}
    assert as_text(trials, budget, flags) == (
        "--hours=0.25 is 15 min 0 s; 10% of it is left for sample grids and checkpoints\n"
        "  width 1, batch size 64: 0.24 s per step, 3,376 steps; 5,000 are enough\n"
        "  width 1, batch size 32: 0.12 s per step, 6,751 steps; 5,000 are enough\n"
        "  chosen: --batch_size=32 --decay_start=0.75 --steps=6751 --width=1.0\n"
        "  it has enough steps, so no narrower network or smaller batch is tried\n"
        # 6,751 * 0.75 = 5,063.25.
        "  learning rates decay to zero from step 5,063 on"
    )


def test_a_poor_choice_says_so():
    trials, best = choose(0.01, 3000, has_metrics=True)
    text = as_text(trials, TimeBudget(0.01, 3000, True), {"steps": best.steps})
    first, *_, last = text.splitlines()
    assert first.endswith("36 s; 20% of it is left for sample grids, metrics and checkpoints")
    assert last == "  none has enough steps, this one most of them: expect poor images"


def test_durations_have_two_units():
    assert [duration(x) for x in (59.6, 3599, 3600)] == ["1 min 0 s", "59 min 59 s", "1 h 0 min"]


def test_the_page_has_the_rule():
    page = PAGE.read_text(encoding="utf-8")
    section = page.partition("## `--hours`")[2]
    rows = re.findall(r"^\| ([\d.]+) \| ([\d.]+) \|$", section, re.MULTILINE)
    assert [tuple(map(float, row)) for row in rows] == list(SIZES)
    assert f"| enough steps | {ENOUGH_STEPS:,}, and {ENOUGH_PASSES} passes over" in section
    assert f"| {1 - RESERVED:.0%} of".replace("%", " %") in section
    assert f"{1 - RESERVED_WITH_METRICS:.0%} with".replace("%", " %") in section
    assert f"over the last {1 - DECAY_START:.0%} of".replace("%", " %") in section


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(time_budget).failed == 0
