"""The measurement behind ``--hours``, on small networks."""

from dataclasses import replace

import pytest
from small_families import small_config, small_images
from training_runs import assert_equal_runs, train

from gan_tf.runs.choices.time_budget import DECAY_START, Size, TimeBudget, chosen_for_time
from gan_tf.runs.data.card import data_card
from gan_tf.runs.estimate import measured_step_time
from gan_tf.runs.options import LogOptions

#: No size has enough steps.
SHORT = TimeBudget(0.001, 10**9)


def choose(config, given, budget=SHORT):
    images = small_images(config.gan)
    return chosen_for_time(
        budget, config, given, lambda sized: measured_step_time(sized, data_card(images), images)
    )


def test_every_size_is_measured_until_one_has_enough_steps():
    config = small_config("cdcgan", width=0.08)
    choice, trials = choose(config, {"batch_size"})
    assert [trial.size for trial in trials] == [Size(0.08, 8), Size(0.04, 8), Size(0.02, 8)]
    # The first step compiles, which takes many times as long as a step.
    assert all(trial.step_time.first > 3 * trial.step_time.others > 0 for trial in trials)
    best = max(trials, key=lambda trial: trial.steps / trial.enough_steps)
    assert choice.asked == 0.001
    assert choice.flags == {
        "steps": best.steps,
        "width": best.size.width,
        "decay_start": DECAY_START,
    }
    choice, trials = choose(replace(config, width=0.02), set(), TimeBudget(1000.0, 8))
    assert [trial.size for trial in trials] == [Size(0.02, 8)]
    assert choice.flags["batch_size"] == 8
    assert choice.flags["steps"] == trials[0].steps > 5000


def test_what_is_given_is_not_chosen():
    given = {"width", "batch_size", "decay_start", "seed"}
    choice, trials = choose(small_config("cdcgan"), given)
    assert [trial.size for trial in trials] == [Size(0.02, 8)]
    assert list(choice.flags) == ["steps"]


@pytest.mark.parametrize(
    ("gan", "options"), [("upsampling_dcgan", {"margin": 1e-3}), ("cyclegan", {"decay_start": 0.5})]
)
def test_rates_decay_as_the_family_says(gan, options):
    choice, _ = choose(small_config(gan, **options), {"width", "batch_size"})
    assert list(choice.flags) == ["steps"]


def test_measuring_changes_no_bit_of_the_run_that_follows(tmp_path, digits):
    config, log_options = small_config("cdcgan"), LogOptions(log_every=1)
    train(tmp_path / "before", config, digits, log_options)
    measured_step_time(replace(config, steps=1), data_card(digits), digits)
    train(tmp_path / "after", config, digits, log_options)
    assert_equal_runs(tmp_path / "before", tmp_path / "after", config, digits)
