from pathlib import Path

import numpy as np
import pytest

from data_tools.errors import InputError
from gan_tf.study.execution.store import ReplicateResult, Store

RESULT = ReplicateResult(
    probabilities=np.array([[0.25, 0.75], [1, 0]], np.float32),
    history=[{"step": 5, "test_accuracy": 0.5}],
    num_images=12,
    num_steps=5,
    gan_test=None,
    log={"learning_rate": 0.5},
)
IDENTITY = {"--data": "abc", "steps": 5, "cut": {"nv": 0.5}, "amounts": ("all",)}


def begin(dest, identity=IDENTITY):
    store = Store(dest)
    store.begin(identity)
    return store


def test_a_replicate_is_loaded_as_it_was_saved(tmp_path):
    store = begin(tmp_path / "study")
    store.save("real-seed0", RESULT)
    loaded = store.load("real-seed0")
    np.testing.assert_array_equal(loaded.probabilities, RESULT.probabilities)
    assert loaded[1:] == RESULT[1:]


def test_a_study_of_the_same_identity_is_resumed(tmp_path):
    store = begin(tmp_path / "study")
    store.save("real-seed0", RESULT)
    store.close()
    again = begin(tmp_path / "study")
    assert again.finished() == {"real-seed0"}
    again.commit()
    again.close()
    assert [path.name for path in tmp_path.iterdir()] == ["study"]
    assert [path.name for path in (tmp_path / "study").iterdir()] == ["replicates"]


def test_another_identity_is_refused_and_the_unfinished_study_is_kept(tmp_path):
    store = begin(tmp_path / "study")
    store.save("real-seed0", RESULT)
    store.close()
    other = Store(tmp_path / "study")
    with pytest.raises(InputError, match="steps = 5, not 6; resume it with its own flags"):
        other.begin(IDENTITY | {"steps": 6})
    other.close()
    assert begin(tmp_path / "study").finished() == {"real-seed0"}


def test_a_study_without_a_finished_replicate_leaves_nothing(tmp_path):
    begin(tmp_path / "study").close()
    assert not list(tmp_path.iterdir())


def test_two_processes_cannot_work_on_one_study(tmp_path):
    store = begin(tmp_path / "study")
    with pytest.raises(InputError, match="--dest=.* is in use by another process; wait"):
        begin(tmp_path / "study")
    store.close()


def test_a_partly_written_replicate_is_not_finished(tmp_path):
    store = begin(tmp_path / "study")
    (store.folder / "replicates" / "real-seed0.tmp").write_bytes(b"half")
    assert store.finished() == set()
    store.close()


def test_an_existing_destination_is_refused_before_anything_is_written(tmp_path):
    (tmp_path / "study").mkdir()
    with pytest.raises(InputError, match="study exists; choose another or remove it"):
        begin(tmp_path / "study")
    assert [path.name for path in tmp_path.iterdir()] == ["study"]


def test_a_destination_that_cannot_be_written_is_refused():
    with pytest.raises(InputError, match="^--dest=/proc/study cannot be written: No such file"):
        Store(Path("/proc/study"))


def test_a_replicate_is_saved_as_the_same_bytes_every_time(tmp_path):
    contents = []
    for name in ("one", "two"):
        store = begin(tmp_path / name)
        store.save("real-seed0", RESULT)
        contents.append((store.folder / "replicates" / "real-seed0.npz").read_bytes())
        store.close()
    assert contents[0] == contents[1]
