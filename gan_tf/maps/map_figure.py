"""The scatter plot of a map, as PNG bytes."""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps

from data_tools.files.paths import utf8_text
from gan_tf.study.report.drawing import COLORS, Theme, add_legend, new_figure, png_bytes


def map_figure(
    points: np.ndarray,
    labels: np.ndarray,
    is_real: np.ndarray,
    class_names: Sequence[str],
    theme: Theme,
) -> bytes:
    """Draw the points of images: one color per class, real as dots, synthetic as crosses.

    Args:
      points: [n, 2].
      labels: [n] indices into ``class_names``.
      is_real: bool [n].
      class_names: K labels.
      theme: colors of the page.
    """
    figure = new_figure(7.2, 6.0)
    axes = figure.add_subplot()
    colors = COLORS if len(class_names) <= len(COLORS) else colormaps["tab20"].colors
    for label_id in np.unique(labels):
        color = colors[label_id % len(colors)]
        for is_shown, marker, size in ((is_real, "o", 14), (~is_real, "x", 26)):
            members = points[(labels == label_id) & is_shown]
            axes.scatter(*members.T, s=size, marker=marker, color=color, linewidths=1.1)
        axes.plot([], [], "o", color=color, label=utf8_text(class_names[label_id]))
    axes.plot([], [], "o", color=theme.ink, label="real")
    axes.plot([], [], "x", color=theme.ink, label="synthetic")
    axes.set_xticks([])
    axes.set_yticks([])
    add_legend(figure, len(np.unique(labels)) + 2, theme)
    return png_bytes(figure, theme)
