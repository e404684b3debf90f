"""The command that joins studies; the table itself is tested in study/analysis."""

import json
import shutil

import pytest
from finished_studies import ACGAN, CYCLEGAN

from data_tools.errors import InputError, UsageError
from gan_tf import cli
from gan_tf.compare import define_flags, main


@pytest.fixture
def flags(tmp_path):
    """Flags of two finished studies but for the destination."""
    for name, content in {"acgan": ACGAN, "cyclegan": CYCLEGAN}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "results.json").write_text(json.dumps(content))
    return [f"--study={tmp_path / name}" for name in ("acgan", "cyclegan")]


def compare(*flags):
    return main(cli.parse(define_flags(), flags))


def test_the_table_the_verdict_and_the_path_of_the_report_are_printed(flags, tmp_path, capsys):
    compare(*flags, f"--dest={tmp_path / 'table'}")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 7 + 1 + 1 + 1
    assert lines[1].startswith("acgan: real ")
    assert lines[-2] == json.loads((tmp_path / "table" / "results.json").read_text())["verdict"]
    assert lines[-1] == f"report: {tmp_path / 'table' / 'report.html'}"


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        (["--dest="], UsageError, "--dest is missing"),
        (["--study=nowhere"], InputError, "--study=nowhere holds no finished study"),
        (["--classes=mel"], InputError, "--classes has 'mel', which is not a label"),
    ],
)
def test_bad_input_names_its_flag_and_leaves_nothing(flags, tmp_path, arguments, error, message):
    with pytest.raises(error, match=message):
        compare(*flags, f"--dest={tmp_path / 'table'}", *arguments)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["acgan", "cyclegan"]


def test_studies_are_required_and_an_existing_destination_is_refused(flags, tmp_path):
    with pytest.raises(UsageError, match="--study is missing"):
        compare(f"--dest={tmp_path / 'table'}")
    shutil.copytree(tmp_path / "acgan", tmp_path / "table")
    with pytest.raises(InputError, match="table exists; choose another or remove it"):
        compare(*flags, f"--dest={tmp_path / 'table'}")
