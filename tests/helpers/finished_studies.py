"""Contents of results.json of small made-up studies."""

from gan_tf.study.analysis.results import FORMAT
from gan_tf.study.analysis.statistics.estimate import Estimate
from gan_tf.study.analysis.verdict import HELPS
from gan_tf.study.design.arms import ARMS

OPTIONS = {"classifier": "lenet", "steps": 10, "augment": ["shift"], "kept_shares": {}}
OPTIONS |= {"primary": "accuracy", "smallest_effect": 0.01, "synthetic_classes": []}


def set_summary(name, counts=(30, 10), **changes):
    summary = {"name": name, "fingerprint": name * 20, "num_images": sum(counts)}
    return summary | {"shape": [8, 8, 1], "counts": list(counts)} | changes


def estimate(mean, p_value=0.5):
    return Estimate(mean, mean - 0.005, mean + 0.005, 0.002, p_value, 2, 1e-4, 1e-5)._asdict()


def cell(arm, amount=None, difference=None, p_value=None):
    """Return an arm of accuracy 0.8 plus its difference; class 1: precision 0.3, recall 0.4."""
    mean = 0.8 + (difference or 0)
    entry = {"name": f"{arm}_{amount}", "arm": arm, "title": ARMS[arm].title, "amount": amount}
    entry |= {"is_control": ARMS[arm].is_control, "real_images_per_class": None}
    entry |= {"num_images": 100 + int(amount or 0), "num_steps": 10, "replicates": [{}, {}]}
    entry |= {"scores": {"accuracy": mean}, "estimate": estimate(mean), "history": []}
    entry["per_class"] = {"precision": [0.1, 0.3], "recall": [0.2, 0.4], "support": [3, 1]}
    if difference is not None:
        # The conclusion of the study itself, adjusted for its own arms only.
        entry |= {"difference": estimate(difference, p_value), "holm_p": p_value}
        entry["verdict"] = {"outcome": HELPS, "reason": "its own"}
    return entry


def results(*cells, **changes):
    test = set_summary("test", num_groups=40)
    data = {"classes": ["nevus", "melanoma"], "real": set_summary("real"), "test": test}
    data |= {"validation": None, "synthetic": [set_summary("generated")]}
    content = {"format": FORMAT, "version": "0", "verdict": "", "notes": ["Noted."]}
    content |= {"num_seeds": 2, "settings": OPTIONS, "data": data, "leaks": "None.", "copies": []}
    content |= {"num_test_copies": 0}
    return content | {"cells": [cell("real"), *cells]} | changes


ACGAN = results(
    cell("mixed", "250", 0.02, 0.04),
    cell("mixed", "500", 0.03, 0.01),
    cell("augmented", None, 0.02, 0.04),
)
CYCLEGAN = results(cell("mixed", "250", -0.03, 0.012), cell("mixed", "500", 0.0, 1.0))
