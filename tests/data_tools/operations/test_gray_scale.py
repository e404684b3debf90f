"""16-bit gray that becomes 8-bit: which values become 0 and 255, and what is said about it."""

import json

import numpy as np
import pytest
from image_folders import convert, random_image, run, write_files

from data_tools.__main__ import main
from data_tools.errors import Caution
from data_tools.formats.dataset_info import read_dataset_info
from data_tools.formats.images import decode, encode_png
from data_tools.formats.manifest import read_manifest
from data_tools.sources import open_source

# 12-bit values in 16 bits, as cameras and scanners store them.
TWELVE_BITS = [0, 1365, 2730, 4095]


def deep(*values):
    return encode_png(np.array(values, np.uint16).reshape(1, -1, 1))


@pytest.fixture
def scans(tmp_path):
    return write_files(tmp_path / "scans", {"a/0.png": deep(*TWELVE_BITS), "b/0.png": deep(0, 9)})


def pixels(folder):
    return {one.path: one.pixels().ravel().tolist() for one in open_source(folder).examples}


@pytest.mark.parametrize("op", ["convert_to_tfrecords", "resize_images"])
def test_without_an_option_the_whole_range_is_scaled_and_a_narrow_one_is_cautioned(
    op, scans, tmp_path, capsys
):
    size = ("--height=1", "--width=4") if op == "resize_images" else ()
    with pytest.warns(
        Caution, match=r"0 to 4095 of 65535 \(12 bits, 6.2% of the range\).* --bit_depth=12$"
    ):
        out = convert(op, scans, tmp_path / "out", "--mode=L", *size)
    assert "16-bit gray became 8-bit: 0 to 65535 is now 0 to 255\n" in capsys.readouterr().out
    # 1365 / 257 is 5.3, 2730 / 257 is 10.6, 4095 / 257 is 15.9.
    assert pixels(out)["a/0.png"] == [0, 5, 11, 16]


@pytest.mark.parametrize("op", ["convert_to_tfrecords", "resize_images"])
def test_bit_depth_scales_its_own_range(op, scans, tmp_path, capsys):
    size = ("--height=1", "--width=4") if op == "resize_images" else ()
    out = convert(op, scans, tmp_path / "out", "--mode=L", "--bit_depth=12", *size)
    assert "16-bit gray became 8-bit: 0 to 4095 is now 0 to 255\n" in capsys.readouterr().out
    # Thirds of 4095 are thirds of 255.
    assert pixels(out)["a/0.png"] == [0, 85, 170, 255]
    folder = out / "1.0.0" if op == "convert_to_tfrecords" else out
    for record in read_manifest(folder):
        assert record.history[0]["arguments"]["bit_depth"] == 12
    assert read_dataset_info(folder).extra["gray_scale"] == {
        "scale": [0, 4095],
        "values": [0, 4095],
    }
    assert main(["verify", str(out), "--workers=1"]) == 0


@pytest.mark.parametrize("op", ["convert_to_tfrecords", "resize_images"])
@pytest.mark.parametrize("policy", ["fail", "skip"])
def test_a_value_beyond_the_bit_depth_is_refused_and_never_skipped(
    op, policy, scans, tmp_path, capsys
):
    flags = ["--mode=L", "--bit_depth=11", f"--on_bad={policy}"]
    assert run(op, scans, tmp_path / "out", *flags) == 1
    assert capsys.readouterr().err == (
        "error: 'a/0.png' has the value 4095, but --bit_depth=11 ends at 2047; pass "
        "--bit_depth=12\n"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("num_workers", [1, 2])
def test_percentiles_are_those_of_the_values_of_all_images(num_workers, tmp_path):
    # The values 1000 to 1099 once each, in 300 images together with a value that is far above.
    files = {f"a/{n:03d}.png": deep(1000 + n % 100, 1000 + n % 100) for n in range(300)}
    files["a/hot.png"] = deep(60_000)
    root = write_files(tmp_path / "in", files)
    flags = ["--mode=L", "--percentiles=0,99"]
    # Of 601 values, the 595th smallest (594.99 rounded up) is 1099: there are 594 up to 1098.
    dest = tmp_path / "out"
    words = ["convert", "--op=convert_to_tfrecords", f"--data_dir={root}", f"--dest={dest}", *flags]
    assert main([*words, f"--workers={num_workers}"]) == 0
    arguments = read_dataset_info(dest / "1.0.0").arguments
    assert (arguments["percentiles"], arguments["scale"]) == ([0.0, 99.0], [1000, 1099])
    result = pixels(dest)
    # 33 / 99 is a third; what is above the range is clipped.
    assert [result[f"a/{n:03d}.png"][0] for n in (0, 33, 99)] == [0, 85, 255]
    assert result["a/hot.png"] == [255]


def test_percentiles_are_computed_from_train_and_applied_to_all(tmp_path):
    files = {"train/a/0.png": deep(100, 200), "test/a/0.png": deep(0, 150, 65535)}
    root = write_files(tmp_path / "in", files)
    out = convert(
        *("convert_to_tfrecords", root, tmp_path / "out", "--mode=L", "--percentiles=0,100")
    )
    assert pixels(out) == {"train/a/0.png": [0, 255], "test/a/0.png": [0, 128, 255]}


def test_only_16_bit_images_are_scaled(tmp_path, capsys):
    files = {"a/deep.png": deep(4095), "a/gray.png": encode_png(random_image(1, channels=1))}
    root = write_files(tmp_path / "in", files)
    out = convert(
        "resize_images", root, tmp_path / "out", "--height=8", "--mode=L", "--bit_depth=12"
    )
    # One side keeps the aspect ratio: 1x1 becomes 8x8, and 8x6 stays.
    assert decode((out / "a/deep.png").read_bytes(), "x").tolist() == [[[255]] * 8] * 8
    gray = decode((out / "a/gray.png").read_bytes(), "x")
    np.testing.assert_array_equal(gray, random_image(1, channels=1))
    capsys.readouterr()
    only_gray = write_files(tmp_path / "gray", {"a/gray.png": files["a/gray.png"]})
    flags = ("--mode=L", "--percentiles=1,99")
    out = convert("convert_to_tfrecords", only_gray, tmp_path / "same", *flags)
    expected = "no image is 16-bit gray, so --percentiles had no effect\n"
    assert expected in capsys.readouterr().out


def test_a_range_that_is_not_narrow_or_was_chosen_is_not_cautioned(tmp_path):
    # 32768 of 65535 is half; pytest turns a caution into an error.
    root = write_files(tmp_path / "in", {"a/0.png": deep(0, 32_768)})
    convert("convert_to_tfrecords", root, tmp_path / "half", "--mode=L")
    dark = write_files(tmp_path / "dark", {"a/0.png": deep(0, 255)})
    out = convert("convert_to_tfrecords", dark, tmp_path / "chosen", "--mode=L", "--bit_depth=16")
    assert pixels(out) == {"a/0.png": [0, 1]}


@pytest.mark.parametrize(
    ("values", "remedy", "expected"),
    [
        ((0, 255), "--bit_depth=8", [0, 255]),
        ((0, 1), "--bit_depth=1", [0, 255]),
        # Half of 12 bits and less: the range does not begin near 0.
        ((2500, 4000), "--percentiles=0,100", [0, 255]),
        ((7, 7), "", None),
    ],
)
def test_the_remedy_of_a_caution_works(values, remedy, expected, tmp_path):
    root = write_files(tmp_path / "in", {"a/0.png": deep(*values)})
    end = f"; convert again with {remedy}$" if remedy else "few gray levels of 8 bits$"
    with pytest.warns(Caution, match=end):
        convert("convert_to_tfrecords", root, tmp_path / "dark", "--mode=L")
    if remedy:
        out = convert("convert_to_tfrecords", root, tmp_path / "out", "--mode=L", remedy)
        assert pixels(out) == {"a/0.png": expected}


@pytest.mark.parametrize(
    ("flags", "code", "message"),
    [
        (["--bit_depth=12"], 2, "--bit_depth needs --mode=L, RGB or RGBA; add one"),
        (["--mode=I;16", "--percentiles=1,99"], 2, "--percentiles needs --mode=L, RGB or RGBA"),
        (["--mode=L", "--bit_depth=9", "--percentiles=1,99"], 2, "are mutually exclusive"),
        (["--mode=L", "--bit_depth=17"], 2, "17 is not an integer in the range [1, 16]"),
        (["--mode=L", "--percentiles=99,1"], 2, "is not of the form LOW,HIGH with 0 <= LOW"),
        (["--mode=L", "--percentiles=nan,99"], 2, "is not of the form LOW,HIGH"),
        (["--mode=L", "--percentiles=5"], 2, "is not of the form LOW,HIGH"),
        (
            ["--mode=L", "--percentiles=0,10"],
            1,
            "--percentiles=0,10 of the 16-bit values are both 0; choose them farther apart",
        ),
    ],
)
def test_options_that_do_not_fit_are_refused(flags, code, message, scans, tmp_path, capsys):
    assert run("convert_to_tfrecords", scans, tmp_path / "out", "--workers=1", *flags) == code
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_percentiles_of_a_single_value_are_refused(tmp_path, capsys):
    root = write_files(tmp_path / "in", {"a/0.png": deep(7, 7)})
    flags = ("--mode=L", "--percentiles=0,100")
    assert run("convert_to_tfrecords", root, tmp_path / "out", *flags) == 1
    assert "--percentiles=0,100 of the 16-bit values are both 7; leave them out" in (
        capsys.readouterr().err
    )


def test_inspect_reports_the_range_of_every_mode(tmp_path, capsys):
    mask = np.array([0, 1, 1], np.uint8).reshape(1, 3, 1)
    transparent = np.full((1, 2, 4), (10, 20, 200, 255), np.uint8)
    files = {
        "a/deep.png": deep(3, 4095),
        "a/mask.png": encode_png(mask),
        "a/photo.png": encode_png(transparent),
    }
    root = write_files(tmp_path / "in", files)
    assert main(["inspect", str(root), f"--dest={tmp_path / 'report'}", "--workers=1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (
        "values of I;16: 3 to 4095 of 65535 (12 bits, 6.2% of the range): NARROW, few gray levels "
        "at 8 bits; convert with --mode=L --bit_depth=12"
    ) in lines
    assert (
        "values of L: 0 to 1 of 255 (1 bit, 0.4% of the range): NARROW, all of nearly one gray "
        "level"
    ) in lines
    # Transparency does not count; 190 / 255 is 74.5 %.
    assert "values of RGBA: 10 to 200 of 255 (8 bits, 74.5% of the range)" in lines
    report = json.loads((tmp_path / "report/report.json").read_text())
    assert report["values"]["I;16"] == {
        **{"low": 3, "high": 4095, "limit": 65535, "bits": 12},
        "share": 4092 / 65535,
    }
