"""Near copies: planted ones of every kind are found, other images are not."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from gan_tf.metrics.changes import changes, grid, sampling
from gan_tf.metrics.near_copies import DUPLICATE_DIFFERENCE, SCALES, NearCopies


def textures(count, seed, shape=(20, 20, 1)):
    """Return smooth random images, uint8 [count, *shape]."""
    noise = np.random.default_rng(seed).normal(size=(count, *shape))
    return np.clip(128 + 250 * gaussian_filter(noise, (0, 2, 2, 0)), 0, 255).astype(np.uint8)


def noisy(images, deviation):
    noise = np.random.default_rng(1).normal(0, deviation, images.shape)
    return np.clip(images + noise, 0, 255).round().astype(np.uint8)


def compressed(images):
    files = [io.BytesIO() for _ in images]
    for image, file in zip(images, files, strict=True):
        Image.fromarray(image[..., 0]).save(file, "JPEG", quality=80)
    return np.stack([np.asarray(Image.open(file)) for file in files])[..., np.newaxis]


def each(images, change):
    """Return images that Pillow has changed one by one."""
    return np.stack([np.asarray(change(Image.fromarray(x[..., 0]))) for x in images])[..., None]


def cropped(image):
    return image.resize(image.size, Image.BICUBIC, box=(1, 1, image.width - 1, image.height - 1))


PLANTED = {
    "": lambda images: images,
    "noise": lambda images: noisy(images, 2),
    "more noise": lambda images: noisy(images, 8),
    "compression": compressed,
    "brightness": lambda images: np.minimum(images, 245) + np.uint8(10),
    "moved": lambda images: np.pad(images, ((0, 0), (1, 0), (0, 1), (0, 0)), mode="edge")[
        :, :-1, 1:
    ],
    "mirrored": lambda images: images[:, :, ::-1],
    "turned left": lambda images: np.rot90(images, 1, axes=(1, 2)),
    "cropped": lambda images: each(images, cropped),
    "turned": lambda images: each(images, lambda x: x.rotate(5, Image.BICUBIC)),
}
TRAINING = textures(200, 0)


@pytest.fixture(scope="module")
def near_copies():
    return NearCopies(TRAINING)


@pytest.mark.parametrize("kind", PLANTED)
def test_planted_copies_of_every_kind_are_found(near_copies, kind):
    sources = np.arange(0, 200, 4)
    matches = near_copies.matches(PLANTED[kind](TRAINING[sources]))
    assert matches.are_copies.all()
    np.testing.assert_array_equal(matches.training, sources)
    changes = {"noise": "", "more noise": "", "compression": "", "brightness": ""}
    if kind != "turned left":
        assert set(matches.changes) == {changes.get(kind, kind)}
    else:  # Undoing a turn to the left turns right.
        assert set(matches.changes) <= {"turned left", "turned right"}


def test_other_images_are_no_copies(near_copies):
    matches = near_copies.matches(textures(300, 1))
    assert not matches.are_copies.any()
    assert matches.ratios.shape == (300, len(SCALES)) and matches.ratios.min() > 0.6


def test_ratios_are_those_of_a_plain_search():
    # As many candidates as training images, so that every pair is compared.
    training, images = textures(4, 2, (11, 12, 3)), textures(5, 3, (11, 12, 3))
    points = grid(11, 12, 28, 1)
    matrices = [sampling(11, 12, points, change) for change in changes(11, 12)]

    def features(image, blur, matrix):
        blurred = gaussian_filter(image / 255, (blur, blur, 0)) if blur else image / 255
        values = matrix @ blurred.reshape(-1, 3)
        return values - values.mean(axis=0)

    expected = []
    for image in images:
        for blur in SCALES:
            distances = [
                min(
                    np.sqrt(
                        np.mean((features(image, blur, x) - features(one, blur, matrices[0])) ** 2)
                    )
                    for x in matrices
                )
                for one in training
            ]
            first, second, *_ = sorted(distances)
            expected.append(first / second)
    matches = NearCopies(training).matches(images)
    np.testing.assert_allclose(matches.ratios.ravel(), expected, rtol=1e-3)


def test_a_copy_of_an_image_that_occurs_several_times_is_found():
    # Without the duplicates' removal nearest and second nearest would be equally far away.
    training = np.concatenate([TRAINING[:50], np.repeat(TRAINING[:1], 3, axis=0)])
    assert NearCopies(training).matches(noisy(TRAINING[:1], 2)).are_copies.all()
    # Six of one image leave no second nearest; it is as far away as two images at least are.
    same = NearCopies(np.repeat(TRAINING[:1], 6, axis=0))
    assert same.matches(TRAINING[:1]).are_copies.all()
    far = same.matches(TRAINING[1:2]).ratios
    assert (far > 1).all() and DUPLICATE_DIFFERENCE < 0.05


def test_images_of_one_color_are_compared():
    flat = np.full((3, 8, 8, 1), 7, np.uint8)
    assert (
        NearCopies(np.concatenate([flat[:1], textures(5, 4, (8, 8, 1))]))
        .matches(flat)
        .are_copies.all()
    )
