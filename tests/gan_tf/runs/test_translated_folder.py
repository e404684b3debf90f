"""Folders of translated images: selection, labels and provenance."""

import json

import numpy as np
import pytest
from image_folders import tree
from PIL import Image
from translating_run import command, digit_pixels

from data_tools.errors import InputError, UsageError
from data_tools.formats.dataset_info import read_dataset_info
from data_tools.formats.images import pixels_sha256
from data_tools.formats.manifest import TrainedOnImage, read_manifest, read_trained_on
from data_tools.sources import open_source
from gan_tf import generate
from gan_tf.inputs.combined.domains import with_labels
from gan_tf.runs.options import TranslateOptions
from gan_tf.runs.sampling import ImageTranslator
from gan_tf.runs.translated_folder import translate as write_translations
from gan_tf.study.data.leaks import leaks


def test_the_manifest_names_run_checkpoint_and_source_image(
    cyclegan_run_dir, cyclegan_run, twos, tmp_path
):
    write_translations(cyclegan_run_dir, twos, tmp_path / "ones", TranslateOptions("a_to_b"))
    by_path = {example.path: example for example in twos.examples}
    translator = ImageTranslator(
        cyclegan_run.train_state.family,
        "a_to_b",
        cyclegan_run.train_state.averages["generator_ab"].network,
    )
    lines = list(read_manifest(tmp_path / "ones"))
    assert [line.path for line in lines] == [f"1/{index:06d}.png" for index in range(6)]
    made_of = [by_path[line.history[-1]["path"]] for line in lines]
    assert {example.path for example in made_of} == set(by_path)
    expected = translator(example.pixels() for example in made_of)
    arguments = {
        "run": "lesions",
        "step": 2,
        "checkpoint": cyclegan_run.checkpoint.weights_hash,
        "direction": "a_to_b",
    }
    for line, example, image in zip(lines, made_of, expected, strict=True):
        with Image.open(tmp_path / "ones" / line.path) as picture:
            np.testing.assert_array_equal(np.asarray(picture)[..., np.newaxis], image)
        assert line.label == "1"
        assert line.origin == f"synthetic:lesions@{cyclegan_run.checkpoint.weights_hash}"
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


def test_a_smaller_number_gives_the_first_images(cyclegan_run_dir, twos, tmp_path):
    for name, num, seed in (("few", 2, 1), ("more", 5, 1), ("again", 2, 1), ("other", 5, 2)):
        options = TranslateOptions("b_to_a", num=num, seed=seed)
        write_translations(cyclegan_run_dir, twos, tmp_path / name, options)
    few, more = tree(tmp_path / "few"), tree(tmp_path / "more")
    assert sorted(name for name in few if name.endswith("png")) == ["0/000000.png", "0/000001.png"]
    assert all(more[name] == few[name] for name in few if name.endswith("png"))
    assert tree(tmp_path / "again") == {
        name: data.replace(b'"few"', b'"again"') for name, data in few.items()
    }
    selected = [
        {line.history[-1]["path"] for line in read_manifest(tmp_path / name)}
        for name in ("more", "other")
    ]
    assert len(selected[0]) == 5 and selected[0] != selected[1]


def test_label_source_keeps_labels(cyclegan_run_dir, tmp_path):
    both = with_labels(open_source("sklearn:digits"), ["0", "7"], "", "")
    options = TranslateOptions("a_to_b", num=8, label="source")
    info = write_translations(cyclegan_run_dir, both, tmp_path / "kept", options)
    assert info.classes == ("0", "7")
    for line in read_manifest(tmp_path / "kept"):
        assert line.label == line.history[-1]["path"].split("/")[0] == line.path.split("/")[0]
    for example in open_source(tmp_path / "kept").examples:
        assert example.pixels_sha256 == pixels_sha256(example.pixels())


def test_all_real_images_behind_translations_are_listed(cyclegan_run_dir, twos, domains, tmp_path):
    write_translations(cyclegan_run_dir, twos, tmp_path / "ones", TranslateOptions("a_to_b"))
    listed = read_trained_on(tmp_path / "ones")
    translated = {example.path for example in twos.examples if example.origin == "real"}
    assert {one.path for one in listed} == (
        {one.path for one in domains.identities()} | {"seen/by/acgan.png"} | translated
    )
    # A study can thus refuse to test on a translated image or on another image of its patient.
    image = digit_pixels(2, 6)[0]
    test = [
        TrainedOnImage("c" * 64, pixels_sha256(image), "test/translated.png"),
        TrainedOnImage("d" * 64, "d" * 64, "test/patient.png", "patient1"),
        TrainedOnImage("b" * 64, "b" * 64, "test/seen.png"),
        TrainedOnImage("e" * 64, "e" * 64, "test/clean.png"),
    ]
    assert [leak.path for leak in leaks(test, listed)] == [one.path for one in test[:3]]


def test_strip_metadata_keeps_only_hashes_and_the_run(cyclegan_run_dir, twos, tmp_path):
    for name, strip in (("named", False), ("stripped", True)):
        options = TranslateOptions("a_to_b", strip_metadata=strip)
        write_translations(cyclegan_run_dir, twos, tmp_path / name, options)
    named, stripped = (read_trained_on(tmp_path / name) for name in ("named", "stripped"))
    assert [one.sha256 for one in named] == [one.sha256 for one in stripped]
    assert not any(one.path or one.group for one in stripped)
    for line in read_manifest(tmp_path / "stripped"):
        assert line.group is None
        assert [set(step) for step in line.history] == [{"operation", "arguments"}]
    for text in ("twos", "patient", "x0.png"):
        manifest = (tmp_path / "stripped" / "manifest.jsonl").read_text()
        assert text not in manifest


def test_images_of_another_size_are_refused(cyclegan_run_dir, tmp_path):
    folder = tmp_path / "large" / "2"
    folder.mkdir(parents=True)
    Image.new("L", (32, 28)).save(folder / "a.png")
    with pytest.raises(InputError, match="'2/a.png' .* is 32x28 .* takes 28x28 .*resize_images"):
        write_translations(
            cyclegan_run_dir,
            open_source(str(folder.parent)),
            tmp_path / "d",
            TranslateOptions("a_to_b"),
        )
    assert not (tmp_path / "d").exists()


def test_the_command_translates_and_refuses_bad_values(cyclegan_run_dir, twos, tmp_path, capsys):
    arguments = [f"--run_dir={cyclegan_run_dir}", "--direction=a_to_b", f"--data={twos.folder}"]
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
            "--classes names 'x', but --data=sklearn:digits has no such images",
        ),
        (["--direction=a_to_b", "--data=no/where"], InputError, "no/where"),
        (
            ["--direction=a_to_b", "--step=last"],
            UsageError,
            "--step=last.* is neither an integer",
        ),
    ],
)
def test_invalid_flags_are_refused(cyclegan_run_dir, twos, tmp_path, arguments, error, message):
    given = [f"--run_dir={cyclegan_run_dir}", f"--data={twos.folder}", f"--dest={tmp_path / 'd'}"]
    with pytest.raises(error, match=message):
        command(*given, *arguments)
    assert not (tmp_path / "d").exists()


def test_a_run_of_the_other_kind_is_refused_with_the_right_command(
    cyclegan_run_dir, twos, tmp_path
):
    dest = f"--dest={tmp_path / 'd'}"
    with pytest.raises(InputError, match="holds a cyclegan, which translates .*`gan_tf.translate`"):
        command(f"--run_dir={cyclegan_run_dir}", "--images_per_class=1", dest, module=generate)
    record = json.loads((cyclegan_run_dir / "run.json").read_text())
    record["config"]["gan"] = "dcgan"
    other = tmp_path / "dcgan"
    other.mkdir()
    (other / "run.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match="holds a dcgan, which generates .*`gan_tf.generate`"):
        command(f"--run_dir={other}", "--direction=a_to_b", f"--data={twos.folder}", dest)
