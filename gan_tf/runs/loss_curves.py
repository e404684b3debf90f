"""A run's losses as a picture."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from data_tools.files.staging import write_atomically

LOSS_CURVES_FILE = "losses.png"
PANELS = {
    "loss": "loss",
    "source_loss": "loss of the source",
    "class_loss": "loss of the class",
    "probability": 'probability of "real"',
    "score": "mean score",
    "class_accuracy": "class accuracy",
}


def write_loss_curves(metrics_file: Path, path: Path) -> None:
    """Draws what a run logged as a PNG; one that is there is replaced.

    Args:
      metrics_file: ``metrics.jsonl`` of the run, one line a look.
      path: the picture.
    """
    lines = [json.loads(line) for line in metrics_file.read_text(encoding="utf-8").splitlines()]
    picture = io.BytesIO()
    # The version of Matplotlib has no business in the picture.
    loss_curves(lines).savefig(picture, format="png", dpi=100, metadata={"Software": None})
    write_atomically(path, picture.getvalue())


def loss_curves(lines: Sequence[Mapping[str, float]]) -> Figure:
    """Losses and what belongs to them over the steps, one panel a kind, one curve a name.

    Args:
      lines: for each look ``step`` and the metrics by name; a name may be missing in some.
    """
    panels = {kind: found for kind in PANELS if (found := _names_of(kind, lines))}
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
    """Names ``kind/...`` in the order in which they were first logged."""
    seen = dict.fromkeys(name for line in lines for name in line)
    return [name for name in seen if name.partition("/")[0] == kind]
