"""Synthetic folders: the same bytes however many are asked for, and where they came from."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from data_tools.errors import InputError, UsageError
from data_tools.formats.dataset_info import read_dataset_info
from data_tools.formats.manifest import read_manifest, read_trained_on
from data_tools.sources import open_source
from gan_tf import cli
from gan_tf.generate import define_flags, main
from gan_tf.runs.generated_folder import generate
from gan_tf.runs.options import AlarmOptions
from gan_tf.runs.training import data_card, train_run


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory, config, digits, log_options):
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    train_run(
        folder,
        replace(config, steps=4),
        data_card(digits),
        digits,
        log_options,
        AlarmOptions(),
        ["--seed=3"],
    )
    return folder


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.png"))
    }


def test_the_same_files_however_many_are_asked_for(run_dir, tmp_path):
    generate(run_dir, tmp_path / "few", images_per_class=3, seed=1)
    generate(run_dir, tmp_path / "many", images_per_class=70, seed=1)
    few, many = files(tmp_path / "few"), files(tmp_path / "many")
    assert (len(few), len(many)) == (30, 700)
    assert few == {name: many[name] for name in few}
    generate(run_dir, tmp_path / "again", images_per_class=3, seed=1)
    for name in ("manifest.jsonl", "trained_on.jsonl"):
        assert (tmp_path / "few" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    generate(run_dir, tmp_path / "other", images_per_class=3, seed=2)
    assert all(few[name] != other for name, other in files(tmp_path / "other").items())


def test_the_manifest_names_run_and_checkpoint(run_dir, tmp_path, digits):
    generate(run_dir, tmp_path / "synthetic", images_per_class=2, seed=0)
    record = json.loads((run_dir / "checkpoints/step-00000004/checkpoint.json").read_text())
    origins = {line.origin for line in read_manifest(tmp_path / "synthetic")}
    assert origins == {f"synthetic:tiny@{record['weights_hash']}"}
    info = read_dataset_info(tmp_path / "synthetic")
    assert info.arguments == {
        "run": "tiny",
        "step": 4,
        "checkpoint": record["weights_hash"],
        "images_per_class": 2,
        "seed": 0,
    }
    assert list(info.shape) == [28, 28, 1]
    source = open_source(tmp_path / "synthetic")
    assert source.class_names == digits.class_names
    assert len(source.examples) == 20


def test_stripping_leaves_hashes_alone(run_dir, tmp_path):
    generate(run_dir, tmp_path / "named", images_per_class=1, seed=0)
    generate(run_dir, tmp_path / "stripped", images_per_class=1, seed=0, strip_metadata=True)
    named, stripped = (read_trained_on(tmp_path / name) for name in ("named", "stripped"))
    assert [image.sha256 for image in named] == [image.sha256 for image in stripped]
    assert all(image.path for image in named)
    assert not any(image.path or image.group for image in stripped)


def test_an_earlier_checkpoint_can_be_asked_for(run_dir, tmp_path):
    generate(run_dir, tmp_path / "early", images_per_class=1, seed=0, step=2)
    generate(run_dir, tmp_path / "late", images_per_class=1, seed=0)
    assert read_dataset_info(tmp_path / "early").arguments["step"] == 2
    assert files(tmp_path / "early") != files(tmp_path / "late")
    with pytest.raises(InputError, match="no intact checkpoint of step 3"):
        generate(run_dir, tmp_path / "none", images_per_class=1, seed=0, step=3)
    with pytest.raises(InputError, match="--step=best: no checkpoint of .* has a score"):
        generate(run_dir, tmp_path / "none", images_per_class=1, seed=0, step="best")
    assert not (tmp_path / "none").exists()


def test_a_step_that_is_none_is_bad_usage(run_dir, tmp_path):
    words = [
        f"--run_dir={run_dir}",
        "--images_per_class=1",
        f"--dest={tmp_path / 'x'}",
        "--step=last",
    ]
    with pytest.raises(UsageError, match="--step=last is neither a number nor best"):
        main(cli.parse(define_flags(), words))


def test_a_label_that_cannot_name_a_folder_is_refused_before_training(
    run_dir, tmp_path, config, digits, log_options
):
    images = digits._replace(class_names=("a/b", *digits.class_names[1:]))
    with pytest.raises(InputError, match="label 'a/b' cannot name a folder"):
        train_run(
            tmp_path / "new", config, data_card(images), images, log_options, AlarmOptions(), []
        )
    assert not (tmp_path / "new" / "run.json").exists()
    # A run that began before that was so.
    old = shutil.copytree(run_dir, tmp_path / "old")
    text = (old / "run.json").read_text()
    (old / "run.json").write_text(text.replace('"3"', '"/etc/3"'))
    with pytest.raises(InputError, match="label '/etc/3' cannot name a folder"):
        generate(old, tmp_path / "synthetic", images_per_class=1, seed=0)
    assert not (tmp_path / "synthetic").exists()


def test_no_run_no_folder(tmp_path):
    with pytest.raises(InputError, match="holds no run"):
        generate(tmp_path, tmp_path / "synthetic", images_per_class=1, seed=0)
    assert not (tmp_path / "synthetic").exists()


def test_a_family_without_labels_gives_one_class_named_after_its_data(
    tmp_path, config, digits, log_options
):
    padded = np.pad(digits.images, [(0, 0), (2, 2), (2, 2), (0, 0)])
    images = digits._replace(images=np.repeat(padded, 3, axis=-1))
    plain = replace(config, gan="dcgan", steps=1)
    train_run(tmp_path / "run", plain, data_card(images), images, log_options, AlarmOptions(), [])
    info = generate(tmp_path / "run", tmp_path / "synthetic", images_per_class=2, seed=0)
    assert info.classes == (digits.name,)
    assert len(files(tmp_path / "synthetic")) == 2
