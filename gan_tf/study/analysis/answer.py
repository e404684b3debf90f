"""The answer of a study, from the verdicts on its cells."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gan_tf.metrics import METRICS
from gan_tf.study.analysis.labels import configuration_text
from gan_tf.study.analysis.verdict import HELPS, HURTS, INCONCLUSIVE, NO_DIFFERENCE, OUTCOMES
from gan_tf.study.design.amounts import ALL

SUBJECTS = {
    "mixed": "adding the synthetic images{of_classes} to the real ones",
    "synthetic": "training on the synthetic images{of_classes} instead of the real ones",
}
PREDICATES = {
    HELPS: "helps",
    HURTS: "hurts",
    NO_DIFFERENCE: "shows no difference",
    INCONCLUSIVE: "is inconclusive",
}
#: Outcome of a study whose cells have different outcomes.
DEPENDS = "depends on the configuration"

#: A cell of results.json.
Entry = Mapping[str, Any]


def answering_cells(entries: Sequence[Entry]) -> list[Entry]:
    """Return the cells that answer the question: ``mixed``, else ``synthetic``, else none."""
    for arm in SUBJECTS:
        answering = [entry for entry in entries if entry["arm"] == arm]
        if answering:
            return answering
    return []


def outcome(entries: Sequence[Entry]) -> str:
    """Return the common outcome of ``answering_cells``, DEPENDS if they differ, "" if none."""
    outcomes = {entry["verdict"]["outcome"] for entry in answering_cells(entries)}
    return DEPENDS if len(outcomes) > 1 else "".join(outcomes)


def verdict_sentence(
    entries: Sequence[Entry],
    num_synthetic_sets: int,
    primary: str,
    synthetic_classes: Sequence[str] = (),
) -> str:
    """Return the answer of a study in words.

    Args:
      entries: the cells.
      num_synthetic_sets: number of synthetic sets, one per GAN run.
      primary: name of the tested score.
      synthetic_classes: see ``subject``.
    """
    answering = answering_cells(entries)
    if not answering:
        return (
            "Neither 'mixed' nor 'synthetic' is among the arms of this study, so it gives no "
            "verdict on synthetic images."
        )
    scope = "With this synthetic set"
    if num_synthetic_sets > 1:
        scope = f"Across {num_synthetic_sets} synthetic sets"
    has_one_cell = len(answering) == 1

    def named(entry):
        is_plain = has_one_cell and entry["amount"] == ALL and not entry["real_images_per_class"]
        return "" if is_plain else f" with {configuration_text(entry)}"

    return f"{scope}, {answer(answering, primary, synthetic_classes, named)}"


def answer(
    answering: Sequence[Entry],
    primary: str,
    synthetic_classes: Sequence[str],
    named: Callable[[Entry], str],
) -> str:
    """Return the answer in words, to follow its scope.

    Args:
      answering: one or more cells, see ``answering_cells``.
      primary: name of the tested score.
      synthetic_classes: see ``subject``.
      named: from a cell to the words that distinguish it from the others, with a leading space.
    """
    topic = subject(answering[0]["arm"], synthetic_classes)

    def reason(entry):
        has_figures = entry["difference"]["low"] is not None
        score = f"{METRICS[primary].title} " if has_figures else ""
        return f"{named(entry)}: {score}{entry['verdict']['reason']}."

    if len(answering) == 1:
        (entry,) = answering
        return f"{topic} {PREDICATES[entry['verdict']['outcome']]}{reason(entry)}"
    reasons = [f"{words}{reason(entry)}" for words, entry in strongest(answering).items()]
    return " ".join([f"{topic} {counted_outcomes(answering)}.", *reasons])


def subject(arm: str, synthetic_classes: Sequence[str]) -> str:
    """Return what a verdict is about.

    Args:
      arm: "mixed" or "synthetic".
      synthetic_classes: labels whose synthetic images are used; every label if empty.

    >>> subject("mixed", ["mel", "bkl"])
    'adding the synthetic images of mel and bkl to the real ones'
    """
    *others, last = synthetic_classes or [""]
    listed = f"{', '.join(others)} and {last}" if others else last
    return SUBJECTS[arm].format(of_classes=f" of {listed}" if listed else "")


def strongest(entries: Sequence[Entry]) -> dict[str, Entry]:
    """Return the cell that differs most from real in each significant direction.

    Returns:
      By the beginning of a sentence: "It helps most" and "It hurts most" if there are such cells,
      else "The difference is largest".
    """
    selected = {}
    for direction in (HELPS, HURTS):
        members = [entry for entry in entries if entry["verdict"]["outcome"] == direction]
        if members:
            selected[f"It {direction} most"] = _farthest(members)
    return selected or {"The difference is largest": _farthest(entries)}


def _farthest(entries: Sequence[Entry]) -> Entry:
    return max(entries, key=lambda entry: abs(entry["difference"]["mean"]))


def counted_outcomes(entries: Sequence[Entry]) -> str:
    """Return the number of cells of each outcome: "helps in 1 of 3 configurations, hurts in 2"."""
    outcomes = [entry["verdict"]["outcome"] for entry in entries]
    counts = [(PREDICATES[one], outcomes.count(one)) for one in OUTCOMES if one in outcomes]
    (predicate, count), *rest = counts
    first = f"{predicate} in {count} of {len(outcomes)} configurations"
    return ", ".join([first, *(f"{predicate} in {count}" for predicate, count in rest)])
