"""Loss curves: their panels, curves and points."""

import json

import numpy as np
from PIL import Image

from gan_tf.runs.loss_curves import PANELS, loss_curves, write_loss_curves

LINES = [
    {"step": 5, "loss/discriminator": 1.5, "loss/generator": 0.5, "weight_norm/generator": 9.0},
    {"step": 10, "loss/discriminator": 1.25, "probability/real": 0.75},
]


def test_panels_are_kinds_curves_are_metrics_and_missing_points_are_left_out():
    points = {
        (axes.get_ylabel(), line.get_label()): line.get_xydata().tolist()
        for axes in loss_curves(LINES).axes
        for line in axes.lines
    }
    assert points == {
        (PANELS["loss"], "discriminator"): [[5, 1.5], [10, 1.25]],
        (PANELS["loss"], "generator"): [[5, 0.5]],
        (PANELS["probability"], "real"): [[10, 0.75]],
    }


def test_the_png_depends_only_on_the_values(tmp_path):
    metrics = tmp_path / "metrics.jsonl"
    metrics.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    for name in ("a.png", "b.png", "a.png"):
        write_loss_curves(metrics, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"metrics.jsonl", "a.png", "b.png"}
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (800, 600)
        assert len(np.unique(np.asarray(picture))) > 10
