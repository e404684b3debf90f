"""Changes are undone exactly where the pixels allow it."""

import numpy as np
import pytest
from PIL import Image

from gan_tf.metrics.changes import Change, changes, grid, sampling


def sampled(image, change, border=1):
    height, width = image.shape
    points = grid(height, width, 100, border)
    values = sampling(height, width, points, change) @ image.reshape(-1).astype(np.float32)
    return values.reshape(height - 2 * border, width - 2 * border)


def named(shape, name):
    return [change for change in changes(*shape) if change.name == name]


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (9, 12), np.uint8)


def test_no_change_gives_the_pixels(image):
    np.testing.assert_array_equal(sampled(image, changes(9, 12)[0]), image[1:-1, 1:-1])


def test_moves_by_a_pixel_are_undone(image):
    moves = named(image.shape, "moved")
    assert len({change.offset for change in moves}) == 8
    padded = np.pad(image, 1, mode="edge")
    for change in moves:
        row, column = (int(x) for x in change.offset)
        # What was at (1, 1) is found at (1 + row, 1 + column).
        moved = padded[1 - row :, 1 - column :][:9, :12]
        np.testing.assert_array_equal(sampled(moved, change), image[1:-1, 1:-1])


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("mirrored", np.fliplr),
        ("flipped", np.flipud),
        ("upside down", lambda image: image[::-1, ::-1]),
    ],
)
def test_symmetries_are_undone(image, name, changed):
    (change,) = named(image.shape, name)
    np.testing.assert_allclose(sampled(changed(image), change), image[1:-1, 1:-1], atol=1e-3)


def test_only_squares_are_turned_by_90_degrees(image):
    assert not {"turned left", "turned right", "transposed"} & {x.name for x in changes(9, 12)}
    square = image[:, :9]
    every = [change for change in changes(9, 9) if change.name.startswith(("turned ", "trans"))]
    turned = [np.rot90(square, 1), np.rot90(square, 3), square.T, square[::-1, ::-1].T]
    assert len(every) == len(turned)
    for one in turned:
        undone = [np.abs(sampled(one, change) - square[1:-1, 1:-1]).max() for change in every]
        assert sum(difference < 1e-2 for difference in undone) == 1


def smooth(edge):
    """Return waves, whose interpolation is nearly exact."""
    rows, columns = np.mgrid[:edge, :edge]
    return (128 + 60 * np.sin(rows / 4) + 60 * np.cos(columns / 5)).astype(np.uint8)


@pytest.mark.parametrize("cut", [1, 2])
def test_an_enlarged_section_is_found(cut):
    image = smooth(28)
    box = (cut, cut, 28 - cut, 28 - cut)
    enlarged = np.asarray(Image.fromarray(image).resize((28, 28), Image.BICUBIC, box=box))
    change = named((28, 28), "cropped")[cut - 1]
    inner = slice(2 * cut, -2 * cut)
    before, after = (
        np.abs(x[inner, inner] - image[1:-1, 1:-1][inner, inner].astype(float)).max()
        for x in (enlarged[1:-1, 1:-1].astype(float), sampled(enlarged, change))
    )
    assert after < 4 < before


@pytest.mark.parametrize("degrees", [-5, 5])
def test_a_small_turn_is_undone(degrees):
    image = smooth(28)
    turned = np.asarray(Image.fromarray(image).rotate(degrees, Image.BICUBIC))
    inner = slice(5, -5)
    differences = [
        np.abs(sampled(turned, change) - image[1:-1, 1:-1].astype(float))[inner, inner].max()
        for change in (changes(28, 28)[0], *named((28, 28), "turned"))
    ]
    assert min(differences[1:]) < 4 < differences[0]


def test_values_between_pixels_are_interpolated():
    image = np.array([[0, 100], [200, 40]], np.float32)
    change = Change("by half a pixel", np.eye(2), (0.5, 0.25))
    points = grid(2, 2, 2, 0)
    values = sampling(2, 2, points, change) @ image.reshape(-1)
    # At (0.5, 0.25): 0.75 (0 + 200) / 2 + 0.25 (100 + 40) / 2 = 92.5. At (0.5, 1.25), clipped to
    # the last column: (100 + 40) / 2 = 70; likewise 0.75 * 200 + 0.25 * 40 = 160, and 40.
    np.testing.assert_allclose(values, [92.5, 70.0, 160.0, 40.0])


@pytest.mark.parametrize(
    ("edge", "most", "border", "expected"),
    [
        (6, 6, 1, [1, 2, 3, 4]),
        # Ten pixels within the border: every third, which makes four, centered.
        (12, 4, 1, [1, 4, 7, 10]),
        (5, 3, 0, [0, 2, 4]),
    ],
)
def test_grids_are_of_whole_pixels(edge, most, border, expected):
    rows = np.unique(grid(edge, edge, most, border)[:, 0])
    np.testing.assert_allclose(rows + (edge - 1) / 2, expected)
