"""Runs that translate: what they leave, and folders of translated images."""

import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from small_families import small_config

from data_tools.errors import InputError
from data_tools.formats.dataset_info import read_dataset_info
from data_tools.formats.images import bytes_sha256, encode_png, pixels_sha256
from data_tools.formats.manifest import (
    ImageRecord,
    TrainedOnImage,
    read_manifest,
    read_trained_on,
    write_manifest,
)
from data_tools.sources import open_source
from gan_tf import generate, train, translate
from gan_tf.cli import UsageError, parse
from gan_tf.inputs.domains import two_domains, with_labels
from gan_tf.inputs.images import images_in_memory
from gan_tf.runs.options import TranslateOptions
from gan_tf.runs.sample_grid import sample_grid
from gan_tf.runs.train_state import build_train_state
from gan_tf.runs.trained_run import trained_run
from gan_tf.runs.training import data_card
from gan_tf.runs.translated_folder import translate as write_translations
from gan_tf.runs.translation import ImageTranslator
from gan_tf.study.data.leaks import leaks
from gan_tf.training.pixels import to_float, to_uint8


@pytest.fixture(scope="module")
def domains():
    """scikit-learn's zeros and ones, 28 pixels."""
    return two_domains(open_source("sklearn:digits"), None, ["0", "1"], images_in_memory)


def command(*arguments, module=translate):
    return module.main(parse(module.define_flags(), arguments))


TRAINING = [
    "--gan=cyclegan",
    "--data=sklearn:digits",
    "--domains=0,1",
    "--width=0.02",
    "--residual_blocks=1",
    "--batch_size=4",
    "--learning_rate=1e-3",
    "--ema_decay=0.9",
    "--threads=2",
    "--input=stream",
]


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "lesions"
    command(*TRAINING, "--steps=2", f"--run_dir={folder}", module=train)
    return folder


@pytest.fixture(scope="module")
def run(run_dir):
    return trained_run(run_dir, None, translates=True)


def digits(label, count):
    examples = [e for e in open_source("sklearn:digits").examples if e.label == str(label)]
    return np.stack([example.pixels() for example in examples[:count]])


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Five real twos of two patients, and one synthetic two; the twos are no training images."""
    folder = tmp_path_factory.mktemp("data") / "twos"
    (folder / "2").mkdir(parents=True)
    records = []
    for index, image in enumerate(digits(2, 6)):
        encoded = encode_png(image)
        (folder / "2" / f"x{index}.png").write_bytes(encoded)
        origin = "synthetic:acgan@0123" if index == 5 else "real"
        group = None if index == 5 else f"patient{index % 2}"
        history = ({"operation": "resize_images", "arguments": {}},)
        record = ImageRecord(
            f"2/x{index}.png", "2", bytes_sha256(encoded), origin, group, history=history
        )
        records.append(record)
    seen = [TrainedOnImage("a" * 64, "b" * 64, "seen/by/acgan.png")]
    options = {"name": "twos", "class_names": ["2"], "arguments": {}, "trained_on": seen}
    write_manifest(folder, records=records, **options)
    return open_source(str(folder))


def files(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*.*"))}


def test_both_generators_are_exported_and_give_the_same_images(run_dir, run):
    images = digits(3, 3)
    for direction, name in (("a_to_b", "generator_ab"), ("b_to_a", "generator_ba")):
        network = run.train_state.averages[name].network
        expected = list(ImageTranslator(run.train_state.family, direction, network)(images))
        exported = tf.saved_model.load(str(run_dir / name))
        found = to_uint8(exported.serve(to_float(tf.constant(images), (-1, 1))), (-1, 1))
        # Another batch size may round to the next gray level.
        assert np.abs(found.astype(int) - np.array(expected)).max() <= 1


def test_a_family_has_defaults_of_its_own(run_dir):
    lines = (run_dir / "flags.txt").read_text().splitlines()
    given = {"--batch_size=4", "--domains=0,1", "--residual_blocks=1"}
    own = {"--decay_start=0.5", "--generator_steps=1", "--loss=least_squares"}
    assert given | own | {"--pool_size=50", "--identity_weight=0.5"} <= set(lines)
    metrics = [json.loads(x) for x in (run_dir / "metrics.jsonl").read_text().splitlines()]
    # Both steps had the whole rate; a third would have none.
    assert metrics[-1]["learning_rate/generator_ab"] == pytest.approx(0.0, abs=1e-9)
    assert {"loss/cycle_a", "loss/identity_b", "probability/fake_a"} <= set(metrics[-1])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["--gan=cyclegan"], InputError, "--data has 10 labels; choose two of them with --domains"),
        (["--gan=cyclegan", "--domains=3"], InputError, "--domains=3 must name two labels"),
        (["--gan=cyclegan", "--domains=3,x"], InputError, "--domains names 'x', of which --data"),
        (["--domains=1,2"], UsageError, "--domains is for a --gan that translates, not cdcgan"),
        (["--data_b=x"], UsageError, "--data_b is for a --gan that translates, not cdcgan"),
        (["--batch_size=1"], UsageError, "--batch_size=1 leaves a cdcgan nothing to normalize"),
        (["--gan=cyclegan", "--domains=1,2", "--loss=hinge"], InputError, "least_squares, not hi"),
    ],
)
def test_bad_training_is_named(tmp_path, arguments, error, message):
    given = ["--data=sklearn:digits", f"--run_dir={tmp_path / 'run'}", "--steps=1"]
    with pytest.raises(error, match=message):
        command(*given, "--threads=2", "--input=stream", *arguments, module=train)
    assert not (tmp_path / "run" / "run.json").exists()


def test_images_of_both_domains_are_listed_as_seen(run_dir, domains):
    listed = read_trained_on(run_dir)
    assert listed == list(domains.identities())
    assert {one.path.split("/")[0] for one in listed} == {"0", "1"}


def test_the_sample_grid_has_sources_above_their_translations(run_dir, run, domains):
    with Image.open(run_dir / "samples" / "step-00000002.png") as picture:
        grid = np.asarray(picture)
    rows = grid.reshape(4, 28, 10, 28).swapaxes(1, 2)
    zeros, ones = (np.flatnonzero(domains.labels == label) for label in (0, 1))
    for row, numbers, direction in ((0, zeros, "a_to_b"), (2, ones, "b_to_a")):
        sources = domains.pixels(numbers[np.arange(10) * len(numbers) // 10])
        np.testing.assert_array_equal(rows[row], sources[..., 0])
        network = run.train_state.averages[run.train_state.family.directions[direction]].network
        translated = np.array(
            list(ImageTranslator(run.train_state.family, direction, network)(sources))
        )
        np.testing.assert_array_equal(rows[row + 1], translated[..., 0])
        assert not np.array_equal(rows[row + 1], rows[row])


def test_translations_are_compared_with_real_images_of_their_domain(run, domains):
    shown = sample_grid(run.train_state, run.data, domains, seed=0)
    first, second = (shown.real_rows[row, 0] for row in (0, 1))
    # Row 0 is translated into the second domain.
    np.testing.assert_array_equal(first, domains.pixels(np.flatnonzero(domains.labels == 1)[0]))
    np.testing.assert_array_equal(second, domains.pixels(np.flatnonzero(domains.labels == 0)[0]))


def test_the_manifest_names_run_checkpoint_and_source_image(run_dir, run, source, tmp_path):
    write_translations(run_dir, source, tmp_path / "ones", TranslateOptions("a_to_b"))
    by_path = {example.path: example for example in source.examples}
    translator = ImageTranslator(
        run.train_state.family, "a_to_b", run.train_state.averages["generator_ab"].network
    )
    lines = list(read_manifest(tmp_path / "ones"))
    assert [line.path for line in lines] == [f"1/{index:06d}.png" for index in range(6)]
    made_of = [by_path[line.history[-1]["path"]] for line in lines]
    assert {example.path for example in made_of} == set(by_path)
    expected = translator(example.pixels() for example in made_of)
    arguments = {
        "run": "lesions",
        "step": 2,
        "checkpoint": run.checkpoint.weights_hash,
        "direction": "a_to_b",
    }
    for line, example, image in zip(lines, made_of, expected, strict=True):
        with Image.open(tmp_path / "ones" / line.path) as picture:
            np.testing.assert_array_equal(np.asarray(picture)[..., np.newaxis], image)
        assert line.label == "1"
        assert line.origin == f"synthetic:lesions@{run.checkpoint.weights_hash}"
        assert line.group == example.group
        assert list(line.history) == [
            {"operation": "resize_images", "arguments": {}},
            {
                "operation": "translate",
                "arguments": arguments,
                "source": "twos",
                "path": example.path,
                "sha256": example.sha256,
            },
        ]
    info = read_dataset_info(tmp_path / "ones")
    assert info.classes == ("1",)
    assert info.arguments == {**arguments, "num": 6, "seed": 0}
    assert list(info.shape) == [28, 28, 1]
    assert len(open_source(str(tmp_path / "ones")).examples) == 6


def test_the_checkpoint_hash_is_of_both_generators(run_dir, run):
    record = json.loads((run_dir / "checkpoints/step-00000002/checkpoint.json").read_text())
    assert run.checkpoint.weights_hash == record["weights_hash"]


def test_fewer_images_are_the_first_of_more(run_dir, source, tmp_path):
    for name, num, seed in (("few", 2, 1), ("more", 5, 1), ("again", 2, 1), ("other", 5, 2)):
        wish = TranslateOptions("b_to_a", num=num, seed=seed)
        write_translations(run_dir, source, tmp_path / name, wish)
    few, more = files(tmp_path / "few"), files(tmp_path / "more")
    assert sorted(name for name in few if name.endswith("png")) == ["0/000000.png", "0/000001.png"]
    assert all(more[name] == few[name] for name in few if name.endswith("png"))
    assert files(tmp_path / "again") == {
        name: data.replace(b'"few"', b'"again"') for name, data in few.items()
    }
    chosen = [
        {line.history[-1]["path"] for line in read_manifest(tmp_path / name)}
        for name in ("more", "other")
    ]
    assert len(chosen[0]) == 5 and chosen[0] != chosen[1]


def test_labels_can_be_kept(run_dir, tmp_path):
    both = with_labels(open_source("sklearn:digits"), ["0", "7"], "", "")
    wish = TranslateOptions("a_to_b", num=8, label="source")
    info = write_translations(run_dir, both, tmp_path / "kept", wish)
    assert info.classes == ("0", "7")
    for line in read_manifest(tmp_path / "kept"):
        assert line.label == line.history[-1]["path"].split("/")[0] == line.path.split("/")[0]


def test_all_real_images_behind_translations_are_listed(run_dir, source, domains, tmp_path):
    write_translations(run_dir, source, tmp_path / "ones", TranslateOptions("a_to_b"))
    listed = read_trained_on(tmp_path / "ones")
    translated = {example.path for example in source.examples if example.origin == "real"}
    assert {one.path for one in listed} == (
        {one.path for one in domains.identities()} | {"seen/by/acgan.png"} | translated
    )
    # So a study refuses to test on what was translated, or on another image of its patient.
    image = digits(2, 6)[0]
    test = [
        TrainedOnImage("c" * 64, pixels_sha256(image), "test/translated.png"),
        TrainedOnImage("d" * 64, "d" * 64, "test/patient.png", "patient1"),
        TrainedOnImage("b" * 64, "b" * 64, "test/seen.png"),
        TrainedOnImage("e" * 64, "e" * 64, "test/clean.png"),
    ]
    assert [leak.path for leak in leaks(test, listed)] == [one.path for one in test[:3]]


def test_stripping_leaves_hashes_and_the_run(run_dir, source, tmp_path):
    for name, strip in (("named", False), ("stripped", True)):
        wish = TranslateOptions("a_to_b", strip_metadata=strip)
        write_translations(run_dir, source, tmp_path / name, wish)
    named, stripped = (read_trained_on(tmp_path / name) for name in ("named", "stripped"))
    assert [one.sha256 for one in named] == [one.sha256 for one in stripped]
    assert not any(one.path or one.group for one in stripped)
    for line in read_manifest(tmp_path / "stripped"):
        assert line.group is None
        assert [set(step) for step in line.history] == [{"operation", "arguments"}]
    for text in ("twos", "patient", "x0.png"):
        manifest = (tmp_path / "stripped" / "manifest.jsonl").read_text()
        assert text not in manifest


def test_a_run_on_synthetic_images_lists_what_they_were_made_of(source, tmp_path):
    from gan_tf.runs import directory

    images = two_domains(
        source, with_labels(open_source("sklearn:digits"), ["1"], "", ""), [], images_in_memory
    )
    (tmp_path / "run").mkdir()
    config = small_config("cyclegan")
    directory.begin(tmp_path / "run", config, data_card(images), images, [])
    paths = [one.path for one in read_trained_on(tmp_path / "run")]
    real = [example.path for example in source.examples if example.origin == "real"]
    assert 0 < len(real) < len(source.examples)
    assert paths[: len(real)] == real
    assert all(path.startswith("1/") for path in paths[len(real) : -1])
    assert paths[-1] == "seen/by/acgan.png"


def test_images_of_another_size_are_refused(run_dir, tmp_path):
    folder = tmp_path / "large" / "2"
    folder.mkdir(parents=True)
    Image.new("L", (32, 28)).save(folder / "a.png")
    with pytest.raises(InputError, match="'2/a.png' .* is 32x28 .* takes 28x28 .*resize_images"):
        write_translations(
            run_dir, open_source(str(folder.parent)), tmp_path / "d", TranslateOptions("a_to_b")
        )
    assert not (tmp_path / "d").exists()


def test_a_trained_run_has_the_weights_of_its_checkpoint(run, domains):
    fresh = build_train_state(run.config, data_card(domains)).averages["generator_ab"].network
    trained = run.train_state.averages["generator_ab"].network
    pairs = zip(fresh.trainable_variables, trained.trainable_variables, strict=True)
    assert any(not np.array_equal(a.numpy(), b.numpy()) for a, b in pairs)


def test_the_command(run_dir, source, tmp_path, capsys):
    arguments = [f"--run_dir={run_dir}", "--direction=a_to_b", f"--data={source.folder}"]
    command(*arguments, "--num=3", "--seed=4", f"--dest={tmp_path / 'ones'}")
    assert capsys.readouterr().out == f"{tmp_path / 'ones'}: 3 images translated a_to_b\n"
    assert read_dataset_info(tmp_path / "ones").arguments["seed"] == 4
    with pytest.raises(InputError, match="ones exists; choose another"):
        command(*arguments, f"--dest={tmp_path / 'ones'}")
    with pytest.raises(InputError, match=r"--num=7 asks for more images than --data=.* has \(6\)"):
        command(*arguments, "--num=7", f"--dest={tmp_path / 'other'}")
    with pytest.raises(InputError, match="no intact checkpoint of step 9"):
        command(*arguments, "--step=9", f"--dest={tmp_path / 'other'}")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ([], UsageError, "--direction is missing"),
        (["--direction=sideways"], UsageError, "direction.*a_to_b"),
        (["--direction=a_to_b", "--data=sklearn:digits"], UsageError, "10 labels, .* --classes"),
        (
            ["--direction=a_to_b", "--data=sklearn:digits", "--classes=0,x"],
            InputError,
            "--classes names 'x', of which --data=sklearn:digits has no images",
        ),
        (["--direction=a_to_b", "--data=no/where"], InputError, "no/where"),
        (["--direction=a_to_b", "--step=last"], UsageError, "--step=last is neither a number"),
    ],
)
def test_bad_usage_is_named(run_dir, source, tmp_path, arguments, error, message):
    given = [f"--run_dir={run_dir}", f"--data={source.folder}", f"--dest={tmp_path / 'd'}"]
    with pytest.raises(error, match=message):
        command(*given, *arguments)
    assert not (tmp_path / "d").exists()


def test_a_run_of_the_other_kind_names_the_other_command(run_dir, source, tmp_path):
    dest = f"--dest={tmp_path / 'd'}"
    with pytest.raises(InputError, match="holds a cyclegan, which translates .*`gan_tf.translate`"):
        command(f"--run_dir={run_dir}", "--images_per_class=1", dest, module=generate)
    record = json.loads((run_dir / "run.json").read_text())
    record["config"]["gan"] = "dcgan"
    other = tmp_path / "dcgan"
    other.mkdir()
    (other / "run.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match="holds a dcgan, which makes .*`gan_tf.generate`"):
        command(f"--run_dir={other}", "--direction=a_to_b", f"--data={source.folder}", dest)
