"""Flagfiles, and the user's home in values of flags."""

import pytest

from data_tools.errors import UsageError
from data_tools.flagfiles import expanded


def test_a_flagfile_is_replaced_by_its_flags_and_those_of_the_flagfiles_that_it_includes(tmp_path):
    (tmp_path / "base.flags").write_text("# a comment\n// another\n\n--count=2\n--word=a b\n")
    (tmp_path / "top.flags").write_text("--flagfile=base.flags\n--count=3\n")
    flags = ["--count=2", "--word=a b", "--count=3"]
    assert list(expanded([f"--flagfile={tmp_path / 'top.flags'}", "--loud"])) == [*flags, "--loud"]
    assert list(expanded(["--count=4", "--flagfile", f"{tmp_path / 'top.flags'}"])) == [
        "--count=4",
        *flags,
    ]


def test_a_flagfile_that_includes_itself_is_reported(tmp_path):
    (tmp_path / "a.flags").write_text("--flagfile=b.flags\n")
    (tmp_path / "b.flags").write_text("--flagfile=a.flags\n")
    with pytest.raises(UsageError, match="includes itself"):
        list(expanded([f"--flagfile={tmp_path / 'a.flags'}"]))
    (tmp_path / "b.flags").write_text(f"--flagfile=../{tmp_path.name}/b.flags\n")
    with pytest.raises(UsageError, match="includes itself"):
        list(expanded([f"--flagfile={tmp_path / 'b.flags'}"]))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("--dest=~/x", "--dest=/home/me/x"),
        ("--dest=~", "--dest=/home/me"),
        ("--gan_runs=~/a,b,~/c", "--gan_runs=/home/me/a,b,/home/me/c"),
        ("~/x=y", "/home/me/x=y"),
        # Not paths in the home: a folder whose name starts or ends with ~, and one below another.
        ("--dest=~x/y", "--dest=~x/y"),
        ("--dest=x~", "--dest=x~"),
        ("--dest=x/~/y", "--dest=x/~/y"),
        ("--let=data=~/x", "--let=data=~/x"),
    ],
)
def test_a_tilde_in_front_of_a_path_is_the_home_of_the_user(monkeypatch, word, expected):
    monkeypatch.setenv("HOME", "/home/me")
    assert list(expanded([word])) == [expected]


def test_a_tilde_in_and_of_a_flagfile_is_the_home_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "my.flags").write_text("--data=~/photos\n")
    for words in (["--flagfile=~/my.flags"], ["--flagfile", "~/my.flags"]):
        assert list(expanded(words)) == [f"--data={tmp_path}/photos"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_flagfile_may_begin_with_a_byte_order_mark(tmp_path, encoding):
    (tmp_path / "a.flags").write_text("--count=2\n--word=é\n", encoding)
    assert list(expanded([f"--flagfile={tmp_path / 'a.flags'}"])) == ["--count=2", "--word=é"]


def test_a_flagfile_in_another_encoding_is_refused_with_the_line(tmp_path):
    (tmp_path / "a.flags").write_text("--count=2\n--word=é\n", "cp1252")
    with pytest.raises(UsageError, match=r"^--flagfile=.*a\.flags, line 2 is not utf-8; save"):
        list(expanded([f"--flagfile={tmp_path / 'a.flags'}"]))
