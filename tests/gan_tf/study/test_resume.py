"""Interrupted studies: resumed with the same options, refused with others."""

import pytest
from small_study import FIT_OPTIONS, OPTIONS, sources, study_options

from data_tools.errors import InputError
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.study.study import run_study


def test_an_interrupted_study_is_resumed_and_ends_in_the_same_bytes(study, digit_sets, tmp_path):
    dest, lines = tmp_path / "study", []

    def interrupt_after_two(results, num_finished, total):
        for count, pair in enumerate(results):
            yield pair
            if count == 1:
                raise KeyboardInterrupt

    arguments = (sources(digit_sets), OPTIONS, FIT_OPTIONS, dest)
    with pytest.raises(KeyboardInterrupt):
        run_study(*arguments, progress=interrupt_after_two)
    assert not dest.exists()
    run_study(*arguments, say=lines.append)
    assert lines == [f"resuming {tmp_path / '.study.partial'}: 2 of 6 replicates are finished"]
    files = ("replicates/mixed-seed1.npz", "tensorboard/mixed-seed1/events.out.tfevents.0.study")
    for name in ("results.json", "results.csv", "classes.csv", "report.html", *files):
        assert (dest / name).read_bytes() == (study[0] / name).read_bytes()


def interrupt_after_one(results, num_finished, total):
    yield next(iter(results))
    raise KeyboardInterrupt


def test_an_interrupted_study_is_not_resumed_with_other_options(digit_sets, tmp_path):
    options, dest = study_options("real"), tmp_path / "study"
    with pytest.raises(KeyboardInterrupt):
        run_study(sources(digit_sets), options, FIT_OPTIONS, dest, progress=interrupt_after_one)
    other = FitOptions(steps=13, batch_size=16)
    with pytest.raises(InputError, match="steps = 12, not 13"):
        run_study(sources(digit_sets), options, other, dest)


def test_an_interrupted_study_of_another_version_is_refused_and_kept(digit_sets, tmp_path):
    partial = tmp_path / ".study.partial"
    (partial / "runs").mkdir(parents=True)
    (partial / "runs" / "real-seed0.npz").write_bytes(b"")
    (partial / "study.json").write_text('{"package version": "0.0.9", "runs": ["real-seed0"]}')
    arguments = (sources(digit_sets), study_options("real"), FIT_OPTIONS, tmp_path / "study")
    with pytest.raises(InputError, match=r"another version of gan-tf \(0.0.9\), which cannot be"):
        run_study(*arguments)
    assert (partial / "runs" / "real-seed0.npz").exists()


def test_an_interrupted_study_is_not_resumed_with_amounts_of_other_labels(digit_sets, tmp_path):
    def study(label, **choices):
        options = study_options(
            "real",
            "mixed",
            synthetic_images_per_class=("3",),
            synthetic_classes=(label,),
            seeds=1,
        )
        run_study(sources(digit_sets), options, FIT_OPTIONS, tmp_path / "study", **choices)

    with pytest.raises(KeyboardInterrupt):
        study("1", progress=interrupt_after_one)
    with pytest.raises(InputError, match=r"--synthetic_classes = \['1'\], not \['2'\]"):
        study("2")
