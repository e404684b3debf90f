"""What `inspect` finds and what `verify` names."""

import json
import shutil

import numpy as np
import pytest
from image_folders import convert, encoded, labeled_folder, random_image, tree, write_files
from PIL import Image

from data_tools.__main__ import main
from data_tools.checks.contact_sheet import contact_sheet
from data_tools.checks.image_stats import compute_all_stats
from data_tools.checks.inspection import inspect_source
from data_tools.checks.perceptual_hash import find_earlier_matches, nearest_distances
from data_tools.formats.images import encode_png
from data_tools.sources import open_source


def inspected(root):
    source = open_source(root)
    return inspect_source(source, compute_all_stats(source.examples, "x", 1), 4)


def test_levels_sizes_and_modes_are_counted(tmp_path):
    files = {
        "a/0.png": encode_png(np.array([[[0], [100]]], np.uint8)),
        "a/1.png": encode_png(np.array([[[200], [100]]], np.uint8)),
        "b/2.png": encode_png(random_image(1)),
    }
    found = inspected(write_files(tmp_path, files))
    assert found.counts == {"": {"a": 2, "b": 1}}
    assert found.sizes == {"1x2": 2, "8x6": 1}
    assert found.modes == {"L": 2, "RGB": 1}
    # Of the commonest mode: 0, 100, 200, 100 have mean 100 and variance 5000.
    assert found.mean == pytest.approx((100.0,))
    assert found.deviation == pytest.approx((5000**0.5,))


def test_duplicates_conflicts_and_leaks_are_told_apart(tmp_path):
    one, two, three = (random_image(seed, 16, 16) for seed in (1, 2, 3))
    other_bytes = encoded(Image.fromarray(two), "PNG", compress_level=1)
    files = {
        "train/a/one.png": encode_png(one),
        "train/a/one again.png": encode_png(one),
        "train/b/two.png": encode_png(two),
        "test/a/one.png": encode_png(one),
        "test/a/two.png": other_bytes,
        "test/b/three.png": encode_png(three),
    }
    found = inspected(write_files(tmp_path, files))
    assert found.equal_bytes == (("train/a/one again.png", "train/a/one.png", "test/a/one.png"),)
    assert found.equal_pixels == (("train/b/two.png", "test/a/two.png"),)
    assert found.conflicts == (("train/b/two.png", "test/a/two.png"),)
    (leaks,) = found.leaks
    assert leaks.splits == ("train", "test")
    assert leaks.equal_bytes == (("train/a/one.png", "test/a/one.png"),)
    assert leaks.equal_pixels == (("train/b/two.png", "test/a/two.png"),)
    assert leaks.has_leak
    # Two of three test images are near one of train, being equal to it; of train's own different
    # images none is near another.
    assert (leaks.near_rate, leaks.expected_near_rate) == (pytest.approx(2 / 3), 0.0)


def test_groups_on_both_sides_are_a_leak(tmp_path, capsys):
    root = labeled_folder(tmp_path / "in", {"a": 4})
    table = tmp_path / "t.csv"
    table.write_text("image,lesion_id\n000,L\n001,L\n002,M\n003,N\n")
    sorted_out = convert(
        "split_dataset", root, tmp_path / "grouped", f"--group_csv={table}", "--fractions=0.5,0.5"
    )
    assert not inspected(sorted_out).leaks[0].has_leak
    # The same images, divided by hand through a lesion.
    manifest = tmp_path / "in" / "manifest.jsonl"
    from data_tools.formats.images import bytes_sha256
    from data_tools.formats.manifest import ImageRecord, write_manifest

    split_root = write_files(
        tmp_path / "parted",
        {
            f"{split}/a/{n}.png": (root / f"a/00{n}.png").read_bytes()
            for n, split in enumerate(("train", "test", "train", "test"))
        },
    )
    records = [
        ImageRecord(
            path, "a", bytes_sha256(data), group="LLMN"[int(path[-5])], split=path.split("/")[0]
        )
        for path, data in tree(split_root).items()
    ]
    write_manifest(split_root, name="parted", class_names=["a"], records=records, arguments={})
    assert not manifest.exists()
    (leaks,) = inspected(split_root).leaks
    assert leaks.groups == ("L",)
    assert main(["inspect", str(split_root), f"--dest={tmp_path / 'report'}", "--workers=1"]) == 0
    out = capsys.readouterr().out
    assert "train / test: LEAK: 0 equal bytes, 0 equal pixels, 1 shared groups" in out
    assert "group 'L' is in both" in out


def test_nearness_is_counted_in_bits_and_not_with_itself():
    hashes = np.array([0b0000, 0b0011, 0b1111, 1 << 63], np.uint64)
    keys = np.arange(4)
    # From 0000: 0011 differs in 2; from 0011 both neighbors in 2; from 1111 in 2; from bit 63 in
    # 1 against 0000.
    assert nearest_distances(hashes, hashes, keys, keys).tolist() == [1, 2, 2, 1]
    same_group = np.array([7, 7, 8, 9])
    # 0000 and 0011 belong together now.
    assert nearest_distances(hashes, hashes, same_group, same_group).tolist() == [1, 2, 2, 1]
    assert nearest_distances(hashes[:2], hashes[:2], same_group[:2], same_group[:2]).tolist() == [
        65,
        65,
    ]
    # 0011 is near 0000 and goes; 1111 is near 0011 alone, which is gone, and stays.
    assert find_earlier_matches(hashes[:3], 2, num_kept=0).tolist() == [-1, 0, -1]
    # Kept, 0011 stays beside 0000, and 1111 goes.
    assert find_earlier_matches(hashes[:3], 2, num_kept=2).tolist() == [-1, -1, 1]


def test_inspect_writes_a_report_and_a_sheet_and_changes_nothing(tmp_path, capsys, monkeypatch):
    root = labeled_folder(tmp_path / "in", {"a": 3, "b": 14})
    before = tree(root)
    monkeypatch.chdir(tmp_path)
    for name in ("in_inspection", "in_inspection_2"):
        assert main(["inspect", "in", "--workers=1"]) == 0
        report = json.loads((tmp_path / name / "report.json").read_text())
        assert report["counts"] == {"": {"a": 3, "b": 14}}
        with Image.open(tmp_path / name / "contact_sheet.png") as sheet:
            # Two rows of at most twelve cells of 64 pixels.
            assert sheet.height == 4 + 2 * 68
            assert sheet.width > 12 * 68
    assert tree(root) == before
    assert "equal bytes: none" in capsys.readouterr().out
    assert main(["inspect", "in", "--dest=in_inspection"]) == 1


def test_inspect_names_what_it_cannot_read(tmp_path, capsys):
    files = {"a/0.png": encode_png(random_image(1)), "a/1.png": b"text", "notes.txt": b""}
    root = write_files(tmp_path / "in", files)
    assert main(["inspect", str(root), f"--dest={tmp_path / 'out'}", "--workers=1"]) == 0
    out = capsys.readouterr().out
    assert "bad: 'a/1.png' is not an image in a known format" in out
    assert "unexpected: 'notes.txt' is neither" in out


def test_inspect_tells_of_a_contact_sheet_only_where_there_is_one(tmp_path, capsys):
    for name, data in (("good", encode_png(random_image(1))), ("bad", b"text")):
        root = write_files(tmp_path / name, {"a/0.png": data})
        dest = tmp_path / f"{name} out"
        assert main(["inspect", str(root), f"--dest={dest}", "--workers=1"]) == 0
        told = capsys.readouterr().out.splitlines()[-1]
        assert told == f"{' and '.join(sorted(tree(dest))[::-1])} in {dest}"
    assert [*tree(tmp_path / "bad out")] == ["report.json"]


def test_a_contact_sheet_shows_each_image_in_its_cell():
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 255
    wide = np.full((10, 20, 1), 7, np.uint8)
    sheet = np.asarray(contact_sheet([[red], [red, wide]], cell=20))
    # No captions: cells of 20 begin at 4 and are 24 apart.
    assert sheet.shape == (52, 52, 3)
    assert (sheet[4:24, 4:24] == (255, 0, 0)).all()
    assert (sheet[4:24, 28:48] == 255).all()
    assert (sheet[33:43, 28:48] == 7).all()
    assert (sheet[28:33, 28:48] == 255).all()
    with pytest.raises(ValueError, match="no image"):
        contact_sheet([[]])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("verified")
    source = labeled_folder(root / "in", {"a": 5, "b": 4})
    return convert("slice_dataset", source, root / "out", "--size=3")


@pytest.fixture(scope="module")
def record_folder(folder):
    return convert("convert_to_tfrecords", folder, folder.parent / "records", "--num_shards=2")


def damage(path, position=-1):
    data = bytearray(path.read_bytes())
    data[position] ^= 0xFF
    path.write_bytes(data)


def first_image(root):
    return next(root.glob("a/*.png"))


def edit_manifest(folder, **changes):
    file = folder / "manifest.jsonl"
    first, _, rest = file.read_text().partition("\n")
    file.write_text(json.dumps({**json.loads(first), **changes}) + "\n" + rest)


FOLDER_DAMAGES = {
    "nothing": (lambda root: None, None),
    "missing": (lambda root: first_image(root).unlink(), "missing: 'a/"),
    "changed": (lambda root: damage(first_image(root)), "changed: 'a/"),
    "foreign": (lambda root: (root / "b" / "x.png").write_bytes(b"x"), "foreign: 'b/x.png'"),
    "foreign in the root": (lambda root: (root / "x").write_bytes(b"x"), "foreign: 'x'"),
    "foreign link": (lambda root: (root / "b" / "l").symlink_to("/tmp"), "foreign: 'b/l'"),
    "manifest": (
        lambda root: edit_manifest(root, label="b"),
        "changed: manifest.jsonl or dataset.json",
    ),
    "list": (lambda root: damage(root / "labels.txt", 0), "changed: 'labels.txt'"),
    "long list": (lambda root: damage(root / "out.txt", 0), "changed: 'out.txt'"),
}


@pytest.mark.parametrize("kind", FOLDER_DAMAGES)
@pytest.mark.parametrize("workers", [1, 2])
def test_verify_names_each_file_of_a_folder(kind, workers, folder, tmp_path, capsys):
    change, message = FOLDER_DAMAGES[kind]
    root = tmp_path / "out"
    shutil.copytree(folder, root)
    change(root)
    code = main(["verify", str(root), f"--workers={workers}"])
    out = capsys.readouterr().out
    assert code == (0 if message is None else 1)
    assert (message or "6 images in") in out
    assert message is None or "what the manifest says" not in out


def shard(root):
    return root / "1.0.0" / "records-train.tfrecord-00001-of-00002"


def offsets(root):
    return root / "1.0.0" / "records-train.tfrecord-00001-of-00002.offsets.npy"


def cut(path, size):
    path.write_bytes(path.read_bytes()[:size])


def drop_last_record(root):
    stored = np.load(offsets(root))
    cut(shard(root), int(stored[-1]))


RECORD_DAMAGES = {
    "nothing": (lambda root: None, None),
    "a flipped bit": (
        lambda root: damage(shard(root), 200),
        "damaged: 'records-train.tfrecord-0000",
    ),
    "cut short": (lambda root: cut(shard(root), 300), "damaged: 'records-train.tfrecord-0000"),
    "one record less": (drop_last_record, "has 2 records, 3 are stated"),
    "missing": (lambda root: shard(root).unlink(), "missing: 'records-train.tfrecord-00001"),
    "offsets missing": (lambda root: offsets(root).unlink(), "offsets.npy'"),
    "offsets changed": (lambda root: damage(offsets(root)), "changed: 'records-train"),
    "offsets damaged": (lambda root: cut(offsets(root), 20), "damaged: 'records-train"),
    "foreign": (lambda root: (root / "1.0.0" / "x").write_bytes(b""), "foreign: 'x'"),
    "manifest": (
        lambda root: edit_manifest(root / "1.0.0", group="G"),
        "record 0 ('",
    ),
    "unknown label": (
        lambda root: edit_manifest(root / "1.0.0", label="zz"),
        "the manifest has label 'zz', which dataset.json does not know",
    ),
    "labels": (
        lambda root: (root / "1.0.0" / "label.labels.txt").write_text("b\na\n"),
        "changed: label.labels.txt",
    ),
}


@pytest.mark.parametrize("kind", RECORD_DAMAGES)
def test_verify_names_each_shard_and_record(kind, record_folder, tmp_path, capsys):
    change, message = RECORD_DAMAGES[kind]
    root = tmp_path / "records"
    shutil.copytree(record_folder, root)
    change(root)
    code = main(["verify", str(root), "--workers=1"])
    captured = capsys.readouterr()
    assert code == (0 if message is None else 1)
    assert (message or "6 images in") in captured.out
    assert captured.err == ""


def test_a_record_whose_image_was_replaced_is_named(record_folder, tmp_path, capsys):
    """The checksums of the shard hold; the manifest's hash does not."""
    from data_tools.formats.example_proto import decode_example, encode_example
    from data_tools.formats.tfrecord import ShardWriter, frame_record, read_records

    root = tmp_path / "records"
    shutil.copytree(record_folder, root)
    data = [record.data for record in read_records(shard(root))]
    features = decode_example(data[1], "x")
    data[1] = encode_example({**features, "image": encode_png(random_image(77, channels=1))})
    with ShardWriter(shard(root)) as writer:
        for one in data:
            writer.write(frame_record(one))
    assert main(["verify", str(root), "--workers=1"]) == 1
    assert "record 1 (" in capsys.readouterr().out


def test_a_folder_without_manifest_cannot_be_verified(tmp_path, capsys):
    root = labeled_folder(tmp_path / "in", {"a": 1})
    assert main(["verify", str(root)]) == 1
    assert "has no manifest.jsonl and dataset.json" in capsys.readouterr().err
