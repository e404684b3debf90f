"""The loss curves of a run as a figure."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from data_tools.files.staging import write_atomically

LOSS_CURVES_FILE = "losses.png"
PANELS = {
    "loss": "loss",
    "source_loss": "source loss",
    "class_loss": "class loss",
    "probability": 'probability of "real"',
    "score": "mean score",
    "class_accuracy": "class accuracy",
}


def write_loss_curves(metrics_file: Path, path: Path) -> None:
    """Plot the logged metrics of a run as a PNG; an existing file is replaced.

    Args:
      metrics_file: ``metrics.jsonl`` of the run.
      path: path of the PNG.
    """
    lines = [json.loads(line) for line in metrics_file.read_text(encoding="utf-8").splitlines()]
    png = io.BytesIO()
    # Without Matplotlib's version, equal metrics give equal bytes.
    loss_curves(lines).savefig(png, format="png", dpi=100, metadata={"Software": None})
    write_atomically(path, png.getvalue())


def loss_curves(lines: Sequence[Mapping[str, float]]) -> Figure:
    """Return losses and related metrics over the steps: a panel per kind, a curve per metric.

    Args:
      lines: ``step`` and metrics by name; a metric may be missing from some lines.
    """
    panels = {kind: names for kind in PANELS if (names := _names_of(kind, lines))}
    figure = Figure(figsize=(8, 3 * max(1, len(panels))), layout="constrained")
    for index, (kind, names) in enumerate(panels.items()):
        axes = figure.add_subplot(len(panels), 1, index + 1, xlabel="step", ylabel=PANELS[kind])
        for name in names:
            points = [(line["step"], line[name]) for line in lines if name in line]
            axes.plot(*zip(*points, strict=True), label=name.partition("/")[2], linewidth=1)
        axes.grid(alpha=0.3)
        axes.legend(loc="upper right")
    return figure


def _names_of(kind: str, lines: Sequence[Mapping[str, float]]) -> list[str]:
    """Return the metrics ``kind/...`` in the order in which they were first logged."""
    logged = dict.fromkeys(name for line in lines for name in line)
    return [name for name in logged if name.partition("/")[0] == kind]
