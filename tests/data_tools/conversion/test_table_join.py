"""Tables joined with images: by paths, complete or allowed not to be, never to another image."""

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from image_folders import convert, random_image, run, write_csv, write_files

from data_tools.formats.images import encode_png
from data_tools.formats.manifest import read_manifest

TWO_SITES = ("siteA/001.png", "siteA/002.png", "siteB/001.png", "siteB/002.png")


def image_folder(root, paths):
    return write_files(root, {path: encode_png(random_image(n)) for n, path in enumerate(paths)})


def labels_of(folder):
    """Return the new label of each image by its path in the source."""
    return {record.history[-1]["path"]: record.label for record in read_manifest(folder)}


def groups_of(folder):
    return {record.history[0]["path"]: record.group for record in read_manifest(folder)}


def label_table(tmp_path, rows):
    return f"--csv={write_csv(tmp_path / 't.csv', [('image', 'label'), *rows])}"


def group_table(tmp_path, rows):
    table = write_csv(tmp_path / "g.csv", [("image", "patient_id"), *rows])
    return f"--group_csv={table}"


@pytest.mark.parametrize(
    "form", ["{}", "./{}", "data/raw/{}", "/data/{}", "C:\\data\\{}", "{stem}", "{back}"]
)
def test_a_row_labels_the_image_in_the_folder_that_it_names(tmp_path, form, capsys):
    root = image_folder(tmp_path / "in", TWO_SITES)
    expected = dict(zip(TWO_SITES, "xyyx", strict=True))
    rows = [
        (form.format(path, stem=path[:-4], back=path.replace("/", "\\")), label)
        for path, label in expected.items()
    ]
    out = convert("sort_by_csv", root, tmp_path / "out", label_table(tmp_path, rows))
    assert labels_of(out) == expected
    assert "4 of 4 images have a row, 4 of 4 rows have an image\n" in capsys.readouterr().out


def test_a_row_of_one_folder_never_labels_an_image_of_another(tmp_path, capsys):
    root = image_folder(tmp_path / "in", TWO_SITES)
    rows = [("siteA/001.png", "x"), ("siteB/002.png", "y"), ("siteC/001.png", "z")]
    flag = label_table(tmp_path, rows)
    assert run("sort_by_csv", root, tmp_path / "out", flag) == 1
    assert (
        "2 of 4 images have a row, 2 of 3 rows have an image; without a row: 'siteA/002.png', "
        "'siteB/001.png'; without an image: 'siteC/001.png' "
        "('siteC/001.png' and 'siteB/001.png' differ only in the folder or the extension); "
        "mend the table or pass --on_unmatched=report\n"
    ) in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    out = convert("sort_by_csv", root, tmp_path / "out", flag, "--on_unmatched=report")
    assert labels_of(out) == {"siteA/001.png": "x", "siteB/002.png": "y"}


def test_a_name_that_two_images_have_is_refused_whatever_is_allowed(tmp_path, capsys):
    root = image_folder(tmp_path / "in", ("siteA/1.png", "siteB/1.png", "siteB/2.png"))
    for flag in (
        label_table(tmp_path, [("2", "x"), ("1", "y")]),
        group_table(tmp_path, [("2", "x"), ("1", "y")]),
    ):
        op = "sort_by_csv" if flag.startswith("--csv") else "split_dataset"
        assert run(op, root, tmp_path / "out", flag, "--on_unmatched=report") == 1
        assert re.search(
            r"line 3: '1' names 'siteA/1\.png' and 'siteB/1\.png'; write as much of the path",
            capsys.readouterr().err,
        )


@pytest.mark.parametrize("root_name", ["siteA", "moved"])
def test_rows_of_two_folders_above_the_source_are_told_apart(tmp_path, root_name, capsys):
    """Only siteA can be the source; a source of another name may be either, or none."""
    root = image_folder(tmp_path / root_name, ("a/1.png", "a/2.png"))
    rows = [("siteA/a/1.png", "x"), ("siteA/a/2.png", "y"), ("siteB/a/1.png", "y")]
    flags = (label_table(tmp_path, rows), "--on_unmatched=report_rows")
    if root_name == "siteA":
        out = convert("sort_by_csv", root, tmp_path / "out", *flags)
        assert labels_of(out) == {"a/1.png": "x", "a/2.png": "y"}
        assert "2 of 3 rows have an image; without an image: 'siteB/a/1.png'" in (
            capsys.readouterr().out
        )
    else:
        assert run("sort_by_csv", root, tmp_path / "out", *flags) == 1
        error = capsys.readouterr().err
        assert "line 3 'siteA/a/2.png' and in line 4 'siteB/a/1.png', and " in error
        assert "only one of the two folders; begin the ids with the folders inside it" in error


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(str(n), "P") for n in range(1, 4)], "'1' and 'a/001.png' differ only in leading zeros;"),
        ([("2.0", "P")], "'2.0' and 'a/002.png' differ only in leading zeros and decimals;"),
        ([("001.dcm", "P")], "'001.dcm' and 'a/001.png' differ only in the extension;"),
        ([("A/001", "P")], "'A/001' and 'a/001.png' differ only in the folder or the extension;"),
        ([("X", "P")], "'X' and 'a/x.png' differ only in letter case;"),
        ([("zzz", "P")], "line 2 has 'zzz', the first image is 'a/001.png'; write the ids as the"),
    ],
)
def test_a_table_that_names_no_image_is_refused_with_the_difference(
    tmp_path, rows, message, capsys
):
    root = image_folder(tmp_path / "in", [f"a/{n:03d}.png" for n in range(1, 4)] + ["a/x.png"])
    flags = (group_table(tmp_path, rows), "--on_unmatched=report")
    assert run("split_dataset", root, tmp_path / "out", *flags) == 1
    error = capsys.readouterr().err
    assert f"no row of {tmp_path / 'g.csv'} names an image of {root}: {message}" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_groups_of_equal_names_in_two_folders_are_those_of_the_table(tmp_path, capsys):
    """Each patient has image n of one folder and n + 1 of the other, so bare names mix patients."""
    truth = {f"ill/{n}.png": f"P{n}" for n in range(10)}
    truth |= {f"well/{(n + 1) % 10}.png": f"P{n}" for n in range(10)}
    root = image_folder(tmp_path / "in", sorted(truth))
    flags = (group_table(tmp_path, sorted(truth.items())), "--fractions=0.6,0.4")
    out = convert("split_dataset", root, tmp_path / "out", *flags)
    assert groups_of(out) == truth
    splits = {}
    for record in read_manifest(out):
        splits.setdefault(record.group, set()).add(record.split)
    assert len(splits) == 10
    assert all(len(names) == 1 for names in splits.values())
    assert "none of 10 groups is in two splits\n" in capsys.readouterr().out


def test_rows_may_repeat_but_not_contradict_each_other(tmp_path, capsys):
    root = image_folder(tmp_path / "in", [f"a/{n}.png" for n in range(6)])
    rows = [(f"{n}", f"P{n % 3}") for n in range(6)]
    again = [("a/0.png", "P0"), ("0.png", "")]
    out = convert("split_dataset", root, tmp_path / "out", group_table(tmp_path, rows + again))
    assert groups_of(out) == {f"a/{n}.png": f"P{n % 3}" for n in range(6)}
    flag = group_table(tmp_path, [*rows, ("a/0.png", "P2")])
    assert run("split_dataset", root, tmp_path / "no", flag) == 1
    assert (
        "lines 2 and 8 name the same image 'a/0.png' with 'P0' and 'P2'; keep one"
        in capsys.readouterr().err
    )


def test_images_without_a_row_are_refused_or_counted_as_images_without_a_group(tmp_path, capsys):
    root = image_folder(tmp_path / "in", [f"a/{n}.png" for n in range(8)])
    table = group_table(tmp_path, [(f"{n}", f"P{n // 2}") for n in range(4)] + [("5", "")])
    flags = (table, "--fractions=0.5,0.5")
    for refusing in ("refuse", "report_rows"):
        arguments = (*flags, f"--on_unmatched={refusing}")
        assert run("split_dataset", root, tmp_path / "out", *arguments) == 1
        assert (
            "5 of 8 images have a row, 5 of 5 rows have an image; without a row: 'a/4.png', "
            "'a/6.png', 'a/7.png'; mend the table or pass --on_unmatched=report\n"
        ) in capsys.readouterr().err
    convert("split_dataset", root, tmp_path / "out", *flags, "--on_unmatched=report")
    output = capsys.readouterr().out
    # Image 5 has a row, but no group in it.
    assert "none of 2 groups is in two splits; 4 of 8 images have no group\n" in output


def test_rows_without_an_image_are_refused_unless_allowed(tmp_path, capsys):
    root = image_folder(tmp_path / "in", [f"a/{n}.png" for n in range(4)])
    flags = (group_table(tmp_path, [(f"{n}", f"P{n // 2}") for n in range(9)]), "--workers=1")
    assert run("split_dataset", root, tmp_path / "out", *flags) == 1
    assert (
        "4 of 4 images have a row, 4 of 9 rows have an image; without an image: '4', '5', '6', "
        "...; mend the table or pass --on_unmatched=report_rows\n"
    ) in capsys.readouterr().err
    for allowed in ("report_rows", "report"):
        convert("split_dataset", root, tmp_path / allowed, *flags, f"--on_unmatched={allowed}")
        assert "without an image: '4', '5', '6', ...\n" in capsys.readouterr().out


def test_a_group_that_the_source_has_in_two_splits_is_not_denied(tmp_path, capsys):
    root = image_folder(tmp_path / "in", [f"train/a/{n}.png" for n in range(8)] + ["test/a/t.png"])
    rows = [(f"{n}", f"P{n // 2}") for n in range(8)] + [("t", "P0")]
    flags = (group_table(tmp_path, rows), "--fractions=0.5,0.5,0")
    convert("split_dataset", root, tmp_path / "out", *flags)
    assert f"1 of 4 groups are in two splits, as in {root}: 'P0'\n" in capsys.readouterr().out


def test_an_id_may_be_the_name_before_earlier_conversions(tmp_path, capsys):
    root = image_folder(tmp_path / "in", TWO_SITES)
    rows = [(path, "x") for path in TWO_SITES]
    sorted_ = convert("sort_by_csv", root, tmp_path / "sorted", label_table(tmp_path, rows))
    # siteB's images are now x/001_2.png and x/002_2.png, so '001' is still two images.
    groups = {path: path[:5] for path in TWO_SITES}
    flags = (group_table(tmp_path, groups.items()), "--fractions=0.5,0.5")
    assert groups_of(convert("split_dataset", sorted_, tmp_path / "out", *flags)) == groups
    flag = group_table(tmp_path, [("001", "P"), ("002", "P")])
    assert run("split_dataset", sorted_, tmp_path / "no", flag) == 1
    assert "'001' names 'x/001.png' and 'x/001_2.png'" in capsys.readouterr().err


def test_all_tiles_of_an_image_have_its_group(tmp_path):
    root = image_folder(tmp_path / "in", ["a/1.png", "a/2.png"])
    tiles = convert("crop_images", root, tmp_path / "tiles", "--height=4", "--width=3")
    flags = (group_table(tmp_path, [("1.png", "P1"), ("2.png", "P2")]), "--fractions=0.5,0.5")
    out = convert("split_dataset", tiles, tmp_path / "out", *flags)
    # 8 by 6 pixels are four tiles.
    assert sorted((one.history[0]["path"], one.group) for one in read_manifest(out)) == (
        [("a/1.png", "P1")] * 4 + [("a/2.png", "P2")] * 4
    )


def test_another_extension_and_a_guessed_encoding_are_told(tmp_path, capsys):
    root = image_folder(tmp_path / "in", ["a/1.png", "a/2.png"])
    (tmp_path / "t.csv").write_text("image;label\n1.jpg;Nävus\n2.PNG;x\n", "cp1252")
    out = convert("sort_by_csv", root, tmp_path / "out", f"--csv={tmp_path / 't.csv'}")
    assert labels_of(out) == {"a/1.png": "Nävus", "a/2.png": "x"}
    output = capsys.readouterr().out
    assert "t.csv is read as cp1252\n" in output
    assert "rows have an image; with another extension than their images: '1.jpg'\n" in output


FOLDERS = st.sampled_from(("a", "b", "A", "é"))
NAMES = st.sampled_from(("1", "01", "x", "X", "x.y", "é"))
SUFFIXES = st.sampled_from((".png", ".PNG", ".jpg"))


@st.composite
def images_and_rows(draw):
    """Draw paths of images in a few folders, and rows (id, label) for some of them and for others.

    Three of four ids have a folder, so that most tables are clear.
    """
    images = st.tuples(FOLDERS, NAMES, SUFFIXES)
    paths = draw(st.lists(images, min_size=1, max_size=8, unique=True))
    described = paths[draw(st.integers(0, 2)) :] + draw(st.lists(images, max_size=2))
    rows = []
    for folder, name, suffix in described or paths:
        prefix = draw(st.sampled_from(("", f"{folder}/", f"set/{folder}/", f"data/set/{folder}/")))
        end = draw(st.sampled_from((suffix, suffix, "")))
        rows.append((prefix + name + end, draw(st.sampled_from("uv"))))
    return [f"{folder}/{name}{suffix}" for folder, name, suffix in paths], rows


def named(image_id, paths):
    """Return the paths that an id may mean, by comparing them part by part from their ends."""
    has_suffix = image_id.lower().endswith((".png", ".jpg"))
    agreeing = []
    for path in paths:
        parts = zip(
            *(reversed(one.removeprefix("./").split("/")) for one in (image_id, path)), strict=False
        )
        (own_name, name), *folders = parts
        if has_suffix:
            own_name, name = own_name[:-4] + own_name[-4:].lower(), name[:-4] + name[-4:].lower()
        else:
            name = name[:-4]
        if own_name == name and all(one == other for one, other in folders):
            agreeing.append(path)
    if has_suffix and not agreeing:
        return named(image_id[:-4], paths)
    return agreeing


@pytest.mark.filterwarnings("ignore::data_tools.errors.Caution")  # Of folders a and A.
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(images_and_rows())
def test_every_image_gets_exactly_the_label_of_its_own_rows_or_the_table_is_refused(drawn):
    images, rows = drawn
    with tempfile.TemporaryDirectory() as folder:
        root = image_folder(Path(folder) / "set", images)
        flags = (label_table(Path(folder), rows), "--on_unmatched=report", "--workers=1")
        code = run("sort_by_csv", root, Path(folder) / "out", *flags)
        given_labels = labels_of(Path(folder) / "out") if code == 0 else {}
    found = [named(image_id, images) for image_id, _ in rows]
    labels = {path: set() for path in images}
    for (_, label), paths in zip(rows, found, strict=True):
        for path in paths:
            labels[path].add(label)
    is_clear = all(len(paths) < 2 for paths in found) and all(len(x) < 2 for x in labels.values())
    expected = {path: label for path, of_rows in labels.items() for label in of_rows}
    assert code == (0 if is_clear and expected else 1)
    assert given_labels == (expected if is_clear else {})
