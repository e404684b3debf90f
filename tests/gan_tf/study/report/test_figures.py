import io

import numpy as np
import pytest
from PIL import Image

from gan_tf.study.analysis.labels import cell_label
from gan_tf.study.report import figures
from gan_tf.study.report.drawing import LIGHT, THEMES
from gan_tf.study.report.image_sheets import sample_sheet


def entry(name, size=100, amount=None, real_images_per_class=None, **more):
    scores = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")
    history = [{"step": step, "epoch": step / 10} for step in (10, 20)]
    history = [point | dict.fromkeys(scores, 0.5) for point in history]
    return {
        "name": f"{name}{amount}{real_images_per_class}",
        "title": name,
        "amount": amount,
        "real_images_per_class": real_images_per_class,
        "num_images": size,
        "estimate": {"mean": 0.8, "low": 0.7, "high": 0.9},
        "history": history,
        "replicates": [{"seed": 0}],
        **more,
    }


REAL = entry("real")
MIXED = entry("mixed", difference={"mean": 0.01, "low": -0.01, "high": 0.03})
SEARCH = {"rates": [1e-4, 1e-3, 1e-2], "losses": [2.0, 1.0, 3.0]}
SEARCHED = entry(
    "real", replicates=[{"log": {"learning_rate": 1e-4, "learning_rate_search": SEARCH}}]
)


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    "draw",
    [
        lambda theme: figures.difference_figure([REAL, MIXED], theme),
        lambda theme: figures.curve_figure([REAL, MIXED], False, theme),
        lambda theme: figures.curve_figure([REAL, MIXED], True, theme),
        lambda theme: figures.amount_figure(
            [REAL, entry("mixed", 200, "250"), entry("mixed", 300, "500")], "accuracy", theme
        ),
        lambda theme: figures.rate_figure([SEARCHED], theme),
    ],
    ids=["differences", "curves by step", "curves by epoch", "amounts", "rates"],
)
def test_every_figure_is_reproducible_and_has_the_background_of_its_page(draw, theme):
    png = draw(THEMES[theme])
    assert png == draw(THEMES[theme])
    image = pixels(png)
    paper = tuple(int(THEMES[theme].paper[i : i + 2], 16) for i in (1, 3, 5))
    assert tuple(image[0, 0]) == paper
    assert len(np.unique(image.reshape(-1, 3), axis=0)) > 20


def test_figures_without_content_are_omitted():
    assert figures.difference_figure([REAL], LIGHT) is None
    assert figures.amount_figure([REAL, MIXED], "accuracy", LIGHT) is None
    assert figures.rate_figure([REAL, MIXED], LIGHT) is None


def test_a_sheet_has_one_row_per_class_and_is_gray_where_images_are_missing():
    images = np.stack([np.full((4, 4, 1), value, np.uint8) for value in (10, 20, 30)])
    png, rows = sample_sheet(images, np.array([2, 0, 2]), ("a", "b", "c"), num_columns=3)
    sheet = pixels(png)[:, :, 0]
    # Rows are the classes a and c; cells of 4 px have a border of 1 px around them.
    assert rows == ["a", "c"]
    assert sheet.shape == (12, 18)
    assert sheet[2:8:6, 2::6].tolist() == [[20, 128, 128]]
    assert sheet[8, 2::6].tolist() == [10, 30, 128]


def test_cell_labels():
    assert cell_label(entry("real")) == "real"
    assert cell_label(entry("mixed", amount="all")) == "mixed"
    assert cell_label(entry("mixed", amount="0.5x", real_images_per_class=10)) == (
        "mixed, 0.5x, 10 real per class"
    )
