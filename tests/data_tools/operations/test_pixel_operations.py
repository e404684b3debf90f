"""Operations on pixels: crop, invert and resize, by value."""

import numpy as np
from image_folders import convert, encoded, labeled_folder, paths, random_image, run, write_files
from PIL import Image

from data_tools.formats.images import decode, encode_png
from data_tools.formats.manifest import read_manifest
from data_tools.operations.invert_images import inverted
from data_tools.operations.resize_images import Resize
from data_tools.sources import open_source


def test_tiles_run_left_to_right_and_top_to_bottom_without_the_remainder(tmp_path):
    # 5 x 7 in tiles of 2 x 3: two rows and two columns; row 4 and column 6 are left over.
    image = np.arange(35, dtype=np.uint8).reshape(5, 7, 1)
    root = write_files(tmp_path / "in", {"a/photo.png": encode_png(image)})
    flags = ("--height=2", "--width=3")
    out = convert("crop_images", root, tmp_path / "out", *flags)
    assert paths(out) == [f"a/photo_r{row}_c{column}.png" for row in (0, 1) for column in (0, 1)]
    tile = decode((out / "a/photo_r1_c0.png").read_bytes(), "x")
    # Rows 2 and 3, columns 0 to 2.
    assert tile[..., 0].tolist() == [[14, 15, 16], [21, 22, 23]]
    kept = convert("crop_images", root, tmp_path / "kept", *flags, "--remainder=keep")
    assert len(paths(kept)) == 9
    corner = decode((kept / "a/photo_r2_c2.png").read_bytes(), "x")
    assert corner[..., 0].tolist() == [[34]]


def test_an_image_smaller_than_a_tile_is_not_dropped_silently(tmp_path, capsys):
    root = labeled_folder(tmp_path / "in", {"a": 1})
    assert run("crop_images", root, tmp_path / "out") == 1
    assert "'a/000.png' is 8x6, smaller than a tile of 28x28" in capsys.readouterr().err


def test_inversion_complements_all_but_transparency():
    assert inverted(np.array([[[0], [1], [255]]], np.uint8)).ravel().tolist() == [255, 254, 0]
    assert inverted(np.array([[[10, 20, 30]]], np.uint8)).tolist() == [[[245, 235, 225]]]
    assert inverted(np.array([[[10, 20, 30, 40]]], np.uint8)).tolist() == [[[245, 235, 225, 40]]]
    assert inverted(np.array([[[0], [256]]], np.uint16)).ravel().tolist() == [65535, 65279]


def test_inverting_twice_restores_the_pixels_in_every_mode(tmp_path):
    palette = Image.fromarray(random_image(1)).quantize(8)
    files = {
        "a/gray.png": encode_png(random_image(2, channels=1)),
        "a/rgb.png": encode_png(random_image(3)),
        "a/rgba.png": encode_png(random_image(4, channels=4)),
        "a/deep.png": encode_png(random_image(5, channels=1).astype(np.uint16) * 251),
        "a/palette.png": encoded(palette, "PNG"),
        "a/palette.gif": encoded(palette, "GIF"),
    }
    root = write_files(tmp_path / "in", files)
    once = convert("invert_images", root, tmp_path / "once")
    twice = convert("invert_images", once, tmp_path / "twice")
    # Both palettes become palette.png: the second one gets a new name.
    assert paths(once) == sorted(
        ["a/deep.png", "a/gray.png", "a/palette.png", "a/palette_2.png", "a/rgb.png", "a/rgba.png"]
    )
    before = {decode(data, "x").tobytes() for data in files.values()}
    after = {decode((twice / path).read_bytes(), "x").tobytes() for path in paths(twice)}
    assert after == before


def test_resizing_does_not_swap_height_and_width(tmp_path):
    root = labeled_folder(tmp_path / "in", {"a": 1})
    out = convert("resize_images", root, tmp_path / "out", "--height=10", "--width=4")
    assert decode((out / "a/000.png").read_bytes(), "x").shape == (10, 4, 1)


def test_only_train_changes_unless_all_splits_are_selected(tmp_path, capsys):
    root = labeled_folder(tmp_path / "in", {"train/a": 1, "validation/a": 1, "test/a": 1})
    size = ("--height=2", "--width=2")
    changed = {}
    for name, flags in {
        "train": (),
        "two": ("--splits=train,test",),
        "all": ("--splits=all",),
    }.items():
        out = convert("resize_images", root, tmp_path / name, *size, *flags)
        shapes = {one.path: one.pixels().shape for one in open_source(out).examples}
        changed[name] = {path.split("/")[0] for path, shape in shapes.items() if shape == (2, 2, 1)}
        assert len(shapes) == 3
    assert changed == {
        "train": {"train"},
        "two": {"train", "test"},
        "all": {"train", "validation", "test"},
    }
    carried = (root / "test/a/000.png").read_bytes()
    assert (tmp_path / "train/test/a/000.png").read_bytes() == carried
    assert "carried over unchanged: validation, test (--splits=all" in capsys.readouterr().out


def test_resizing_to_the_same_size_changes_no_pixel():
    for channels in (1, 3, 4):
        image = random_image(1, channels=channels)
        image[..., 3:] = 255  # Pillow premultiplies colors by their opacity.
        np.testing.assert_array_equal(Resize(8, 6).resized(image), image)
    deep = random_image(1, channels=1).astype(np.uint16) * 257
    np.testing.assert_array_equal(Resize(8, 6).resized(deep), deep)


def test_padding_keeps_the_aspect_ratio_and_fills_evenly():
    # 4 x 8 into 8 x 8: unchanged in scale, two rows of padding above and below.
    image = np.full((4, 8, 3), 9, np.uint8)
    out = Resize(8, 8, fit="pad", fill=200).resized(image)
    assert (out[[0, 1, 6, 7]] == 200).all()
    assert (out[2:6] == 9).all()


def test_cropping_takes_the_center():
    image = np.zeros((4, 8, 1), np.uint8)
    image[:, 2:6] = 7
    assert (Resize(4, 4, fit="crop").resized(image) == 7).all()


def test_the_box_filter_averages_and_nearest_picks_a_pixel():
    image = np.array([[[0], [100]], [[50], [250]]], np.uint8)
    assert Resize(1, 1, filter="box").resized(image).item() == 100
    assert Resize(4, 4, filter="nearest").resized(image)[0, :, 0].tolist() == [0, 0, 100, 100]


def test_sixteen_bits_survive_resizing():
    image = np.full((4, 4, 1), 40_000, np.uint16)
    image[:2] = 1_000
    out = Resize(2, 2, filter="box").resized(image)
    assert (out.dtype, out[..., 0].tolist()) == (np.uint16, [[1_000] * 2, [40_000] * 2])


def test_one_side_keeps_the_aspect_ratio_of_every_image(tmp_path):
    files = {
        "a/wide.png": encode_png(random_image(1, 50, 100)),
        "a/thin.png": encode_png(random_image(2, 300, 2)),
    }
    root = write_files(tmp_path / "in", files)
    sizes = {}
    for flag in ("--height=64", "--width=64", "--height=9"):
        out = convert("resize_images", root, tmp_path / flag, flag)
        for name in ("wide", "thin"):
            image = decode((out / f"a/{name}.png").read_bytes(), "x")
            sizes[flag, name] = image.shape[:2]
    assert sizes == {
        ("--height=64", "wide"): (64, 128),
        ("--height=64", "thin"): (64, 1),  # 2 * 64 / 300 is 0.4, but no side is 0.
        ("--width=64", "wide"): (32, 64),
        ("--width=64", "thin"): (9600, 64),
        ("--height=9", "wide"): (9, 18),
        ("--height=9", "thin"): (9, 1),
    }
    (step,) = next(iter(read_manifest(tmp_path / "--height=64"))).history
    expected = {"height": 64, "width": "aspect ratio", "filter": "lanczos", "splits": ["train"]}
    assert step["arguments"] == expected


def test_both_sides_or_neither_do_not_keep_it(tmp_path):
    root = write_files(tmp_path / "in", {"a/wide.png": encode_png(random_image(1, 5, 10))})
    for flags, shape in (((), (64, 64, 3)), (("--height=7", "--width=7"), (7, 7, 3))):
        out = convert("resize_images", root, tmp_path / str(shape), *flags)
        assert decode((out / "a/wide.png").read_bytes(), "x").shape == shape


def test_a_fit_needs_both_sides(tmp_path, capsys):
    root = labeled_folder(tmp_path / "in", {"a": 1})
    assert run("resize_images", root, tmp_path / "out", "--height=4", "--fit=pad") == 2
    assert capsys.readouterr().err == "error: --fit=pad needs both --height and --width\n"


def test_resizing_converts_the_mode_of_the_same_splits(tmp_path):
    # White with a fully transparent pixel next to an opaque gray one.
    rgba = np.array([[[0, 0, 0, 0], [90, 90, 90, 255]]], np.uint8)
    files = {
        "train/a/rgba.png": encode_png(rgba),
        "train/a/gray.png": encode_png(np.full((1, 2, 1), 90, np.uint8)),
        "test/a/rgba.png": encode_png(rgba),
    }
    root = write_files(tmp_path / "in", files)
    flags = ("--height=1", "--width=2", "--filter=nearest", "--mode=RGB")
    out = convert("resize_images", root, tmp_path / "out", *flags)
    white, gray = [255] * 3, [90] * 3
    assert {one.path: one.pixels().tolist() for one in open_source(out).examples} == {
        "train/a/rgba.png": [[white, gray]],
        "train/a/gray.png": [[gray, gray]],
        "test/a/rgba.png": rgba.tolist(),
    }
    assert (out / "test/a/rgba.png").read_bytes() == files["test/a/rgba.png"]
    for record in read_manifest(out):
        assert record.history[0]["arguments"]["mode"] == "RGB"
