"""The Beam pipeline on the DirectRunner: the same bytes as the conversion in one process."""

import importlib.util

import pytest
from image_folders import convert, labeled_folder, random_image, run, tree, write_files

from data_tools.__main__ import main
from data_tools.formats.images import encode_png

HAS_BEAM = importlib.util.find_spec("apache_beam") is not None
needs_beam = pytest.mark.skipif(
    not HAS_BEAM, reason="apache_beam is not installed (the extra [beam] has an older Pillow)"
)


@needs_beam
@pytest.mark.filterwarnings("ignore")
def test_the_shards_hold_the_same_records(tmp_path):
    root = labeled_folder(tmp_path / "in", {"train/a": 40, "train/b": 30, "test/a": 9})
    write_files(root, {"train/b/bad.png": b"text"})
    flags = ("--num_shards=3", "--on_bad=quarantine", "--seed=5")
    plain = convert("convert_to_tfrecords", root, tmp_path / "plain" / "x", *flags)
    beam = convert("convert_to_tfrecords", root, tmp_path / "beam" / "x", *flags, "--runner=direct")
    assert tree(beam) == tree(plain)


@needs_beam
@pytest.mark.filterwarnings("ignore")
def test_an_error_on_a_beam_worker_is_one_line(tmp_path, capsys):
    files = {
        "a/0.png": encode_png(random_image(1)),
        "a/1.png": encode_png(random_image(2)[..., :1]),
    }
    root = write_files(tmp_path / "in", files)
    command = ["convert", "--op=convert_to_tfrecords", f"--data_dir={root}", "--runner=direct"]
    assert main([*command, f"--dest={tmp_path / 'out'}"]) == 1
    assert "pass --mode to convert all to one" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@needs_beam
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "runner", ["nonsense", "no.such.Runner", "data_tools.conversion.beam_writer.Nothing"]
)
def test_an_unknown_beam_runner_is_reported(tmp_path, capsys, runner):
    root = labeled_folder(tmp_path / "in", {"a": 1})
    assert run("convert_to_tfrecords", root, tmp_path / "out", f"--runner={runner}") == 1
    error = capsys.readouterr().err
    assert f"error: --runner={runner} and --beam_options='' do not define a pipeline" in error
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_an_unclosed_quote_in_beam_options_is_reported(tmp_path, capsys):
    root = labeled_folder(tmp_path / "in", {"a": 1})
    flags = ("--runner=direct", "--beam_options='--x")
    assert run("convert_to_tfrecords", root, tmp_path / "out", *flags) == 1
    assert capsys.readouterr().err == (
        'error: --beam_options="\'--x" cannot be split into flags: No closing quotation\n'
    )
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.skipif(HAS_BEAM, reason="apache_beam is installed")
def test_without_beam_the_error_names_the_extra(tmp_path, capsys):
    root = labeled_folder(tmp_path / "in", {"a": 1})
    command = ["convert", "--op=convert_to_tfrecords", f"--data_dir={root}", "--runner=direct"]
    assert main([*command, f"--dest={tmp_path / 'out'}"]) == 1
    assert "pip install 'gan-tf[beam]'" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_flags_for_beam_need_a_runner(tmp_path, capsys):
    root = labeled_folder(tmp_path / "in", {"a": 1})
    command = ["convert", "--op=convert_to_tfrecords", f"--data_dir={root}", "--beam_options=--x"]
    assert main([*command, f"--dest={tmp_path / 'out'}"]) == 2
    assert "--beam_options needs --runner" in capsys.readouterr().err
