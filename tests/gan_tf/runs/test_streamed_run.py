"""A run on streamed images resumes bit-exactly, and only with --input=stream."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
from small_families import small_config
from training_runs import assert_equal_runs, read_json_lines, train

from data_tools.__main__ import main as data_tools
from data_tools.errors import InputError
from gan_tf.inputs import blocks
from gan_tf.inputs.batches import UnreadableBatchError
from gan_tf.inputs.opening import open_domains, open_images
from gan_tf.runs.options import LogOptions


@pytest.fixture
def digit_records(tmp_path, monkeypatch):
    """Return digits in three shards; a window has 12 of them, one and a half batches."""
    arguments = ["convert", "--op=convert_to_tfrecords", "--data_dir=sklearn:digits"]
    dest = tmp_path / "records"
    assert data_tools([*arguments, f"--dest={dest}", "--num_shards=3", "--workers=1"]) == 0
    monkeypatch.setattr(blocks, "MAX_WINDOW_IMAGES", 12)
    monkeypatch.setattr(blocks, "BLOCKS_PER_WINDOW", 4)
    return dest


def opened(records, gan, how):
    if gan == "cyclegan":
        return open_domains(str(records), None, ["0", "1"], how)[0]
    return open_images(str(records), how)[0]


@pytest.mark.parametrize("gan", ["cdcgan", "cyclegan"])
def test_a_streamed_run_resumes_bit_exactly_and_never_from_memory(
    tmp_path, gan, log_options, digit_records
):
    config = small_config(gan, input="stream", steps=4)
    images = opened(digit_records, gan, "stream")
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert train(whole, config, images, log_options) == (0, 4, 0)
    train(parts, replace(config, steps=1), images, log_options)
    assert train(parts, config, images, log_options) == (1, 4, 0)
    assert_equal_runs(whole, parts, config, images)
    memory = opened(digit_records, gan, "memory")
    assert [*memory.identities()] == [*images.identities()]
    with pytest.raises(InputError, match="--input=memory differs from the run .* has stream"):
        train(parts, replace(config, input="memory"), memory, log_options)


def break_first_shard(records):
    """Damage a record in the middle of the first shard, and return the shard."""
    (shard, *_) = sorted(records.glob("1.0.0/*.tfrecord-?????-of-?????"))
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(data)
    return shard


def test_the_last_step_before_a_broken_record_is_kept(tmp_path, digit_records):
    config = small_config("cdcgan", input="stream", steps=400)
    images = opened(digit_records, "cdcgan", "stream")
    shard = break_first_shard(digit_records)
    options = LogOptions(log_every=1, sample_every=0, checkpoint_every=0)
    with pytest.raises(UnreadableBatchError, match=rf"record \d+ of .*{shard.name}"):
        train(tmp_path / "run", config, images, options)
    last = read_json_lines(tmp_path / "run" / "metrics.jsonl")[-1]["step"]
    (saved,) = (tmp_path / "run" / "checkpoints").glob("step-*")
    assert last == int(saved.name.removeprefix("step-"))
    with pytest.raises(UnreadableBatchError):
        train(tmp_path / "run", config, images, options)
    assert read_json_lines(tmp_path / "run" / "metrics.jsonl")[-1]["step"] == last


def test_weights_that_are_not_finite_are_not_kept(tmp_path, digit_records):
    config = small_config("cdcgan", input="stream", steps=400, learning_rate=1e30)
    images = opened(digit_records, "cdcgan", "stream")
    break_first_shard(digit_records)
    options = LogOptions(log_every=1000, sample_every=0, checkpoint_every=0)
    with pytest.raises(UnreadableBatchError):
        train(tmp_path / "run", config, images, options)
    assert not list((tmp_path / "run" / "checkpoints").glob("step-*"))


@pytest.mark.parametrize(
    ("encoding", "how"), [("keep", "stream"), ("raw", "stream"), ("keep", "memory")]
)
def test_a_run_and_its_resumption_are_silent(tmp_path, encoding, how):
    """TensorFlow reports operations that keep a pipeline from prefetching, and other faults."""
    arguments = ["convert", "--op=convert_to_tfrecords", "--data_dir=sklearn:digits"]
    assert data_tools([*arguments, f"--dest={tmp_path / 'records'}", f"--encoding={encoding}"]) == 0
    command = [sys.executable, "-m", "gan_tf.train", "--data=records", f"--input={how}"]
    for steps in (1, 2):
        ended = subprocess.run(
            [*command, "--run_dir=run", f"--steps={steps}", "--width=0.02", "--batch_size=4"],
            cwd=tmp_path,
            env={k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ended.returncode, ended.stderr) == (0, "")
