"""A run on streamed images resumes bit-exactly, and only with --input=stream."""

from dataclasses import replace

import numpy as np
import pytest
from training_runs import assert_equal_runs, train

from data_tools.__main__ import main as data_tools
from data_tools.errors import InputError
from gan_tf.inputs import window_order
from gan_tf.inputs.opening import open_images


@pytest.fixture
def streamed_digits(tmp_path, monkeypatch):
    """Return digits in three shards; a window has 12 of them, one and a half batches."""
    arguments = ["convert", "--op=convert_to_tfrecords", "--data_dir=sklearn:digits"]
    dest = tmp_path / "records"
    assert data_tools([*arguments, f"--dest={dest}", "--num_shards=3", "--workers=1"]) == 0
    monkeypatch.setattr(window_order, "_MAX_WINDOW_IMAGES", 12)
    monkeypatch.setattr(window_order, "_BLOCKS_PER_WINDOW", 4)
    images, _ = open_images(str(dest), "stream")
    return images


def test_a_streamed_run_resumes_bit_exactly_and_never_from_memory(
    tmp_path, config, log_options, streamed_digits
):
    config = replace(config, input="stream")
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert train(whole, config, streamed_digits, log_options) == (0, 4, 0)
    train(parts, replace(config, steps=1), streamed_digits, log_options)
    assert train(parts, config, streamed_digits, log_options) == (1, 4, 0)
    assert_equal_runs(whole, parts, config, streamed_digits)
    assert len((whole / "trained_on.jsonl").read_text().splitlines()) == len(
        {(one.sha256, one.path) for one in streamed_digits.identities()}
    )
    memory, _ = open_images(str(tmp_path / "records"), "memory")
    np.testing.assert_array_equal(memory.labels, streamed_digits.labels)
    with pytest.raises(InputError, match="--input=memory differs from the run .* has stream"):
        train(parts, replace(config, input="memory"), memory, log_options)
