"""An inspection as text and as files, with a contact sheet."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from data_tools.checks.contact_sheet import contact_sheet
from data_tools.checks.inspection import Inspection, Leaks
from data_tools.errors import InputError
from data_tools.files.staging import staged
from data_tools.sources import Source
from data_tools.sources.value_range import ValueRange

_NUM_NAMED = 5
_NUM_COLUMNS = 12


def write_inspection(inspection: Inspection, source: Source, dest: Path) -> list[str]:
    """Write an inspection with a contact sheet into a new folder; return the file names."""
    written = ["report.json"]
    with staged(dest) as folder:
        text = json.dumps(inspection.to_dict(), indent=2) + "\n"
        (folder / "report.json").write_text(text, encoding="utf-8")
        rows, captions = samples_by_class(source)
        if captions:
            contact_sheet(rows, captions).save(folder / "contact_sheet.png")
            written.append("contact_sheet.png")
    return written


def samples_by_class(source: Source) -> tuple[list[list[np.ndarray]], list[str]]:
    """Return a dozen readable images of each class, evenly spaced, and the class names."""
    by_label: dict[str, list[int]] = {}
    for index, example in enumerate(source.examples):
        by_label.setdefault(example.label, []).append(index)
    rows, captions = [], []
    for label in source.class_names:
        indices = by_label.get(label, [])
        positions = np.linspace(0, max(len(indices) - 1, 0), min(len(indices), _NUM_COLUMNS))
        row = []
        for position in positions.astype(int):
            try:
                row.append(source.examples[indices[position]].pixels())
            except InputError:
                continue
        if row:
            rows.append(row)
            captions.append(label)
    return rows, captions


def report_lines(inspection: Inspection) -> Iterator[str]:
    """Yield the findings as lines of text."""
    yield f"{inspection.name}: {sum(map(_total, inspection.counts.values()))} images"
    yield from _count_table(inspection.counts)
    yield f"sizes: {_listed(inspection.sizes)}"
    yield f"modes: {_listed(inspection.modes)}; formats: {_listed(inspection.formats)}"
    yield f"origin: {_listed(inspection.origins)}"
    for mode, values in inspection.values.items():
        yield f"values of {mode}: {values}{_narrow_note(values)}"
    yield f"mean: {_numbers(inspection.mean)}; deviation: {_numbers(inspection.deviation)} (0..255)"
    yield from _named("equal bytes", inspection.equal_bytes)
    yield from _named("equal pixels, different bytes", inspection.equal_pixels)
    yield from _named("equal pixels, different labels", inspection.conflicts)
    for leaks in inspection.leaks:
        yield from _leak_lines(leaks)
    for problem in inspection.bad_images:
        yield f"bad: {problem}"


def _narrow_note(values: ValueRange) -> str:
    """Return what follows from a narrow range, or ""."""
    if not values.is_narrow:
        return ""
    if values.limit == 255 or not values.remedy:
        return ": NARROW, all of nearly one gray level"
    return f": NARROW, few gray levels at 8 bits; convert with --mode=L {values.remedy}"


def _total(by_label: Mapping[str, int]) -> int:
    return sum(by_label.values())


def _count_table(counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    splits = list(counts)
    labels = list(counts[splits[0]])
    width = max([len(label) for label in labels] + [len("all")])
    if splits != [""]:
        yield f"  {'':<{width}}" + "".join(f"{split:>12}" for split in splits)
    for label in labels:
        yield f"  {label:<{width}}" + "".join(f"{counts[split][label]:>12}" for split in splits)
    yield f"  {'all':<{width}}" + "".join(f"{_total(counts[split]):>12}" for split in splits)


def _listed(counts: Mapping[str, int]) -> str:
    shown = ", ".join(f"{name} ({count})" for name, count in list(counts.items())[:_NUM_NAMED])
    more = len(counts) - _NUM_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def _numbers(values: Sequence[float]) -> str:
    return " ".join(f"{value:.2f}" for value in values)


def _named(title: str, sets: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"{title}: {len(sets) or 'none'}"
    for paths in sets[:_NUM_NAMED]:
        yield f"  {' = '.join(map(repr, paths))}"
    if len(sets) > _NUM_NAMED:
        yield f"  and {len(sets) - _NUM_NAMED} more in report.json"


def _leak_lines(leaks: Leaks) -> Iterator[str]:
    first, second = leaks.splits
    verdict = "LEAK" if leaks.has_leak else "no leak"
    yield (
        f"{first} / {second}: {verdict}: {len(leaks.equal_bytes)} equal bytes, "
        f"{len(leaks.equal_pixels)} equal pixels, {len(leaks.groups)} shared groups"
    )
    for pair in (*leaks.equal_bytes, *leaks.equal_pixels)[:_NUM_NAMED]:
        yield f"  {pair[0]!r} = {pair[1]!r}"
    for group in leaks.groups[:_NUM_NAMED]:
        yield f"  group {group!r} is in both"
    yield (
        f"  near (at most {leaks.near_distance} bits): {leaks.near_rate:.1%} of {second} resemble "
        f"an image of {first}; {leaks.expected_near_rate:.1%} of {first} resemble another image of "
        "it"
    )
