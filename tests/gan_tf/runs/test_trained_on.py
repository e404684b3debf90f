"""The list of a run's training images, with and without recorded hashes of their pixels."""

import json
import shutil

import pytest
from image_folders import convert, random_image

from data_tools.errors import InputError
from data_tools.formats.images import bytes_sha256, encode_png
from data_tools.formats.manifest import ImageRecord, write_manifest
from gan_tf.inputs.opening import open_images
from gan_tf.runs import directory
from gan_tf.runs.data.card import data_card


def without_hashes(dest):
    """Remove the hashes of pixels, as if an older version had written the manifest."""
    (manifest,) = dest.rglob("manifest.jsonl")
    lines = [json.loads(line) for line in manifest.read_text().splitlines()]
    manifest.write_text("".join(json.dumps({**x, "pixels_sha256": None}) + "\n" for x in lines))
    return dest


def listed(spec, how, config, run_dir):
    """Return ``trained_on.jsonl`` of a new run."""
    images, _ = open_images(str(spec), how)
    run_dir.mkdir(parents=True)
    directory.create(run_dir, config, data_card(images), images, [], {})
    return (run_dir / "trained_on.jsonl").read_bytes()


@pytest.mark.parametrize("op", ["idx_to_images", "convert_to_tfrecords"])
def test_the_list_is_the_same_however_the_hashes_are_known(tmp_path, config, op):
    new = convert(op, "sklearn:digits", tmp_path / "new")
    old = without_hashes(shutil.copytree(new, tmp_path / "old"))
    lists = {
        listed(dest, how, config, tmp_path / "runs" / how / dest.name)
        for dest in (new, old)
        for how in ("memory", "stream")
    }
    assert len(lists) == 1
    first = json.loads(lists.pop().splitlines()[0])
    image = open_images(str(new), "memory")[0].images[0]
    # By its definition: type, shape and values.
    assert first["pixels_sha256"] == bytes_sha256(b"uint8[28, 28, 1]" + image.tobytes())


@pytest.mark.parametrize("how", ["memory", "stream"])
def test_synthetic_images_are_not_listed(tmp_path, config, how):
    dest = convert("idx_to_images", "sklearn:digits", tmp_path / "data")
    manifest = dest / "manifest.jsonl"
    lines = manifest.read_text().splitlines()
    lines[:-2] = [
        line.replace('"origin": "real"', '"origin": "synthetic:x@0"') for line in lines[:-2]
    ]
    manifest.write_text("\n".join(lines) + "\n")
    lists = listed(dest, how, config, tmp_path / "run").splitlines()
    real = [json.loads(line)["path"] for line in lines[-2:]]
    assert [json.loads(line)["path"] for line in lists] == real


def undecodable_folder(root, *, shape):
    """Write a data set of which only the first image can be decoded."""
    (root / "a").mkdir(parents=True)
    records = []
    for number in range(5):
        data = encode_png(random_image(number))[: -60 if number else None]
        (root / f"a/{number}.png").write_bytes(data)
        records.append(
            ImageRecord(f"a/{number}.png", "a", bytes_sha256(data), pixels_sha256=f"{number:064x}")
        )
    write_manifest(root, name="x", class_names=["a"], records=records, arguments={}, shape=shape)
    return root


def test_no_image_but_the_first_is_decoded_if_all_is_recorded(tmp_path, config):
    root = undecodable_folder(tmp_path / "in", shape=(8, 6, 3))
    lines = listed(root, "stream", config, tmp_path / "run").splitlines()
    assert [json.loads(line)["pixels_sha256"] for line in lines] == [f"{n:064x}" for n in range(5)]


def test_images_are_decoded_if_their_shapes_may_differ(tmp_path, config):
    root = undecodable_folder(tmp_path / "in", shape=(8, None, 3))
    with pytest.raises(InputError, match=r"'a/1.png' is damaged"):
        listed(root, "stream", config, tmp_path / "run")


def test_images_are_decoded_if_the_hashes_are_not_recorded(tmp_path, config):
    root = without_hashes(undecodable_folder(tmp_path / "in", shape=(8, 6, 3)))
    with pytest.raises(InputError, match=r"'a/1.png' is damaged"):
        listed(root, "stream", config, tmp_path / "run")
