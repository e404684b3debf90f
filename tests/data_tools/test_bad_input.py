"""Bad usage and bad input end in one error line and change nothing."""

import json
import os
import subprocess
import sys

import pytest
from bad_images import BAD, bomb
from image_folders import convert, labeled_folder, random_image, tree, write_files

from data_tools.__main__ import main
from data_tools.formats.dataset_info import read_dataset_info
from data_tools.formats.images import encode_png

COMMAND = [sys.executable, "-m", "data_tools"]


def usage_error(capsys, *arguments):
    assert main(arguments) == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no command is given; choose one of convert, inspect, verify"),
        (["sort"], "'sort' is not a command"),
        (["convert", "--data_dir=in", "--dest=out"], "--op is missing"),
        (["convert", "--data_dir=in", "--dest=out", "--size=1"], "--op is missing"),
        (["convert", "--op=slice_dataset", "--dest=out", "--size=1"], "--data_dir is missing"),
        (["convert", "--op=shuffle", "--data_dir=in", "--dest=out"], "--op=shuffle: value should"),
        (["convert", "--op=invert_images", "--data_dir=in"], "--dest is missing"),
        (["convert", "in", "--op=invert_images", "--dest=out"], "'in' is not a flag"),
        (["convert", "--op=invert_images", "--data_dir=in", "--dest=out", "--color"], "'color'"),
        (["convert", "--op=slice_dataset", "--data_dir=in", "--dest=out"], "--size is missing"),
        (
            ["convert", "--op=invert_images", "--data_dir=in", "--dest=out", "--size=3"],
            "--size does not apply to --op=invert_images, only to slice_dataset",
        ),
        (
            ["convert", "--op=slice_dataset", "--data_dir=in", "--dest=out", "--size=0"],
            "--size=0: 0 is not a positive integer",
        ),
        (
            ["convert", "--op=slice_dataset", "--data_dir=in", "--dest=out", "--size=x"],
            "--size=x: x is not a positive integer",
        ),
        (
            ["convert", "--op=merge_datasets", "--data_dir=in", "--dest=out"],
            "takes at least 2 --data_dir",
        ),
        (
            ["convert", "--op=invert_images", "--data_dir=in", "--data_dir2=in", "--dest=out"],
            "takes exactly 1 --data_dir",
        ),
        (
            ["convert", "--op=split_dataset", "--data_dir=in", "--dest=out", "--fractions=1"],
            "--fractions=1: is not train,test or train,validation,test",
        ),
        (
            ["convert", "--op=invert_images", "--data_dir=in", "--dest=out", "--splits=valid"],
            "--splits=valid: 'valid' is not one of train, validation, test, all",
        ),
        (
            ["convert", "--op=resize_images", "--data_dir=in", "--dest=out", "--fill=256"],
            "--fill=256: 256 is not an integer in the range [0, 255]",
        ),
        (
            ["convert", "--op=invert_images", "--data_dir=in", "--dest=out", "--seed=1"],
            "--seed does not apply",
        ),
        (
            [
                "convert",
                "--op=idx_to_images",
                "--data_dir=in",
                "--dest=out",
                "--strip_metadata",
                "--on_bad=quarantine",
            ],
            "not with --strip_metadata",
        ),
        (["verify"], "--data_dir is missing"),
        (["verify", "in", "out"], "'out' is not a flag"),
        (["inspect", "in", "--distance=65"], "--distance=65: 65 is not an integer in the range"),
    ],
)
def test_bad_usage_gives_one_line_and_exit_code_2(
    capsys, tmp_path, monkeypatch, arguments, message
):
    monkeypatch.chdir(tmp_path)
    error = usage_error(capsys, *arguments)
    assert message in error
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert not any(tmp_path.iterdir())


INPUTS = {
    "missing folder": (None, [], "there is no folder"),
    "empty folder": ({}, [], "is empty"),
    "no label folders": ({"x.png": b""}, [], "no label folders"),
    "no image": ({"a/x.png": b"text, not an image"}, [], "'a/x.png' is not an image"),
    "truncated": ({"a/x.jpg": BAD["truncated JPEG"][0]}, [], "'a/x.jpg' is damaged or truncated"),
    "unexpected": (
        {"a/x.png": encode_png(random_image(1)), "LICENSE": b""},
        [],
        "'LICENSE' is neither",
    ),
    "fractions": (
        {f"a/{n}.png": encode_png(random_image(n)) for n in range(4)},
        ["--op=split_dataset", "--fractions=0.5,0.6"],
        "--fractions=0.5,0.6 adds up to 1.1, not to 1",
    ),
    "counts": (
        {f"a/{n}.png": encode_png(random_image(n)) for n in range(4)},
        ["--op=split_dataset", "--counts=2,3"],
        "--counts=2,3 adds up to 5, not to the 4 images",
    ),
    "too few to divide": (
        {"a/x.png": encode_png(random_image(1)), "b/x.png": encode_png(random_image(2))},
        ["--op=split_dataset"],
        "label 'a' has too few images",
    ),
    "unknown class": (
        {"a/x.png": encode_png(random_image(1))},
        ["--op=select_classes", "--keep=b"],
        "has no class 'b', only a",
    ),
    "missing table": (
        {"a/x.png": encode_png(random_image(1))},
        ["--op=sort_by_csv", "--csv=no.csv"],
        "there is no file 'no.csv'",
    ),
}


@pytest.mark.parametrize("case", INPUTS)
def test_bad_input_gives_one_line_and_exit_code_1_and_writes_nothing(tmp_path, capsys, case):
    files, flags, message = INPUTS[case]
    source = tmp_path / "in"
    if files is not None:
        source.mkdir()
        write_files(source, files)
    before = tree(tmp_path)
    flags = flags or ["--op=invert_images"]
    code = main(["convert", f"--data_dir={source}", f"--dest={tmp_path / 'out'}", *flags])
    captured = capsys.readouterr()
    assert code == 1
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1
    assert message in captured.err
    assert captured.out == ""
    assert tree(tmp_path) == before
    assert {path.name for path in tmp_path.iterdir()} <= {"in"}


def test_an_existing_destination_is_not_changed(tmp_path, capsys):
    source = labeled_folder(tmp_path / "in", {"a": 1})
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    before = tree(tmp_path)
    arguments = ["convert", "--op=invert_images", f"--data_dir={source}"]
    for dest, message in (
        (tmp_path / "out", "exists; choose another or remove it"),
        (tmp_path / "out" / "mine.txt" / "deeper", "is below"),
        (source / "a" / "inside", "is inside --data_dir"),
    ):
        assert main([*arguments, f"--dest={dest}"]) == 1
        assert message in capsys.readouterr().err
    assert tree(tmp_path) == before


@pytest.mark.parametrize("op", ["invert_images", "convert_to_tfrecords", "idx_to_images"])
@pytest.mark.parametrize("workers", [1, 2])
def test_bad_images_are_left_out_and_listed_or_quarantined(tmp_path, capsys, op, workers):
    bad = {f"a/bad {n}\n.png": data for n, (data, _) in enumerate(BAD.values())}
    bad["b/bomb.png"] = bomb()
    good = {f"{label}/{n}.png": encode_png(random_image(n)) for label in "ab" for n in range(2)}
    root = write_files(tmp_path / "in", {**bad, **good, "notes.txt": b"unexpected"})
    (root / "a" / "link.png").symlink_to("/etc/hostname")
    before = tree(root)
    command = ["convert", f"--op={op}", f"--data_dir={root}", f"--workers={workers}"]
    for policy in ("skip", "quarantine"):
        out = tmp_path / policy
        assert main([*command, f"--dest={out}", f"--on_bad={policy}"]) == 0
        folder = out / "1.0.0" if op == "convert_to_tfrecords" else out
        info = read_dataset_info(folder)
        assert info.num_images == 4
        left_out = {one["path"] for one in info.bad_images}
        assert left_out == {*bad, "notes.txt", "a/link.png"}
        error = capsys.readouterr().err
        assert f"left out {len(bad) + 2} of the source's files" in error
        assert "more than 89478485 pixels" in error
        quarantined = tree(folder / "_quarantine") if policy == "quarantine" else {}
        reasons = quarantined.pop("reasons.jsonl", b"").decode().splitlines()
        assert quarantined == (bad if policy == "quarantine" else {})
        if policy == "quarantine":
            assert {json.loads(line)["path"] for line in reasons} == left_out
        assert main(["verify", str(out), "--workers=1"]) == 0
        capsys.readouterr()
        # The result is a valid source.
        again = tmp_path / f"{policy}-again"
        arguments = ["convert", "--op=idx_to_images", f"--data_dir={out}", f"--dest={again}"]
        assert main([*arguments, "--workers=1"]) == 0
        capsys.readouterr()
    assert tree(root) == before


def test_paths_that_the_file_system_refuses_are_reported(tmp_path, capsys):
    source = labeled_folder(tmp_path / "in", {"a": 1})
    long = "x" * 300
    assert main(["convert", "--op=invert_images", f"--data_dir={source}", f"--dest={long}"]) == 1
    assert main(["convert", "--op=invert_images", f"--data_dir={long}", "--dest=out"]) == 1
    assert main(["verify", long]) == 1
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 3
    assert all(line.startswith("error: ") and "File name too long" in line for line in errors)


def test_a_symbolic_link_in_a_circle_is_no_folder_to_read_or_write(tmp_path, capsys):
    source = labeled_folder(tmp_path / "in", {"a": 1})
    loop = tmp_path / "loop"
    loop.symlink_to("loop")
    command = ["convert", "--op=invert_images"]
    for words, message in (
        ([f"--data_dir={source}", f"--dest={loop}"], "exists; choose another"),
        ([f"--data_dir={source}", f"--dest={loop}/x"], "loop, which is a broken symbolic link"),
        ([f"--data_dir={loop}", f"--dest={tmp_path}/out"], "there is no"),
    ):
        assert main([*command, *words]) == 1
        error = capsys.readouterr().err
        assert message in error and error.count("\n") == 1
    assert sorted(os.listdir(tmp_path)) == ["in", "loop"]


def test_names_that_are_not_utf_8_pass_through_every_command(tmp_path):
    label = "caf\u00e9"
    root = tmp_path / "in"
    (root / label).mkdir(parents=True)
    for number in range(4):
        name = os.fsdecode(b"na\xfeme%d.png" % number)
        (root / label / name).write_bytes(encode_png(random_image(number)))
    merged, records, back, report = (tmp_path / name for name in "mrbi")
    for line in (
        ["convert", "--op=merge_datasets", *[f"--data_dir={root}"] * 2, f"--dest={merged}"],
        ["convert", "--op=convert_to_tfrecords", f"--data_dir={merged}", f"--dest={records}"],
        ["convert", "--op=tfrecords_to_images", f"--data_dir={records}", f"--dest={back}"],
        ["verify", str(merged)],
        ["verify", str(records)],
        ["inspect", str(back), f"--dest={report}"],
    ):
        process = subprocess.run([*COMMAND, *line], capture_output=True)
        assert (process.returncode, process.stderr) == (0, b""), line
    assert len(list(back.glob("*/*.png"))) == 8


def test_records_refuse_a_label_that_is_not_utf_8(tmp_path, capsys):
    root = tmp_path / "in"
    (root / os.fsdecode(b"la\xffbel")).mkdir(parents=True)
    (root / os.fsdecode(b"la\xffbel") / "0.png").write_bytes(encode_png(random_image(1)))
    arguments = ["convert", f"--data_dir={root}", f"--dest={tmp_path / 'out'}"]
    assert main([*arguments, "--op=convert_to_tfrecords"]) == 1
    assert "is not UTF-8; rename its folder" in capsys.readouterr().err
    assert main([*arguments, "--op=invert_images"]) == 0


def test_an_empty_result_is_an_error(tmp_path, capsys):
    root = write_files(tmp_path / "in", {"a/x.png": b"text"})
    command = ["convert", "--op=invert_images", f"--data_dir={root}", "--on_bad=skip"]
    assert main([*command, f"--dest={tmp_path / 'out'}"]) == 1
    assert "leaves no images; nothing was written" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_no_path_escapes_the_destination(tmp_path, capsys):
    """A manifest may contain any path; all files are written below the destination."""
    source = labeled_folder(tmp_path / "in", {"a": 1})
    records = convert("convert_to_tfrecords", source, tmp_path / "records")
    manifest = records / "1.0.0" / "manifest.jsonl"
    for path in ("../../evil.png", "/tmp/evil.png", "a/../../evil.png"):
        line = json.loads(manifest.read_text())
        line["path"] = path
        manifest.write_text(json.dumps(line) + "\n")
        for policy in ("fail", "skip", "quarantine"):
            command = ["convert", "--op=tfrecords_to_images", f"--data_dir={records}"]
            assert main([*command, f"--dest={tmp_path / 'out'}", f"--on_bad={policy}"]) == 1
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "records"]
    assert "would leave the data set" in capsys.readouterr().err
