"""The logs of a run."""

from itertools import count

import pytest
import tensorflow as tf
from training_runs import read_json_lines

from data_tools.errors import Caution
from gan_tf.training import monitor as monitor_module
from gan_tf.training.monitor import Monitor


def write(run_dir, first_step, steps):
    with Monitor(run_dir, first_step=first_step, steps=9, batch_size=4) as monitor:
        for step in steps:
            monitor.advance()
            monitor.log_scalars(step, {"loss/generator": step / 2})


def test_times_have_a_file_of_their_own_and_resuming_drops_later_lines(tmp_path):
    write(tmp_path, 0, [1, 2, 3])
    with open(tmp_path / "metrics.jsonl", "a") as file:
        file.write('{"step": 4, "loss')
    write(tmp_path, 2, [3, 4])
    assert read_json_lines(tmp_path / "metrics.jsonl") == [
        {"step": step, "loss/generator": step / 2} for step in (1, 2, 3, 4)
    ]
    times = read_json_lines(tmp_path / "timing.jsonl")
    assert [line["step"] for line in times] == [1, 2, 3, 4]
    assert all(
        line["images_per_second"] == pytest.approx(4 * line["steps_per_second"]) for line in times
    )


def test_tensorboard_reads_the_scalars(tmp_path):
    write(tmp_path, 0, [1, 2])
    events = sorted((tmp_path / "events").iterdir())
    scalars = [
        (event.step, value.tag, float(tf.make_ndarray(value.tensor)))
        for record in tf.data.TFRecordDataset([str(path) for path in events])
        for event in [tf.compat.v1.Event.FromString(record.numpy())]
        for value in event.summary.value
        if value.tag == "loss/generator"
    ]
    assert scalars == [(1, "loss/generator", 0.5), (2, "loss/generator", 1.0)]


def test_nothing_is_printed_if_stderr_is_no_tty(tmp_path, capfd):
    write(tmp_path, 0, [1])
    assert capfd.readouterr() == ("", "")


def test_an_alarm_is_logged_and_printed(tmp_path, capfd):
    with Monitor(tmp_path, first_step=0, steps=9, batch_size=4) as monitor:
        monitor.log_alarm(3, "the generator has collapsed at step 3")
    assert read_json_lines(tmp_path / "alarms.jsonl") == [
        {"step": 3, "alarm": "the generator has collapsed at step 3"}
    ]
    assert capfd.readouterr().err == "warning: the generator has collapsed at step 3\n"


@pytest.mark.parametrize(("steps_between", "warnings"), [(9, 0), (4, 1)])
def test_the_time_of_metrics_is_logged_and_too_much_is_warned_of(
    tmp_path, monkeypatch, recwarn, steps_between, warnings
):
    # A clock that advances by a second whenever it is read: here for every step, twice for a
    # measurement, once for a line of the log.
    clock = count()
    monkeypatch.setattr(monitor_module.time, "monotonic", lambda: next(clock))
    with Monitor(tmp_path, first_step=0, steps=99, batch_size=4) as monitor:
        for step in range(1, 5):
            for _ in range(steps_between):
                next(clock)
            with monitor.measuring():
                pass
            monitor.log_scalars(step, {})
    lines = read_json_lines(tmp_path / "timing.jsonl")
    # A measurement takes one second of each round.
    share = 1 / (steps_between + 3)
    assert [line["metrics_share"] for line in lines] == pytest.approx([share] * 4)
    cautions = [str(w.message) for w in recwarn if w.category is Caution]
    assert len(cautions) == warnings
    # After the third: 3 of 3 * 7 - 1 seconds, as the line is not yet written.
    assert all("--metrics takes 15% of the time" in text for text in cautions)
