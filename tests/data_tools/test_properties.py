"""Properties that hold for any folder of images, whatever their names, modes and number."""

import string
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from image_folders import convert, tree, write_files

from data_tools.conversion.plan import resolve_collisions
from data_tools.files.labels import normalized_label
from data_tools.files.paths import natural_key, unused_path
from data_tools.formats.dataset_info import read_dataset_info, split_named
from data_tools.formats.images import decode, decode_image, encode_png
from data_tools.formats.manifest import read_manifest
from data_tools.formats.pixel_modes import MODES, convert_mode
from data_tools.formats.strip_metadata import strip_metadata
from data_tools.operations.crop_images import Tiles
from data_tools.operations.resize_images import Resize
from data_tools.sources import open_source

MANY = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

# Names that users and cameras produce: spaces, line breaks, dots, other scripts, no slash.
NAME_CHARACTERS = (
    string.ascii_letters + string.digits + " .-_()'\"\n\t\\*?[]%$\u00e9\u4e2d\U0001f600"
)
names = st.text(NAME_CHARACTERS, min_size=1, max_size=12).filter(
    lambda name: not name.startswith(".") and name not in ("Thumbs.db", "desktop.ini")
)
labels = names.map(normalized_label).filter(
    lambda name: name[:1] not in ("", ".") and name != "_quarantine" and not split_named(name)
)
# Random labels may differ in letter case alone.
pytestmark = pytest.mark.filterwarnings("ignore::data_tools.errors.Caution")


@st.composite
def arrays(draw, modes=tuple(MODES), max_size=9):
    mode = draw(st.sampled_from(modes))
    shape = (draw(st.integers(1, max_size)), draw(st.integers(1, max_size)), MODES[mode])
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    if mode == "I;16":
        return rng.integers(0, 2**16, shape).astype(np.uint16)
    return rng.integers(0, 2**8, shape).astype(np.uint8)


@st.composite
def folders(draw, modes=tuple(MODES), is_split=None):
    """Draw the files of a labeled folder: path to array."""
    is_split = draw(st.booleans()) if is_split is None else is_split
    splits = draw(st.sets(st.sampled_from(("train", "test")), min_size=1)) if is_split else {""}
    files = {}
    for split in sorted(splits):
        for label in sorted(draw(st.sets(labels, min_size=1, max_size=3))):
            for name in sorted(draw(st.sets(names, min_size=1, max_size=4))):
                parts = [part for part in (split, label, f"{name}.png") if part]
                files["/".join(parts)] = draw(arrays(modes))
    return files


def written(folder, files):
    return write_files(folder, {path: encode_png(array) for path, array in files.items()})


@MANY
@given(folders())
def test_copies_keep_every_byte_and_leave_the_source_unchanged(files):
    with tempfile.TemporaryDirectory() as folder:
        root = written(Path(folder) / "in", files)
        before = tree(root)
        out = convert("idx_to_images", root, Path(folder) / "out")
        assert tree(root) == before
        copied = {one.path: (out / one.path).read_bytes() for one in read_manifest(out)}
        assert copied == before
        assert read_dataset_info(out).num_images == len(files)
        assert read_dataset_info(out).fingerprint == open_source(root).fingerprint


@MANY
@given(folders(modes=("RGB",)), st.integers(1, 4))
def test_images_round_trip_through_records_with_their_names(files, num_shards):
    files = {path: array for path, array in files.items() if "\n" not in path.rpartition("/")[0]}
    if not files:
        return
    with tempfile.TemporaryDirectory() as folder:
        root = written(Path(folder) / "in", files)
        records = convert(
            "convert_to_tfrecords", root, Path(folder) / "r", f"--num_shards={num_shards}"
        )
        back = convert("tfrecords_to_images", records, Path(folder) / "back")
        images = {one.path: (back / one.path).read_bytes() for one in read_manifest(back)}
        assert images == tree(root)


@MANY
@given(folders(), folders())
def test_a_merge_holds_exactly_the_images_of_both(first, second):
    with tempfile.TemporaryDirectory() as folder:
        one = written(Path(folder) / "one", first)
        two = written(Path(folder) / "two", second)
        out = convert("merge_datasets", one, Path(folder) / "out", f"--data_dir={two}")
        images = sorted((out / record.path).read_bytes() for record in read_manifest(out))
        assert images == sorted([*tree(one).values(), *tree(two).values()])
        # One line per image, however odd its name.
        lines = (out / "out.txt").read_text().removesuffix("\n").split("\n")
        trained = [one for one in read_manifest(out) if one.split in ("", "train")]
        assert len(lines) == len(trained) or not trained


@MANY
@given(folders(is_split=False), st.integers(1, 3), st.integers(0, 3))
def test_slices_of_any_folder_are_nested(files, size, seed):
    with tempfile.TemporaryDirectory() as folder:
        root = written(Path(folder) / "in", files)
        slices = []
        for number in (size, size + 1):
            flags = (f"--size={number}", f"--seed={seed}", "--on_short=take_all")
            out = convert("slice_dataset", root, Path(folder) / str(number), *flags)
            slices.append({one.path for one in read_manifest(out)})
        assert slices[0] <= slices[1] <= set(files)


@MANY
@given(st.dictionaries(names, arrays(modes=("L",)), min_size=1, max_size=6))
def test_transformed_images_of_any_name_are_complete(files):
    with tempfile.TemporaryDirectory() as folder:
        root = written(Path(folder) / "in", {f"a/{name}": one for name, one in files.items()})
        out = convert("invert_images", root, Path(folder) / "out")
        pixels = sorted(
            decode((out / one.path).read_bytes(), "x").tobytes() for one in read_manifest(out)
        )
        assert pixels == sorted((255 - array).tobytes() for array in files.values())


@settings(max_examples=100, deadline=None)
@given(arrays(max_size=20), st.integers(1, 7), st.integers(1, 7))
def test_tiles_with_the_remainder_cover_every_pixel_once(array, height, width):
    tiles = dict(Tiles(height, width, keeps_remainder=True)(array))
    rebuilt = np.zeros_like(array)
    for name, tile in tiles.items():
        row, column = (int(part[1:]) for part in name.split("_")[1:])
        top, left = row * height, column * width
        rebuilt[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    np.testing.assert_array_equal(rebuilt, array)
    assert sum(tile.size for tile in tiles.values()) == array.size


@settings(max_examples=100, deadline=None)
@given(
    arrays(),
    st.integers(1, 12),
    st.integers(1, 12),
    st.sampled_from(("stretch", "pad", "crop")),
    st.sampled_from(("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")),
)
def test_any_resize_has_the_requested_size_and_type(array, height, width, fit, method):
    out = Resize(height, width, fit, method).resized(array)
    assert out.shape == (height, width, array.shape[2])
    assert out.dtype == array.dtype


@settings(max_examples=100, deadline=None)
@given(arrays())
def test_png_is_lossless_and_stripping_changes_no_pixel(array):
    data = encode_png(array)
    image = decode_image(data, "x")
    np.testing.assert_array_equal(image.array, array)
    np.testing.assert_array_equal(decode(strip_metadata(data, image), "x"), array)


@settings(max_examples=60, deadline=None)
@given(arrays(), st.sampled_from(tuple(MODES)))
def test_any_mode_converts_to_any_other(array, mode):
    out = convert_mode(array, mode)
    assert out.shape == (*array.shape[:2], MODES[mode])
    np.testing.assert_array_equal(convert_mode(out, mode), out)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(NAME_CHARACTERS, max_size=6)))
def test_natural_order_is_a_total_order(texts):
    assert sorted(texts, key=natural_key) == sorted(reversed(texts), key=natural_key)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["a.png", "a_2.png", "a_3.png", "b.png"]), max_size=12))
@example(["a.png", "a.png", "a_2.png"])
def test_renamed_paths_are_distinct_and_only_later_ones_change(paths):
    renames = resolve_collisions(paths, len(paths), paths.__getitem__)
    final = [renames.get(position, path) for position, path in enumerate(paths)]
    assert len(set(final)) == len(final)
    for position, path in enumerate(paths):
        if path not in paths[:position]:
            assert position not in renames
    assert unused_path("a.png", set(final)) not in final
