"""The pictures of a study, as PNG bytes, for a light or a dark page."""

import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from data_tools.formats.image_grid import image_grid
from data_tools.formats.images import to_pillow

DPI = 110
#: Okabe and Ito's colors, told apart by color-blind eyes; the first is for the baseline.
COLOURS = ("#7f7f7f", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#b59b00")
MOST_SHEET_ROWS = 10


class Theme(NamedTuple):
    """Colors of a page."""

    ink: str
    faint: str
    paper: str


LIGHT = Theme("#1c1e21", "#d5d8dc", "#ffffff")
DARK = Theme("#e6e8ea", "#41464c", "#181a1d")
THEMES = {"light": LIGHT, "dark": DARK}

Entry = Mapping[str, Any]


def difference_figure(entries: Sequence[Entry], theme: Theme) -> bytes | None:
    """Differences to real with their 95 % intervals, one line an arm, in percentage points.

    None where there is no arm but real.
    """
    compared = [entry for entry in entries if "difference" in entry]
    if not compared:
        return None
    figure = _figure(7.2, 1.1 + 0.42 * len(compared))
    axes = figure.add_subplot()
    axes.axvline(0, color=theme.ink, linewidth=1)
    for row, entry in enumerate(reversed(compared)):
        found, color = entry["difference"], _color(entries, entry)
        if found["low"] is not None:
            axes.plot([100 * found["low"], 100 * found["high"]], [row, row], color=color, lw=2.4)
        axes.plot([100 * found["mean"]], [row], "o", color=color, markersize=7)
    axes.set_yticks(range(len(compared)), [label(entry) for entry in reversed(compared)])
    axes.set_ylim(-0.6, len(compared) - 0.4)
    axes.set_xlabel("difference to real, percentage points")
    return _png(figure, theme)


def comparison_figure(entries: Sequence[Entry], theme: Theme) -> bytes | None:
    """Differences to each study's own ``real`` by amount of synthetic images, a line a study.

    Amounts stand at equal distances, those of fewer training images first; lines beside each other
    so that their 95 % intervals can be told apart. None where no arm has synthetic images.
    """
    compared = [one for one in entries if "difference" in one and not one["is_control"]]
    if not compared:
        return None
    amounts = [_amount_text(one) for one in sorted(compared, key=lambda one: one["num_images"])]
    places = list(dict.fromkeys(amounts))
    lines: dict[str, list[Entry]] = {}
    has_one_arm = len({entry["arm"] for entry in compared}) == 1
    for entry in compared:
        name = entry["study"] if has_one_arm else f"{entry['study']}: {entry['title']}"
        lines.setdefault(name, []).append(entry)
    figure = _figure(7.2, 3.8)
    axes = figure.add_subplot()
    axes.axhline(0, color=theme.ink, linewidth=1)
    for index, (name, members) in enumerate(lines.items()):
        # The first color is the baseline's, which is the line at zero here.
        color = COLOURS[1:][index % (len(COLOURS) - 1)]
        shift = 0.6 * (index - (len(lines) - 1) / 2) / len(lines)
        found = {places.index(_amount_text(one)) + shift: one["difference"] for one in members}
        means = [100 * found[x]["mean"] for x in sorted(found)]
        axes.plot(sorted(found), means, "o-", color=color, lw=0.8, ms=5, label=name)
        for x, difference in found.items():
            if difference["low"] is not None:
                ends = [100 * difference["low"], 100 * difference["high"]]
                axes.plot([x, x], ends, color=color, lw=2)
    axes.set_xticks(range(len(places)), places)
    axes.set_xlabel("synthetic images")
    axes.set_ylabel("difference to real, percentage points")
    _legend(figure, len(lines), theme)
    return _png(figure, theme)


def curve_figure(entries: Sequence[Entry], by_epoch: bool, theme: Theme) -> bytes:
    """Loss and accuracy on training (dashed) and test images (solid) against steps or epochs.

    Steps where all arms have the same number of them, epochs where they have those in common.
    """
    figure = _figure(7.2, 3.4)
    for place, (name, title) in enumerate((("loss", "loss"), ("accuracy", "accuracy")), start=1):
        axes = figure.add_subplot(1, 2, place)
        for entry in entries:
            times = [point["epoch" if by_epoch else "step"] for point in entry["history"]]
            color = _color(entries, entry)
            for part, style in (("train", "--"), ("test", "-")):
                values = [point[f"{part}_{name}"] for point in entry["history"]]
                named = label(entry) if part == "test" else None
                axes.plot(times, values, style, color=color, lw=1.4, label=named)
        axes.set_xlabel("epochs" if by_epoch else "optimizer steps")
        axes.set_title(f"{title} (test solid, training dashed)", fontsize=9)
        if name == "loss":
            axes.set_yscale("log")
    _legend(figure, len(entries), theme)
    return _png(figure, theme)


def amount_figure(entries: Sequence[Entry], score: str, theme: Theme) -> bytes | None:
    """The score with its interval against the number of training images, one line an arm.

    None where no arm has two sizes.
    """
    lines: dict[tuple[str, Any], list[Entry]] = {}
    by_slice = len({entry["real_images_per_class"] for entry in entries}) > 1
    for entry in entries:
        key = (entry["title"], entry["amount"] if by_slice else None)
        lines.setdefault(key, []).append(entry)
    if all(len(members) < 2 for members in lines.values()):
        return None
    figure = _figure(7.2, 3.6)
    axes = figure.add_subplot()
    for index, ((title, amount), members) in enumerate(lines.items()):
        found = sorted(members, key=lambda entry: entry["num_images"])
        sizes = [entry["num_images"] for entry in found]
        color = COLOURS[index % len(COLOURS)]
        means = [entry["estimate"]["mean"] for entry in found]
        named = title if amount in (None, "all") else f"{title}, {amount}"
        axes.plot(sizes, means, "o-", color=color, label=named, markersize=5)
        if len(found) > 1 and found[0]["estimate"]["low"] is not None:
            low = [entry["estimate"]["low"] for entry in found]
            high = [entry["estimate"]["high"] for entry in found]
            axes.fill_between(sizes, low, high, color=color, alpha=0.18, linewidth=0)
    axes.set_xscale("log")
    axes.set_xlabel("training images")
    axes.set_ylabel(score.replace("_", " "))
    _legend(figure, len(lines), theme)
    return _png(figure, theme)


def rate_figure(entries: Sequence[Entry], theme: Theme) -> bytes | None:
    """Loss against learning rate of each arm's first search, its pick as a dot.

    None where the classifier searches for no rate.
    """
    searched = [entry for entry in entries if "log" in entry["replicates"][0]]
    searched = [e for e in searched if "learning_rate_search" in e["replicates"][0]["log"]]
    if not searched:
        return None
    figure = _figure(7.2, 3.4)
    axes = figure.add_subplot()
    for entry in searched:
        log, color = entry["replicates"][0]["log"], _color(entries, entry)
        search = log["learning_rate_search"]
        axes.plot(search["rates"], search["losses"], color=color, lw=1.4, label=label(entry))
        loss = np.interp(log["learning_rate"], search["rates"], search["losses"])
        axes.plot([log["learning_rate"]], [loss], "o", color=color)
    axes.set_xscale("log")
    axes.set_xlabel("learning rate")
    axes.set_ylabel("smoothed loss")
    _legend(figure, len(searched), theme)
    return _png(figure, theme)


def map_figure(
    points: np.ndarray,
    labels: np.ndarray,
    is_real: np.ndarray,
    class_names: Sequence[str],
    theme: Theme,
) -> bytes:
    """Points [n, 2] of images: a color a class, real ones as dots, synthetic ones as crosses."""
    figure = _figure(7.2, 6.0)
    axes = figure.add_subplot()
    colors = COLOURS if len(class_names) <= len(COLOURS) else colormaps["tab20"].colors
    for label_id in np.unique(labels):
        color = colors[label_id % len(colors)]
        for kind, marker, size in ((is_real, "o", 14), (~is_real, "x", 26)):
            chosen = points[(labels == label_id) & kind]
            axes.scatter(*chosen.T, s=size, marker=marker, color=color, linewidths=1.1)
        axes.plot([], [], "o", color=color, label=class_names[label_id])
    axes.plot([], [], "o", color=theme.ink, label="real")
    axes.plot([], [], "x", color=theme.ink, label="synthetic")
    axes.set_xticks([])
    axes.set_yticks([])
    _legend(figure, len(np.unique(labels)) + 2, theme)
    return _png(figure, theme)


def sample_sheet(
    images: np.ndarray, labels: np.ndarray, class_names: Sequence[str], num_columns: int = 10
) -> tuple[bytes, list[str]]:
    """A sheet of images, one row a class, and the classes of its rows from above.

    Args:
      images: uint8 [n, height, width, channels].
      labels: [n] positions in ``class_names``.
      class_names: the first ten that have images get a row.
      num_columns: images a row: the first ones of the class; a short row is filled with gray.
    """
    present = [index for index in range(len(class_names)) if np.any(labels == index)]
    rows = present[:MOST_SHEET_ROWS]
    members = [images[np.flatnonzero(labels == label_id)[:num_columns]] for label_id in rows]
    return image_sheet(members, num_columns), [class_names[index] for index in rows]


def image_sheet(rows: Sequence[np.ndarray], num_columns: int) -> bytes:
    """Rows of uint8 images [n, height, width, channels] as one PNG; short rows end in gray."""
    grid = image_grid(rows, num_columns=num_columns, border=1, background=128)
    buffer = io.BytesIO()
    to_pillow(grid).save(buffer, format="PNG")
    return buffer.getvalue()


def label(entry: Entry) -> str:
    """What a cell is called in tables and figures.

    >>> label({"title": "real + synthetic", "amount": "250", "real_images_per_class": None})
    'real + synthetic, 250'
    """
    parts = [entry["title"]]
    if entry["amount"] not in (None, "all"):
        parts.append(entry["amount"])
    if entry["real_images_per_class"] is not None:
        parts.append(f"{entry['real_images_per_class']} real a class")
    return ", ".join(parts)


def _amount_text(entry: Entry) -> str:
    """The cell's setting without its arm."""
    return label(entry | {"title": entry["amount"] or "all", "amount": None})


def _color(entries: Sequence[Entry], entry: Entry) -> str:
    return COLOURS[[one["name"] for one in entries].index(entry["name"]) % len(COLOURS)]


def _figure(width: float, height: float) -> Figure:
    return Figure(figsize=(width, height), dpi=DPI, layout="constrained")


def _legend(figure: Figure, num_lines: int, theme: Theme) -> None:
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


def _png(figure: Figure, theme: Theme) -> bytes:
    figure.set_facecolor(theme.paper)
    for axes in figure.axes:
        _paint(axes, theme)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _paint(axes: Axes, theme: Theme) -> None:
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
