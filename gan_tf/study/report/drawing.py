"""Colors, legends and PNG encoding shared by all figures."""

import io
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

DPI = 110
#: Colorblind-safe palette of Okabe and Ito; the first color is for the baseline.
COLORS = ("#7f7f7f", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#b59b00")


class Theme(NamedTuple):
    """Colors of a page.

    Attributes:
      ink: of text and axes.
      faint: of grid lines.
      paper: of the background.
    """

    ink: str
    faint: str
    paper: str


LIGHT = Theme("#1c1e21", "#d5d8dc", "#ffffff")
DARK = Theme("#e6e8ea", "#41464c", "#181a1d")
THEMES = {"light": LIGHT, "dark": DARK}


def color_of(index: int) -> str:
    """Return the color of a line by its index."""
    return COLORS[index % len(COLORS)]


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure, sizes in inches."""
    return Figure(figsize=(width, height), dpi=DPI, layout="constrained")


def add_legend(figure: Figure, num_lines: int, theme: Theme) -> None:
    """Put the legend of the first axes below the figure."""
    handles, names = figure.axes[0].get_legend_handles_labels()
    figure.legend(
        handles,
        names,
        loc="outside lower center",
        ncols=min(num_lines, 3),
        frameon=False,
        fontsize=8,
        labelcolor=theme.ink,
    )


def png_bytes(figure: Figure, theme: Theme) -> bytes:
    """Return the figure as a PNG in the colors of the theme, without dates or versions."""
    figure.set_facecolor(theme.paper)
    for axes in figure.axes:
        _apply(theme, axes)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _apply(theme: Theme, axes: Axes) -> None:
    axes.set_facecolor(theme.paper)
    axes.grid(color=theme.faint, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(which="both", colors=theme.ink, labelsize=8)
    for text in (axes.title, axes.xaxis.label, axes.yaxis.label):
        text.set_color(theme.ink)
        text.set_fontsize(9)
    for name, spine in axes.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(theme.faint)
