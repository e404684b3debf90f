"""The installed packages, their data files, and the commands."""

import configparser
import importlib
import pkgutil
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import gan_tf
from gan_tf.__main__ import COMMANDS

ROOT = Path(__file__).parents[1]
# Where the modules of an installed package come from in the source tree.
FOLDERS = {"data_tools": "data_tools", "gan_tf": "gan_tf", "gan_tf.experiments": "experiments"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    """Build the wheel from a copy, so that nothing is written into the source tree."""
    copy = tmp_path_factory.mktemp("source")
    for folder in FOLDERS.values():
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", copy]
    subprocess.run([*command, copy], check=True, capture_output=True)
    with zipfile.ZipFile(*copy.glob("*.whl")) as archive:
        yield archive


def files_of_the_source() -> set[str]:
    """Return every file that belongs in the wheel, by its name there."""
    return {
        str(Path(package.replace(".", "/")) / path.relative_to(ROOT / folder))
        for package, folder in FOLDERS.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_every_module_flagfile_and_template_and_nothing_else(wheel):
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == files_of_the_source()


def test_the_wheel_names_its_version_license_and_commands(wheel):
    info = f"gan_tf-{gan_tf.__version__}.dist-info"
    metadata = wheel.read(f"{info}/METADATA").decode()
    assert "\nLicense-Expression: Apache-2.0\n" in metadata
    assert "\nRequires-Python: <3.14,>=3.11\n" in metadata
    assert "Apache License" in wheel.read(f"{info}/licenses/LICENSE").decode()
    commands = wheel.read(f"{info}/entry_points.txt").decode()
    assert "data-tools = " in commands and "gan-tf = " in commands


def test_the_demo_is_found_in_the_installed_package_from_any_folder(wheel, tmp_path):
    wheel.extractall(tmp_path / "site")
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); import runpy; "
    code += "sys.argv[1:] = ['--flagfile=experiments/digits.flags', '--dry_run']; "
    code += "import gan_tf; print(gan_tf.__file__); runpy.run_module('gan_tf.experiment', "
    code += "run_name='__main__')"
    (tmp_path / "elsewhere").mkdir()
    shown = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path / "elsewhere",
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert shown.startswith(str(tmp_path / "site"))
    assert "[would run] study: python -m gan_tf.evaluate" in shown
    # The nested flagfile of the training is read to see whether it has changed.
    assert "--flagfile=experiments/digits_gan.flags" in shown


def test_every_package_is_listed():
    listed = configparser.ConfigParser()
    listed.read(ROOT / "setup.cfg")
    found = {"gan_tf.experiments"}
    for name in ("data_tools", "gan_tf"):
        walked = pkgutil.walk_packages([str(ROOT / name)], f"{name}.")
        found |= {name} | {module.name for module in walked if module.ispkg}
    assert set(listed["options"]["packages"].split()) == found


def test_every_command_is_in_the_table_and_the_readme():
    readme = (ROOT / "README.md").read_text()
    commands = {
        module.name
        for module in pkgutil.iter_modules([str(ROOT / "gan_tf")])
        if not module.ispkg and module.name not in ("__main__", "cli")
    }
    assert set(COMMANDS) == commands
    for name in COMMANDS:
        assert callable(importlib.import_module(f"gan_tf.{name}").define_flags)
        assert f"| `python -m gan_tf.{name}` |" in readme


@pytest.mark.parametrize(
    "words, code, shown, complaint",
    [
        (["--help"], 0, "usage: gan-tf COMMAND", ""),
        (["experiment", "--help"], 0, "Run an experiment", ""),
        (["experiment"], 2, "", "error: --name is missing"),
        ([], 2, "", "error: no command is given; choose one of train, "),
        (["trian"], 2, "", "error: 'trian' is not a command; choose one of train, "),
    ],
)
def test_gan_tf_becomes_the_command_it_names(words, code, shown, complaint):
    done = subprocess.run(
        [sys.executable, "-m", "gan_tf", *words], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == code
    assert done.stdout.startswith(shown) and done.stderr.startswith(complaint)
    assert done.stderr.count("\n") == bool(complaint)


@pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")
@pytest.mark.parametrize(
    "python, complaint",
    [
        ("", "no Python 3.11, 3.12 or 3.13 found"),
        ("./too_old", "./too_old is not Python 3.11, 3.12 or 3.13"),
    ],
)
def test_make_says_which_python_it_needs(python, complaint, tmp_path):
    for name in ("Makefile", "setup.cfg", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "too_old").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "too_old").chmod(0o755)
    done = subprocess.run(
        ["make", "demo", f"PYTHON={python}"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and complaint in done.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(
    "line",
    [
        ".venv/bin/python -m gan_tf.experiment --flagfile=experiments/digits.flags",
        ".venv/bin/python -m pytest -n auto --dist=loadfile",
    ],
)
def test_the_readme_gives_the_lines_that_make_runs(line):
    assert f"\t{line}\n" in (ROOT / "Makefile").read_text().replace("$(BIN)", ".venv/bin")
    assert f"    {line}\n" in (ROOT / "README.md").read_text()
