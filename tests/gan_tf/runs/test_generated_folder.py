"""Generated folders: reproducible images and where they came from."""

import json
import shutil
from dataclasses import fields, replace

import numpy as np
import pytest
import tensorflow as tf
from image_folders import tree

from data_tools.errors import InputError, UsageError
from data_tools.formats.dataset_info import read_dataset_info
from data_tools.formats.images import pixels_sha256
from data_tools.formats.manifest import read_manifest, read_trained_on
from data_tools.options import option_names, options_from
from data_tools.sources import open_source
from gan_tf import cli
from gan_tf.generate import define_flags, main
from gan_tf.runs.data.card import data_card
from gan_tf.runs.generated_folder import generate
from gan_tf.runs.options import AlarmOptions, SampleOptions
from gan_tf.runs.sampling import ImageSampler, recalibrate_batch_norm
from gan_tf.runs.trained_run import trained_run
from gan_tf.runs.training import train_run
from gan_tf.training.noise import Noise, derived_seed
from gan_tf.training.pixels import to_uint8


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
    """Return the content of every image by its path."""
    return {path: data for path, data in tree(folder).items() if path.endswith(".png")}


def test_files_do_not_depend_on_the_number_of_images(run_dir, tmp_path):
    generate(run_dir, tmp_path / "few", SampleOptions(images_per_class=3, seed=1))
    generate(run_dir, tmp_path / "many", SampleOptions(images_per_class=70, seed=1))
    few, many = files(tmp_path / "few"), files(tmp_path / "many")
    assert (len(few), len(many)) == (30, 700)
    assert few == {name: many[name] for name in few}
    generate(run_dir, tmp_path / "again", SampleOptions(images_per_class=3, seed=1))
    for name in ("manifest.jsonl", "trained_on.jsonl"):
        assert (tmp_path / "few" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    generate(run_dir, tmp_path / "other", SampleOptions(images_per_class=3, seed=2))
    assert all(few[name] != other for name, other in files(tmp_path / "other").items())


def test_latent_scale_multiplies_the_latent_vectors(run_dir, tmp_path):
    for name, scale in (("one", 1.0), ("half", 0.5), ("zero", 0.0)):
        options = SampleOptions(images_per_class=2, latent_scale=scale)
        generate(run_dir, tmp_path / name, options)
    generate(run_dir, tmp_path / "default", SampleOptions(images_per_class=2))
    one, half, zero = (files(tmp_path / name) for name in ("one", "half", "zero"))
    assert one == files(tmp_path / "default")
    assert all(one[name] != half[name] for name in one)
    # At scale 0 every image of a class comes from the same latent vector.
    assert {name: zero[name] for name in zero if name.endswith("0.png")} == {
        name.replace("1.png", "0.png"): zero[name] for name in zero if name.endswith("1.png")
    }
    assert read_dataset_info(tmp_path / "half").arguments["latent_scale"] == 0.5
    assert "latent_scale" not in read_dataset_info(tmp_path / "one").arguments


def test_batch_norm_statistics_do_not_depend_on_the_latent_scale(run_dir):
    run = trained_run(run_dir, None, translates=False)
    family, generator = run.train_state.family, run.train_state.averages["generator"].network
    recalibrate_batch_norm(family, generator, run.data, run.config.seed)
    (halved,) = ImageSampler(family, generator, SampleOptions(latent_scale=0.5)).images(3, 1)
    noise = Noise(Noise.key(derived_seed(0, "samples"), 3, 0), 64)
    z = 0.5 * noise.normal("latent", [run.config.latent_dim])
    y = tf.one_hot(tf.fill([64], 3), 10)
    expected = to_uint8(generator([z, y], training=False), family.pixel_range)[0]
    assert np.abs(halved.astype(int) - expected).max() <= 1


def test_generating_some_labels_writes_only_their_files(run_dir, tmp_path):
    options = SampleOptions(images_per_class=2, seed=1)
    generate(run_dir, tmp_path / "all", options)
    info = generate(run_dir, tmp_path / "some", replace(options, labels=("7", "3")))
    every = files(tmp_path / "all")
    assert files(tmp_path / "some") == {
        name: every[name] for name in every if name.split("/")[0] in ("3", "7")
    }
    assert info.classes == ("3", "7")
    assert info.arguments["labels"] == ["7", "3"]
    with pytest.raises(InputError, match=r"--labels names 'x', which .* choose from 0, 1, 2"):
        generate(run_dir, tmp_path / "none", replace(options, labels=("3", "x")))
    assert not (tmp_path / "none").exists()


def test_a_class_without_training_images_is_not_generated(run_dir, tmp_path):
    old = shutil.copytree(run_dir, tmp_path / "old")
    record = json.loads((old / "run.json").read_text())
    record["data"]["class_counts"][3] = 0
    (old / "run.json").write_text(json.dumps(record))
    options = SampleOptions(images_per_class=1, seed=1)
    assert generate(old, tmp_path / "all", options).classes == tuple("012456789")
    assert not (tmp_path / "all" / "3").exists()
    with pytest.raises(InputError, match=r"--labels names '3', which .* choose from 0, 1, 2, 4"):
        generate(old, tmp_path / "three", replace(options, labels=("3",)))


def test_every_sample_option_is_a_flag():
    assert set(option_names(SampleOptions)) == {f.name for f in fields(SampleOptions)}
    words = ["--images_per_class=3", "--latent_scale=0.7", "--labels=a,b", "--step=best"]
    options = options_from(cli.parse(define_flags(), words), SampleOptions)
    assert options == SampleOptions(3, latent_scale=0.7, labels=("a", "b"), step="best")
    assert options_from(cli.parse(define_flags(), []), SampleOptions) == SampleOptions()


def test_the_manifest_names_run_and_checkpoint(run_dir, tmp_path, digits):
    generate(run_dir, tmp_path / "synthetic", SampleOptions(images_per_class=2, seed=0))
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
    for example in open_source(tmp_path / "synthetic").examples:
        assert example.pixels_sha256 == pixels_sha256(example.pixels())
    source = open_source(tmp_path / "synthetic")
    assert source.class_names == digits.class_names
    assert len(source.examples) == 20


def test_strip_metadata_keeps_only_hashes(run_dir, tmp_path):
    generate(run_dir, tmp_path / "named", SampleOptions(images_per_class=1, seed=0))
    generate(
        run_dir,
        tmp_path / "stripped",
        SampleOptions(images_per_class=1, seed=0, strip_metadata=True),
    )
    named, stripped = (read_trained_on(tmp_path / name) for name in ("named", "stripped"))
    assert [image.sha256 for image in named] == [image.sha256 for image in stripped]
    assert all(image.path for image in named)
    assert not any(image.path or image.group for image in stripped)


def test_step_selects_a_checkpoint(run_dir, tmp_path):
    generate(run_dir, tmp_path / "early", SampleOptions(images_per_class=1, seed=0, step=2))
    generate(run_dir, tmp_path / "late", SampleOptions(images_per_class=1, seed=0))
    assert read_dataset_info(tmp_path / "early").arguments["step"] == 2
    assert files(tmp_path / "early") != files(tmp_path / "late")
    with pytest.raises(InputError, match="no intact checkpoint of step 3"):
        generate(run_dir, tmp_path / "none", SampleOptions(images_per_class=1, seed=0, step=3))
    with pytest.raises(InputError, match="--step=best: no checkpoint of .* has a score"):
        generate(run_dir, tmp_path / "none", SampleOptions(images_per_class=1, seed=0, step="best"))
    assert not (tmp_path / "none").exists()


def test_an_invalid_step_is_a_usage_error(run_dir, tmp_path):
    words = [
        f"--run_dir={run_dir}",
        "--images_per_class=1",
        f"--dest={tmp_path / 'x'}",
        "--step=last",
    ]
    with pytest.raises(
        UsageError, match="--step=last.* is neither an integer of at least 0 nor best"
    ):
        main(cli.parse(define_flags(), words))


def test_a_label_that_cannot_name_a_folder_is_refused_before_training(
    run_dir, tmp_path, config, digits, log_options
):
    images = digits._replace(class_names=("a/b", *digits.class_names[1:]))
    with pytest.raises(InputError, match="label 'a/b' cannot name a folder"):
        train_run(
            tmp_path / "new", config, data_card(images), images, log_options, AlarmOptions(), []
        )
    assert not (tmp_path / "new").exists()
    # A run.json that was edited by hand.
    edited = shutil.copytree(run_dir, tmp_path / "edited")
    text = (edited / "run.json").read_text()
    (edited / "run.json").write_text(text.replace('"3"', '"/etc/3"'))
    with pytest.raises(InputError, match="label '/etc/3' cannot name a folder"):
        generate(edited, tmp_path / "synthetic", SampleOptions(images_per_class=1, seed=0))
    assert not (tmp_path / "synthetic").exists()


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no run"):
        generate(tmp_path, tmp_path / "synthetic", SampleOptions(images_per_class=1, seed=0))
    assert not (tmp_path / "synthetic").exists()


def test_an_unconditional_family_generates_one_class_named_after_its_data(
    tmp_path, config, digits, log_options
):
    padded = np.pad(digits.images, [(0, 0), (2, 2), (2, 2), (0, 0)])
    images = digits._replace(images=np.repeat(padded, 3, axis=-1))
    plain = replace(config, gan="dcgan", steps=1)
    train_run(tmp_path / "run", plain, data_card(images), images, log_options, AlarmOptions(), [])
    info = generate(
        tmp_path / "run", tmp_path / "synthetic", SampleOptions(images_per_class=2, seed=0)
    )
    assert info.classes == (digits.name,)
    assert len(files(tmp_path / "synthetic")) == 2
