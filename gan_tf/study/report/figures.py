"""The figures of a study and of a comparison of studies, as PNG bytes in the colors of a theme."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gan_tf.metrics import METRICS
from gan_tf.study.analysis.labels import amount_label, cell_label
from gan_tf.study.design.amounts import ALL
from gan_tf.study.report.drawing import (
    COLORS,
    Theme,
    add_legend,
    color_of,
    new_figure,
    png_bytes,
)

#: A cell of results.json.
Entry = Mapping[str, Any]


def difference_figure(entries: Sequence[Entry], theme: Theme) -> bytes | None:
    """Draw the differences from real with their 95% intervals, one line per arm.

    Returns:
      None if ``real`` is the only arm.
    """
    compared = [entry for entry in entries if "difference" in entry]
    if not compared:
        return None
    figure = new_figure(7.2, 1.1 + 0.42 * len(compared))
    axes = figure.add_subplot()
    axes.axvline(0, color=theme.ink, linewidth=1)
    for row, entry in enumerate(reversed(compared)):
        difference, color = entry["difference"], _color(entries, entry)
        if difference["low"] is not None:
            ends = [100 * difference["low"], 100 * difference["high"]]
            axes.plot(ends, [row, row], color=color, lw=2.4)
        axes.plot([100 * difference["mean"]], [row], "o", color=color, markersize=7)
    axes.set_yticks(range(len(compared)), [cell_label(entry) for entry in reversed(compared)])
    axes.set_ylim(-0.6, len(compared) - 0.4)
    axes.set_xlabel("difference from real (percentage points)")
    return png_bytes(figure, theme)


def comparison_figure(entries: Sequence[Entry], theme: Theme) -> bytes | None:
    """Draw the difference from each study's own ``real`` by amount of synthetic images.

    One line per study. Amounts are equally spaced and sorted by number of training images; the
    lines are shifted against each other so that their 95% intervals do not overlap.

    Returns:
      None if no arm has synthetic images.
    """
    compared = [one for one in entries if "difference" in one and not one["is_control"]]
    if not compared:
        return None
    amounts = [amount_label(one) for one in sorted(compared, key=lambda one: one["num_images"])]
    ticks = list(dict.fromkeys(amounts))
    lines: dict[str, list[Entry]] = {}
    has_one_arm = len({entry["arm"] for entry in compared}) == 1
    for entry in compared:
        name = entry["study"] if has_one_arm else f"{entry['study']}: {entry['title']}"
        lines.setdefault(name, []).append(entry)
    figure = new_figure(7.2, 3.8)
    axes = figure.add_subplot()
    axes.axhline(0, color=theme.ink, linewidth=1)
    for index, (name, members) in enumerate(lines.items()):
        # The first color belongs to the baseline, which is the zero line here.
        color = COLORS[1:][index % (len(COLORS) - 1)]
        shift = 0.6 * (index - (len(lines) - 1) / 2) / len(lines)
        by_x = {ticks.index(amount_label(one)) + shift: one["difference"] for one in members}
        means = [100 * by_x[x]["mean"] for x in sorted(by_x)]
        axes.plot(sorted(by_x), means, "o-", color=color, lw=0.8, ms=5, label=name)
        for x, difference in by_x.items():
            if difference["low"] is not None:
                ends = [100 * difference["low"], 100 * difference["high"]]
                axes.plot([x, x], ends, color=color, lw=2)
    axes.set_xticks(range(len(ticks)), ticks)
    axes.set_xlabel("synthetic images per class")
    axes.set_ylabel("difference from real (percentage points)")
    add_legend(figure, len(lines), theme)
    return png_bytes(figure, theme)


def curve_figure(entries: Sequence[Entry], by_epoch: bool, theme: Theme) -> bytes:
    """Draw loss and accuracy on training images (dashed) and test images (solid).

    Args:
      entries: the cells.
      by_epoch: True for epochs on the x-axis (the budget that the arms share), False for steps.
      theme: colors.
    """
    figure = new_figure(7.2, 3.4)
    for column, name in enumerate(("loss", "accuracy"), start=1):
        axes = figure.add_subplot(1, 2, column)
        for entry in entries:
            times = [point["epoch" if by_epoch else "step"] for point in entry["history"]]
            color = _color(entries, entry)
            for part, style in (("train", "--"), ("test", "-")):
                values = [point[f"{part}_{name}"] for point in entry["history"]]
                line_label = cell_label(entry) if part == "test" else None
                axes.plot(times, values, style, color=color, lw=1.4, label=line_label)
        axes.set_xlabel("epochs" if by_epoch else "optimizer steps")
        axes.set_title(f"{name} (test solid, training dashed)", fontsize=9)
        if name == "loss":
            axes.set_yscale("log")
    add_legend(figure, len(entries), theme)
    return png_bytes(figure, theme)


def amount_figure(entries: Sequence[Entry], score: str, theme: Theme) -> bytes | None:
    """Draw the score with its interval against the number of training images, one line per arm.

    Returns:
      None if no arm has two sizes.
    """
    lines: dict[tuple[str, Any], list[Entry]] = {}
    by_slice = len({entry["real_images_per_class"] for entry in entries}) > 1
    for entry in entries:
        key = (entry["title"], entry["amount"] if by_slice else None)
        lines.setdefault(key, []).append(entry)
    if all(len(members) < 2 for members in lines.values()):
        return None
    figure = new_figure(7.2, 3.6)
    axes = figure.add_subplot()
    for index, ((title, amount), members) in enumerate(lines.items()):
        by_size = sorted(members, key=lambda entry: entry["num_images"])
        sizes = [entry["num_images"] for entry in by_size]
        means = [entry["estimate"]["mean"] for entry in by_size]
        line_label = title if amount in (None, ALL) else f"{title}, {amount}"
        color = color_of(index)
        axes.plot(sizes, means, "o-", color=color, label=line_label, markersize=5)
        if len(by_size) > 1 and by_size[0]["estimate"]["low"] is not None:
            low = [entry["estimate"]["low"] for entry in by_size]
            high = [entry["estimate"]["high"] for entry in by_size]
            axes.fill_between(sizes, low, high, color=color, alpha=0.18, linewidth=0)
    axes.set_xscale("log")
    axes.set_xlabel("training images")
    axes.set_ylabel(METRICS[score].title)
    add_legend(figure, len(lines), theme)
    return png_bytes(figure, theme)


def rate_figure(entries: Sequence[Entry], theme: Theme) -> bytes | None:
    """Draw loss by learning rate in each arm's first search, with a dot at the selected rate.

    Returns:
      None if the classifier has no learning-rate search.
    """
    searched = [entry for entry in entries if "log" in entry["replicates"][0]]
    searched = [e for e in searched if "learning_rate_search" in e["replicates"][0]["log"]]
    if not searched:
        return None
    figure = new_figure(7.2, 3.4)
    axes = figure.add_subplot()
    for entry in searched:
        log, color = entry["replicates"][0]["log"], _color(entries, entry)
        search = log["learning_rate_search"]
        axes.plot(search["rates"], search["losses"], color=color, lw=1.4, label=cell_label(entry))
        loss = np.interp(log["learning_rate"], search["rates"], search["losses"])
        axes.plot([log["learning_rate"]], [loss], "o", color=color)
    axes.set_xscale("log")
    axes.set_xlabel("learning rate")
    axes.set_ylabel("smoothed loss")
    add_legend(figure, len(searched), theme)
    return png_bytes(figure, theme)


def _color(entries: Sequence[Entry], entry: Entry) -> str:
    return color_of([one["name"] for one in entries].index(entry["name"]))
