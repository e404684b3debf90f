import csv

from constructed_study import constructed_cells

from gan_tf.study.design.amounts import Amount
from gan_tf.study.design.cells import Cell
from gan_tf.study.report.tables import study_table, write_class_csv, write_results_csv

ALL = Amount("all")


def test_the_table_has_one_line_per_cell():
    cell = Cell("mixed", Amount("250"), 10)
    entries = constructed_cells({Cell("real"): [200, 200], cell: [0, 0], cell.baseline: [200, 200]})
    results = {"cells": entries, "settings": {"primary": "accuracy"}}
    lines = study_table(results).splitlines()
    assert lines[0].split() == "arm images steps accuracy 95% CI vs. real verdict".split()
    assert lines[1].split()[:4] == ["real", "100", "10", "0.5000"]
    assert lines[2].startswith("real + synthetic, 250, 10 real per class")
    assert lines[2].split()[-2:] == ["-0.5000", "hurts"]


def test_results_csv_has_every_replicate_and_is_reproducible(tmp_path):
    entries = constructed_cells({Cell("real"): [200, 204], Cell("mixed", ALL): [210, 220]})
    for name in ("a.csv", "b.csv"):
        write_results_csv(tmp_path / name, entries)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    with open(tmp_path / "a.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["name"], row["seed"], float(row["accuracy"])) for row in rows] == [
        ("real", "0", 0.5),
        ("real", "1", 0.51),
        ("mixed", "0", 0.525),
        ("mixed", "1", 0.55),
    ]


def test_classes_csv_has_a_line_with_scores_per_class_and_cell(tmp_path):
    per_class = {"precision": [0.1, 0.2], "recall": [0.3, 0.4], "f1": [0.5, 0.6], "support": [7, 8]}
    per_class |= {
        "precision_interval": [[0.0, 0.2], None],
        "recall_interval": [[0.2, 0.5], [0.3, 0.6]],
        "f1_interval": [None, None],
    }
    cell = {"name": "real", "arm": "real", "amount": None, "real_images_per_class": None}
    cell |= {"scores": {"accuracy": 0.9}, "per_class": per_class}
    change = [{"mean": 0.01, "low": -0.02, "high": 0.04}, {"mean": 0, "low": None, "high": None}]
    mixed = cell | {"name": "mixed_250", "arm": "mixed", "amount": "250"}
    mixed["per_class"] = per_class | {"recall_difference": change}
    write_class_csv(tmp_path / "classes.csv", [cell, mixed], ["nevus", "melanoma"])
    assert (tmp_path / "classes.csv").read_text().splitlines() == [
        "name,arm,amount,real_images_per_class,accuracy,class,precision,recall,f1,support,"
        "precision_low,precision_high,recall_low,recall_high,f1_low,f1_high,"
        "recall_minus_real,recall_minus_real_low,recall_minus_real_high",
        "real,real,,,0.9,nevus,0.1,0.3,0.5,7,0.0,0.2,0.2,0.5,,,,,",
        "real,real,,,0.9,melanoma,0.2,0.4,0.6,8,,,0.3,0.6,,,,,",
        "mixed_250,mixed,250,,0.9,nevus,0.1,0.3,0.5,7,0.0,0.2,0.2,0.5,,,0.01,-0.02,0.04",
        "mixed_250,mixed,250,,0.9,melanoma,0.2,0.4,0.6,8,,,0.3,0.6,,,0,,",
    ]
