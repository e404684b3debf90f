"""The map of real and synthetic images, on digits and on random points."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from digit_folders import digit_images, write_folder
from PIL import Image

from data_tools.errors import InputError, UsageError
from gan_tf import cli, embed
from gan_tf.maps import image_map
from gan_tf.maps.image_map import projected, sample_images
from gan_tf.maps.options import MapOptions
from gan_tf.maps.thumbnails import FRAME, thumbnail_sheet

FEW = MapOptions(real_images_per_class=3, synthetic_images_per_class=2, size="400x300", seed=1)


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """Digits, other digits and noise, the last two called synthetic; 40 of each class."""
    root = tmp_path_factory.mktemp("map")
    digits, labels = digit_images(0, 80)
    # Writers follow one another in the data: the two halves of a class are drawn from all of them.
    orders = [np.random.default_rng(label).permutation(80) + 80 * label for label in range(10)]
    halves = np.stack(orders).reshape(10, 2, 40)
    real, others = digits[halves[:, 0].ravel()], digits[halves[:, 1].ravel()]
    labels = labels[::2]
    noise = np.random.default_rng(0).integers(0, 256, real.shape).astype(np.uint8)
    write_folder(root / "real", real, labels)
    write_folder(root / "others", others, labels, origin="synthetic:run@abc")
    write_folder(root / "noise", noise, labels, origin="synthetic:run@def")
    return root


def mapped(sets, dest, *more, synthetic="others"):
    words = [f"--data={sets / 'real'}", f"--synthetic={sets / synthetic}", f"--dest={dest}"]
    embed.main(cli.parse(embed.define_flags(), [*words, "--size=400x300", *more]))
    return json.loads((dest / "map.json").read_text())


def test_images_of_one_distribution_are_mixed_and_noise_is_separate(sets, tmp_path, capsys):
    mixed = mapped(sets, tmp_path / "mixed", "--real_images_per_class=20")
    neighbors = mixed["nearest_neighbors"]
    # Twenty of each of ten classes and two kinds: 400 images, at least 200 of them independent.
    assert neighbors["low"] <= 0.5 <= neighbors["high"]
    assert neighbors["high"] - neighbors["low"] < 0.16
    assert neighbors["num_images"] == 200
    shown = f"same kind, real or synthetic, for {100 * neighbors['accuracy']:.1f}% of 400 images"
    assert shown in capsys.readouterr().out
    assert len(mixed["points"]) == 400
    assert [point["origin"] for point in mixed["points"]][199:201] == ["real", "synthetic:run@abc"]
    with Image.open(tmp_path / "mixed" / "sheet.png") as sheet:
        assert sheet.size == (400, 300)
    apart = mapped(sets, tmp_path / "apart", synthetic="noise")
    assert apart["nearest_neighbors"]["accuracy"] == 1.0
    again = mapped(sets, tmp_path / "again", synthetic="noise")
    assert again == apart
    for name in ("map.png", "sheet.png"):
        first, second = ((tmp_path / one / name).read_bytes() for one in ("apart", "again"))
        assert first == second


def test_a_few_of_each_class_are_sampled_and_the_rest_is_known():
    real, synthetic = np.repeat([0, 1, 2], [10, 2, 9]), np.repeat([0, 1], [5, 1])
    sample = sample_images(real, synthetic, 3, FEW)
    # At most 3 real and 2 synthetic; label 2 has no synthetic image and is left out.
    assert np.bincount(real[sample.real]).tolist() == [3, 2]
    assert np.bincount(synthetic[sample.synthetic]).tolist() == [2, 1]
    assert sorted([*sample.real, *sample.rest]) == [*range(21)]
    # If a classifier is trained, half of every class is left: 3 of 10 and 1 of 2 are shown.
    sample = sample_images(real, synthetic, 3, replace(FEW, features="lenet"))
    assert np.bincount(real[sample.real]).tolist() == [3, 1]
    # Synthetic images without a real one's label are shown with all real ones.
    sample = sample_images(real, np.full(9, 3), 4, FEW)
    assert (np.bincount(real[sample.real]).tolist(), len(sample.synthetic)) == ([3, 2, 3], 2)
    with pytest.raises(InputError, match="a map of 1 real and 1 synthetic images of the same"):
        sample_images(np.array([0, 0, 1]), np.array([1]), 2, FEW)


def test_a_number_is_sampled_from_all_classes_together():
    # [Segura2019]: 975 of ISIC-2017's 2,000 images, with 25 of a GAN without labels.
    real, synthetic = np.repeat([0, 1, 2], [1372, 254, 374]), np.full(1000, 3)
    options = replace(FEW, num=975, synthetic_images_per_class=25)
    shown = [
        sample_images(real, synthetic, 4, replace(options, seed=seed)).real for seed in range(50)
    ]
    assert {len(one) for one in shown} == {975}
    counts = np.mean([np.bincount(real[one]) for one in shown], axis=0)
    # 975 / 2000 of each class; a mean over 50 draws has a deviation of at most 1.5.
    np.testing.assert_allclose(counts, [668.9, 123.8, 182.3], atol=6)
    assert len(sample_images(real, synthetic, 4, options).synthetic) == 25
    # A classifier learns from at least half of every class.
    sample = sample_images(real, synthetic, 4, replace(options, features="lenet"))
    assert (len(sample.real), len(sample.rest)) == (975, 1025)
    assert (np.bincount(real[sample.rest]) >= [686, 127, 187]).all()
    sample = sample_images(real, synthetic, 4, replace(options, num=5000))
    assert len(sample.real) == 2000


def test_images_of_a_gan_without_labels_are_compared_with_those_of_all_labels(sets, tmp_path):
    others, _ = digit_images(60, 4)
    folder = write_folder(tmp_path / "made", others, np.zeros(40, int))
    (folder / "0").rename(folder / "digits")
    for name in ("manifest.jsonl", "dataset.json"):
        (folder / name).unlink()
    more = ["--num=50", "--synthetic_images_per_class=40"]
    record = mapped(sets, tmp_path / "map", *more, synthetic=folder)
    # Fifty real ones are shown, and forty of them compared with the forty synthetic ones.
    assert [point["label"] for point in record["points"]].count("digits") == 40
    assert len(record["points"]) == 90
    assert record["nearest_neighbors"]["num_images"] == 40


def test_the_two_components_of_a_plane_are_the_plane():
    rng = np.random.default_rng(0)
    plane = rng.normal(size=(50, 2)) * [5.0, 1.0]
    turned = np.pad(plane, ((0, 0), (0, 3))) @ np.linalg.qr(rng.normal(size=(5, 5)))[0]
    points = projected(turned, "pca", seed=0)
    distances = [np.linalg.norm(x[:, None] - x, axis=2) for x in (points, plane)]
    np.testing.assert_allclose(*distances, rtol=1e-4, atol=1e-4)


def test_tsne_separates_groups_and_needs_more_images_than_its_perplexity():
    rng = np.random.default_rng(0)
    groups = rng.normal(size=(120, 30)) + np.repeat([0.0, 40.0], 60)[:, np.newaxis]
    points = projected(groups, "tsne", seed=0)
    centers = points.reshape(2, 60, 2).mean(axis=1)
    spread = points.reshape(2, 60, 2).std(axis=1).max()
    assert np.linalg.norm(centers[0] - centers[1]) > 3 * spread
    with pytest.raises(InputError, match="--projection=tsne needs more than 55 images, not 55"):
        projected(groups[:55], "tsne", seed=0)


def test_tsne_has_the_parameters_of_segura2019(monkeypatch):
    asked = []

    class Recorded:
        def __init__(self, num_components, **parameters):
            asked.append((num_components, parameters))

        def fit_transform(self, reduced):
            asked.append(reduced.shape)
            return reduced[:, :2]

    monkeypatch.setattr(image_map, "TSNE", Recorded)
    projected(np.random.default_rng(0).normal(size=(230, 240)), "tsne", seed=3)
    ((num_components, parameters), shape) = asked
    # Annex B: TSNE(n_components=2, learning_rate=150, perplexity=55, angle=0.2) of 200 components.
    assert (num_components, shape) == (2, (230, 200))
    assert parameters["random_state"] == 3
    assert {k: parameters[k] for k in ("learning_rate", "perplexity", "angle")} == {
        "learning_rate": 150,
        "perplexity": 55,
        "angle": 0.2,
    }


def test_thumbnails_lie_at_their_points_and_synthetic_ones_are_framed():
    # 400 wide: thumbnails of 10 pixels, frames of 1; gray levels 10, 20, 30.
    images = np.array([10, 20, 30], np.uint8).reshape(3, 1, 1, 1) * np.ones((1, 8, 8, 1), np.uint8)
    points = np.array([[0.0, 0.0], [4.0, 1.0], [2.0, 0.5]])
    png = thumbnail_sheet(images, points, np.array([True, True, False]), (400, 300), seed=0)
    sheet = np.asarray(Image.open(io.BytesIO(png)))
    assert sheet.shape == (300, 400, 3)
    assert (sheet[290:, :10] == 10).all() and (sheet[:10, 390:] == 20).all()
    # The center of the 390 x 290 pixels that corners may take.
    middle = sheet[145:155, 195:205]
    assert (middle[1:-1, 1:-1] == 30).all()
    frame = np.concatenate([middle[0], middle[-1], middle[:, 0], middle[:, -1]])
    assert (frame == list(bytes.fromhex(FRAME[1:]))).all()
    assert (sheet == 255).all(axis=2).sum() == 300 * 400 - 3 * 100


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        (["--features=xception"], UsageError, "--features=xception needs --weights=imagenet"),
        (
            ["--features=xception", "--weights=none"],
            UsageError,
            "--features=xception needs --weights=imagenet",
        ),
        (["--weights=imagenet"], UsageError, "--weights has no meaning with --features=pixels"),
        (["--features=xception", "--weights=/no"], InputError, "--weights=/no is not a file"),
        (["--steps=5"], UsageError, "--steps has no meaning with --features=pixels"),
        (["--size=99x300"], UsageError, "each from 100 to 16384 pixels"),
        (["--size=99999x300"], UsageError, "each from 100 to 16384 pixels"),
        (["--size=4000"], UsageError, "--size=4000 is not WIDTHxHEIGHT such as 4000x3000"),
        (
            ["--real_images_per_class=2", "--projection=tsne"],
            InputError,
            "--projection=tsne needs more than 55 images, not 40",
        ),
        (
            ["--num=9", "--real_images_per_class=9"],
            UsageError,
            "give either --num or --real_images_per_class",
        ),
        (["--features=vgg"], UsageError, "features"),
        (["--synthetic=sklearn:digits", "--data="], UsageError, "--data is missing"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(sets, tmp_path, changes, kind, message):
    with pytest.raises(kind, match=message) as error:
        mapped(sets, tmp_path / "map", *changes)
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_images_with_transparency_have_no_pretrained_features(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 4)).astype(np.uint8)
    for name, origin in (("real", "real"), ("made", "synthetic:run@abc")):
        write_folder(tmp_path / name, images, np.zeros(4, int), origin=origin)
    (tmp_path / "weights").write_bytes(b"")
    more = ["--features=xception", f"--weights={tmp_path / 'weights'}"]
    with pytest.raises(InputError, match="have 4 channels but --features=xception takes 1 or 3"):
        mapped(tmp_path, tmp_path / "map", *more, synthetic="made")
    assert not (tmp_path / "map").exists()


def test_generated_images_are_refused_as_real_ones(sets, tmp_path):
    with pytest.raises(InputError, match="--data has 400 synthetic images"):
        mapped(sets, tmp_path / "map", f"--data={sets / 'others'}")
