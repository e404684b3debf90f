"""Behavior that all commands share: flags, help, errors and exit codes."""

import errno
import os
import subprocess
import sys
import warnings

import pytest
from absl import flags

from data_tools import command_line
from data_tools.errors import Caution, InputError, UsageError
from data_tools.flag_table import FlagTable


def define_flags():
    values = flags.FlagValues()
    flags.DEFINE_integer("count", 1, "How many.", flag_values=values)
    flags.DEFINE_string("word", None, "A word.", flag_values=values)
    flags.DEFINE_boolean("loud", False, "Loudly.", flag_values=values)
    flags.DEFINE_multi_string("name", [], "Names.", flag_values=values)
    return values


def parse(*arguments):
    return command_line.parse(define_flags(), arguments)


def test_a_seed_has_the_range_of_numpy_and_scikit_learn():
    define = FlagTable()
    define.seed("Same seed, same thing.")
    for seed in (0, 4294967295):
        assert command_line.parse(define.values, [f"--seed={seed}"]).seed == seed
    for seed in (-1, 4294967296):
        with pytest.raises(UsageError, match=r"--seed=.* range \[0, 4294967295\]"):
            command_line.parse(define.values, [f"--seed={seed}"])


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("--images=1", "1 is not an integer of at least 2"),
        ("--images=two", "two is not an integer of at least 2"),
        ("--width=-1", "-1 is not a number of at least 0.001"),
        ("--width=nan", "nan is not a number of at least 0.001"),
        ("--scale=inf", "inf is not a non-negative number"),
        ("--limit=3", "3 is not a number of at most 2.5"),
        ("--seed=1.5", r"1.5 is not an integer in the range \[0, 4294967295\]"),
    ],
)
def test_an_invalid_number_is_refused_in_words(word, message):
    define = FlagTable()
    define.integer("images", None, "Images.", lower=2)
    define.number("width", 1.0, "Width.", lower=0.001)
    define.number("scale", 1.0, "Scale.")
    define.number("limit", 1.0, "Limit.", lower=None, upper=2.5)
    define.seed("Seed.")
    with pytest.raises(UsageError, match=f"^flag {word}: {message}$"):
        command_line.parse(define.values, [word])


def test_flag_lines_reproduce_the_resolved_flags():
    values = parse("--count=5", "--loud", "--name=a", "--name=b")
    lines = command_line.flag_lines(command_line.resolved(values))
    assert lines == ["--count=5", "--loud", "--name=a", "--name=b"]
    assert command_line.resolved(parse(*lines)) == command_line.resolved(values)
    assert command_line.flag_lines({"loud": False, "count": 2}, leave_out=["count"]) == ["--noloud"]


def test_help_has_every_flag_its_default_and_its_choices():
    values = define_flags()
    flags.DEFINE_enum("kind", "a", ["a", "b"], "Which.", flag_values=values)
    text = command_line.help_text(values, "Does a thing.")
    assert text.startswith("Does a thing.")
    for part in ("--count", "(default: 1)", "How many.", "--kind {a,b}"):
        assert part in text


def test_missing_flags_are_reported():
    with pytest.raises(UsageError, match="--word is missing"):
        command_line.require(parse(), "count", "word")


def test_a_destination_that_exists_or_is_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    command_line.require_absent(str(tmp_path / "new" / "folder"))
    with pytest.raises(InputError, match=r"file exists; choose another or remove it"):
        command_line.require_absent(str(tmp_path / "file"))
    with pytest.raises(InputError, match=r"is below .*file, which is a file"):
        command_line.require_absent(str(tmp_path / "file" / "map"))


def test_a_process_prints_what_its_encoding_lacks_with_escapes():
    # An umlaut, and a byte that is not UTF-8 as Python reads it from a file name.
    code = (
        "import sys; from data_tools import command_line; command_line.prepare_process();"
        "print('h\\xf6r\\udce9'); print('h\\xf6r\\udce9', file=sys.stderr)"
    )
    for encoding, expected in (("ascii", b"h\\xf6r\\udce9\n"), ("utf-8", b"h\xc3\xb6r\\udce9\n")):
        environment = os.environ | {"PYTHONIOENCODING": encoding}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, expected, expected)


def test_a_caution_is_one_line_and_other_warnings_stay_as_they_are(capsys, monkeypatch):
    seen = []
    monkeypatch.setattr(warnings, "showwarning", lambda *what: seen.append(what))
    command_line.show_cautions()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("mind the gap", Caution, stacklevel=1)
        assert (capsys.readouterr().err, seen) == ("warning: mind the gap\n", [])
        warnings.warn("old", FutureWarning, stacklevel=1)
    assert [(str(what[0]), what[1]) for what in seen] == [("old", FutureWarning)]


def test_a_positional_argument_is_the_value_of_its_flag():
    values = command_line.parse(define_flags(), ["--loud", "a b", "--count=2"], positional="word")
    assert (values.count, values.word, values.loud) == (2, "a b", True)
    for arguments, word in ((["a", "b"], "b"), (["--word=a", "b"], "b")):
        with pytest.raises(UsageError, match=f"'{word}' is not a flag"):
            command_line.parse(define_flags(), arguments, positional="word")
    with pytest.raises(UsageError, match="'a' is not a flag; every argument is written --name="):
        command_line.parse(define_flags(), ["a"])


def test_every_outcome_has_its_exit_code(capsys):
    def ends(error, **options):
        def main(values):
            if error is not None:
                raise error
            return 3

        code = command_line.exit_code(define_flags, main, "Does a thing.", [], **options)
        return code, capsys.readouterr().err

    assert ends(None) == (3, "")
    assert ends(InputError("no file; check it")) == (1, "error: no file; check it\n")
    assert ends(UsageError("no flag")) == (2, "error: no flag\n")
    full = OSError(errno.ENOSPC, "No space left on device", "x")
    assert ends(full) == (1, "error: 'x' cannot be written or read: No space left on device\n")
    assert ends(KeyboardInterrupt()) == (130, "")
    assert ends(KeyboardInterrupt(), interrupted="stopped") == (130, "error: stopped\n")
    with pytest.raises(OSError):
        ends(OSError(errno.EBADF, "a defect"))
