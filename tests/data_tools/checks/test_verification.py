"""What ``verify`` reports."""

import json
import shutil

import numpy as np
import pytest
from image_folders import convert, labeled_folder, random_image, write_files

from data_tools.__main__ import main
from data_tools.formats.example_proto import decode_example, encode_example
from data_tools.formats.images import bytes_sha256, encode_png, pixels_sha256
from data_tools.formats.tfrecord import ShardWriter, frame_record, read_records


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


def forge(folder):
    """Replace the first image by other bytes, with their hash in the manifest."""
    path = json.loads((folder / "manifest.jsonl").read_text().partition("\n")[0])["path"]
    (folder / path).write_bytes(b"no image")
    edit_manifest(folder, sha256=bytes_sha256(b"no image"))


FOLDER_DAMAGES = {
    "nothing": (lambda root: None, None),
    "missing": (lambda root: first_image(root).unlink(), "missing: 'a/"),
    "changed": (lambda root: damage(first_image(root)), "changed: 'a/"),
    "unexpected": (lambda root: (root / "b" / "x.png").write_bytes(b"x"), "unexpected: 'b/x.png'"),
    "unexpected in the root": (lambda root: (root / "x").write_bytes(b"x"), "unexpected: 'x'"),
    "unexpected link": (lambda root: (root / "b" / "l").symlink_to("/tmp"), "unexpected: 'b/l'"),
    "manifest": (
        lambda root: edit_manifest(root, label="b"),
        "changed: manifest.jsonl or dataset.json",
    ),
    "hash of the pixels": (
        lambda root: edit_manifest(root, pixels_sha256="0" * 64),
        ".png': its pixels do not have the hash in manifest.jsonl\n",
    ),
    "no hash of the pixels": (lambda root: edit_manifest(root, pixels_sha256=None), None),
    "undecodable": (lambda root: forge(root), "unreadable: 'a/"),
    "list": (lambda root: damage(root / "labels.txt", 0), "changed: 'labels.txt'"),
    "long list": (lambda root: damage(root / "out.txt", 0), "changed: 'out.txt'"),
}


@pytest.mark.parametrize("kind", FOLDER_DAMAGES)
@pytest.mark.parametrize("workers", [1, 2])
def test_verify_reports_damage_to_a_folder(kind, workers, folder, tmp_path, capsys):
    change, message = FOLDER_DAMAGES[kind]
    root = tmp_path / "out"
    shutil.copytree(folder, root)
    change(root)
    code = main(["verify", str(root), f"--workers={workers}"])
    out = capsys.readouterr().out
    assert code == (0 if message is None else 1)
    assert (message or "6 images in") in out
    assert message is None or "match the manifest" not in out


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
    "truncated": (lambda root: cut(shard(root), 300), "damaged: 'records-train.tfrecord-0000"),
    "one record fewer": (drop_last_record, "has 2 records instead of 3"),
    "missing": (lambda root: shard(root).unlink(), "missing: 'records-train.tfrecord-00001"),
    "offsets missing": (lambda root: offsets(root).unlink(), "offsets.npy'"),
    "offsets changed": (lambda root: damage(offsets(root)), "changed: 'records-train"),
    "offsets damaged": (lambda root: cut(offsets(root), 20), "damaged: 'records-train"),
    "unexpected": (lambda root: (root / "1.0.0" / "x").write_bytes(b""), "unexpected: 'x'"),
    "manifest": (
        lambda root: edit_manifest(root / "1.0.0", group="G"),
        "record 0 ('",
    ),
    "hash of the pixels": (
        lambda root: edit_manifest(root / "1.0.0", pixels_sha256="0" * 64),
        ".png'): its pixels do not have the hash in manifest.jsonl\n",
    ),
    "no hash of the pixels": (lambda root: edit_manifest(root / "1.0.0", pixels_sha256=None), None),
    "unknown label": (
        lambda root: edit_manifest(root / "1.0.0", label="zz"),
        "the manifest has label 'zz', which is not in dataset.json",
    ),
    "labels": (
        lambda root: (root / "1.0.0" / "label.labels.txt").write_text("b\na\n"),
        "changed: label.labels.txt",
    ),
}


@pytest.mark.parametrize("kind", RECORD_DAMAGES)
def test_verify_reports_damage_to_records(kind, record_folder, tmp_path, capsys):
    change, message = RECORD_DAMAGES[kind]
    root = tmp_path / "records"
    shutil.copytree(record_folder, root)
    change(root)
    code = main(["verify", str(root), "--workers=1"])
    captured = capsys.readouterr()
    assert code == (0 if message is None else 1)
    assert (message or "6 images in") in captured.out
    assert captured.err == ""


def test_verify_reports_a_replaced_image(record_folder, tmp_path, capsys):
    """The shard's checksums match, but the hash in the manifest does not."""
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


@pytest.mark.parametrize("encoding", ["keep", "raw"])
def test_verify_decodes_every_kind_of_record(encoding, tmp_path, capsys):
    deep = np.array([[[0], [129]], [[771], [65535]]], np.uint16)
    source = write_files(tmp_path / "in", {"a/deep.png": encode_png(deep)})
    root = convert("convert_to_tfrecords", source, tmp_path / "out", f"--encoding={encoding}")
    assert main(["verify", str(root), "--workers=1"]) == 0
    edit_manifest(root / "1.0.0", pixels_sha256=pixels_sha256(deep))  # Not of 8 bits.
    capsys.readouterr()
    assert main(["verify", str(root), "--workers=1"]) == 1
    assert capsys.readouterr().out == (
        "changed: 'out-train.tfrecord-00000-of-00001', record 0 ('a/deep.png'): "
        "its pixels do not have the hash in manifest.jsonl\n"
    )


def test_verify_names_a_record_that_cannot_be_decoded(record_folder, tmp_path, capsys):
    """Its bytes have the hash in the manifest."""
    root = tmp_path / "records"
    shutil.copytree(record_folder, root)
    data = [record.data for record in read_records(shard(root))]
    with ShardWriter(shard(root)) as writer:
        for one in data[:1] + [encode_example({**decode_example(data[1], "x"), "image": b"no"})]:
            writer.write(frame_record(one))
        writer.write(frame_record(data[2]))
    file = root / "1.0.0" / "manifest.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    line = json.loads(lines[4])  # The second of shard 1; shard 0 has 3.
    lines[4] = json.dumps({**line, "sha256": bytes_sha256(b"no")}) + "\n"
    file.write_text("".join(lines))
    assert main(["verify", str(root), "--workers=1"]) == 1
    out = capsys.readouterr().out
    assert f"record 1 ({line['path']!r}): its image cannot be decoded\n" in out


def test_verify_refuses_a_folder_without_manifest(tmp_path, capsys):
    root = labeled_folder(tmp_path / "in", {"a": 1})
    assert main(["verify", str(root)]) == 1
    assert "has no manifest.jsonl and dataset.json" in capsys.readouterr().err
