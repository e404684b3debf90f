"""A small study of digits in this process."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from digit_folders import digit_images, write_folder
from small_study import FIT_OPTIONS, REPLICATES, sources, study_options

from data_tools.errors import InputError
from data_tools.sources import SOURCES
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.study.analysis.verdict import INCONCLUSIVE
from gan_tf.study.data.loading import Sources
from gan_tf.study.data.study_data import StudyData
from gan_tf.study.design.arms import ARMS
from gan_tf.study.design.cells import planned_replicates
from gan_tf.study.study import run_study


def test_the_folder_has_results_tables_figures_report_and_predictions(study):
    dest, results = study
    assert sorted(path.name for path in dest.iterdir()) == [
        "classes.csv",
        "curves.png",
        "differences.png",
        "replicates",
        "report.html",
        "results.csv",
        "results.json",
        "tensorboard",
    ]
    assert json.loads((dest / "results.json").read_text()) == json.loads(json.dumps(results))
    assert len(list((dest / "replicates").iterdir())) == len(REPLICATES) == 6
    assert [path.name for path in dest.parent.iterdir()] == ["study"]


def test_arms_have_the_same_steps_and_their_own_images(study):
    entries = {entry["name"]: entry for entry in study[1]["cells"]}
    assert {entry["num_steps"] for entry in entries.values()} == {12}
    # 40 real and 30 synthetic images of each of 10 classes.
    assert {name: entry["num_images"] for name, entry in entries.items()} == {
        "real": 400,
        "mixed": 700,
        "class_weighted": 400,
    }
    assert [point["step"] for point in entries["real"]["history"]] == [4, 8, 12]
    assert entries["mixed"]["history"][-1]["epoch"] == pytest.approx(12 * 16 / 700)
    assert entries["real"]["scores"]["gan_test"] > 0.1


def test_arms_of_one_seed_differ_only_in_their_data(study):
    """Classes are equally large, so all weights are 1 and class_weighted is the same as real."""
    entries = {entry["name"]: entry for entry in study[1]["cells"]}
    same, baseline = entries["class_weighted"], entries["real"]
    assert same["difference"]["mean"] == 0
    assert [one["log_loss"] for one in same["replicates"]] == pytest.approx(
        [one["log_loss"] for one in baseline["replicates"]], rel=1e-5
    )
    assert baseline["replicates"][0]["log_loss"] != baseline["replicates"][1]["log_loss"]


def test_a_seed_decides_the_initial_weights(digit_sets, tmp_path):
    """One step on all images at once, so that the order of a seed makes no difference."""
    options = study_options("real", curve_points=1)
    fit_options = FitOptions(steps=1, batch_size=400)
    results = run_study(sources(digit_sets), options, fit_options, tmp_path / "study")
    first, second = results["cells"][0]["replicates"]
    assert abs(first["log_loss"] - second["log_loss"]) > 1e-3


@pytest.mark.parametrize("arm", ARMS)
def test_the_training_set_of_every_arm_has_valid_indices(arm):
    labels = np.repeat([0, 1], [6, 3])
    images = ImageSet(np.zeros((9, 28, 28, 1), np.uint8), labels)
    data = StudyData(images, [images, images], images, ("a", "b"))
    options = study_options(
        *dict.fromkeys(["real", arm]),
        synthetic_images_per_class=("2",),
        real_images_per_class=("3",),
    )
    for replicate in planned_replicates(options, num_synthetic_sets=2):
        training_set = data.training_set(replicate, {})
        assert len(training_set)
        assert set(training_set.real) | set(training_set.synthetic) <= set(range(9))


def test_tensorboard_has_the_curve_of_every_replicate(study):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    folder = study[0] / "tensorboard"
    assert {path.name for path in folder.iterdir()} == {replicate.name for replicate in REPLICATES}
    events = EventAccumulator(str(folder / "real-seed0")).Reload()
    entry = next(entry for entry in study[1]["cells"] if entry["name"] == "real")
    scalars = events.Scalars("test/accuracy")
    assert [event.step for event in scalars] == [4, 8, 12]
    assert scalars[-1].value == pytest.approx(entry["replicates"][0]["accuracy"])
    assert set(events.Tags()["scalars"]) == {
        "train/loss",
        "train/accuracy",
        "test/loss",
        "test/accuracy",
    }


def test_a_synthetic_set_of_moved_test_images_earns_no_help(digit_sets, tmp_path):
    test, labels = digit_images(60, 20)
    moved = np.pad(test, ((0, 0), (1, 0), (0, 1), (0, 0)), mode="edge")[:, :-1, 1:]
    leak = write_folder(tmp_path / "leak", moved, labels, origin="synthetic:run@abc")
    # Few real images, and many steps: this set would help.
    options = study_options("real", "mixed", real_images_per_class=("2",), seeds=4, curve_points=1)
    fit_options = FitOptions(steps=100)
    given = sources(digit_sets | {"synthetic": leak})
    results = run_study(given, options, fit_options, tmp_path / "study")
    entry = next(entry for entry in results["cells"] if entry["arm"] == "mixed")
    assert entry["difference"]["mean"] > 0.1 and entry["holm_p"] < 0.05
    assert entry["verdict"]["outcome"] == INCONCLUSIVE
    assert results["num_test_copies"] > 190
    assert {pair["change"] for pair in results["test_copies"] if pair["set"] == "leak"} == {"moved"}
    assert any(f"{results['num_test_copies']} of 200 test images" in x for x in results["notes"])
    (copies,) = results["copies"]
    assert copies["num_near"] == copies["num_unseen_near"] < 10


def test_every_source_is_opened_once(digit_sets, tmp_path, monkeypatch):
    opened, kind = [], SOURCES["folder"]

    def counting_open(spec, *arguments):
        opened.append(Path(spec).name)
        return kind.open_spec(spec, *arguments)

    counting = SimpleNamespace(matches=kind.matches, open_spec=counting_open)
    monkeypatch.setitem(SOURCES, "folder", counting)
    options = study_options("real", "mixed", seeds=1, curve_points=1)
    run_study(sources(digit_sets), options, FitOptions(steps=1, batch_size=8), tmp_path / "study")
    assert sorted(opened) == ["real", "synthetic", "test"]


def test_results_contain_no_paths_and_no_times(study, digit_sets):
    text = (study[0] / "results.json").read_text() + (study[0] / "report.html").read_text()
    for folder in (*digit_sets.values(), study[0]):
        assert str(folder.parent) not in text
    assert not re.search(r"20\d\d-\d\d-\d\d", text)


def test_the_default_budget_is_ten_epochs_of_the_largest_set_and_at_least_1000_steps():
    assert FitOptions().with_steps(500).steps == 1000
    assert FitOptions().with_steps(60_000).steps == 9375
    assert FitOptions(steps=7).with_steps(60_000).steps == 7
    assert FitOptions(epochs=3).with_steps(60_000).steps is None
    assert FitOptions(epochs=3).num_steps(65) == 4  # 195 examples in batches of 64


class Cells(HTMLParser):
    """Text of the result table's cells by row name and class, and every URL in the page."""

    def __init__(self, page):
        super().__init__()
        self.row, self.kind, self.values, self.urls = None, None, {}, []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        url_attributes = ("src", "href", "srcset")
        self.urls += [attributes[key] for key in url_attributes if key in attributes]
        self.row = attributes.get("data-cell") if tag == "tr" else self.row
        self.kind = attributes.get("class") if tag == "td" else self.kind

    def handle_data(self, data):
        if self.row and self.kind and data.strip():
            self.values.setdefault((self.row, self.kind), data.strip())


def test_the_report_shows_the_numbers_of_results_json_and_requests_nothing(study):
    dest, results = study
    page = (dest / "report.html").read_text()
    (metrics,) = results["image_metrics"]
    assert f"<td>{metrics['values']['frechet_pixels']:.4f}" in page
    shown = Cells(page)
    for entry in results["cells"]:
        assert shown.values[entry["name"], "mean"] == f"{100 * entry['estimate']['mean']:.2f}"
        if "difference" in entry:
            mean = 100 * entry["difference"]["mean"]
            assert shown.values[entry["name"], "difference"] == f"{mean:+.2f}"
    assert shown.urls and all(one.startswith("data:") for one in shown.urls)
    assert "http" not in re.sub(r"data:[^\"]*", "", page)
    assert results["verdict"] in page
    classes = results["cells"][1]["per_class"]
    low, high = classes["recall_interval"][3]
    assert f"<td>{100 * classes['f1'][3]:.1f}<td>" in page
    assert f"<td>{100 * low:.1f} to {100 * high:.1f}" in page
    assert f"<td>{100 * classes['recall_difference'][3]['mean']:+.1f}<td>" in page
    assert results["data"]["test"]["num_groups"] == 100
    text = " ".join(page.split())
    assert "200 real test images in 100 groups (" in text
    assert "one may exclude 0 despite the verdict “no difference shown”" in text


def test_a_refused_study_leaves_nothing(digit_sets, tmp_path):
    options = study_options("real", "mixed", synthetic_images_per_class=("31",))
    with pytest.raises(
        InputError, match="--synthetic_images_per_class=31 asks for 31 synthetic images"
    ):
        run_study(sources(digit_sets), options, FIT_OPTIONS, tmp_path / "study")
    assert not list(tmp_path.iterdir())


def test_a_study_without_synthetic_images(digit_sets, tmp_path):
    """A study with a single arm gives the accuracy on real images."""
    only_real = sources(digit_sets)
    only_real = Sources(only_real.real, (), only_real.test)
    options, fit_options = study_options("real", curve_points=1), FitOptions(steps=2, batch_size=8)
    dest = tmp_path / "study"
    results = run_study(only_real, options, fit_options, dest)
    assert "gives no verdict on synthetic images" in results["verdict"]
    assert results["data"]["synthetic"] == []
    assert "gan_test" not in results["cells"][0]["scores"]
    assert "No synthetic images in this study" in (dest / "report.html").read_text()


def test_a_gan_trained_on_more_real_images_than_the_classifier_is_noted(digit_sets, tmp_path):
    """The list of GAN training images has 400 real images, the slice 10 x 5."""
    options = study_options(
        "real",
        "mixed",
        synthetic_images_per_class=("5",),
        real_images_per_class=("5",),
        seeds=1,
        curve_points=1,
    )
    fit_options = FitOptions(steps=1, batch_size=8)
    results = run_study(sources(digit_sets), options, fit_options, tmp_path / "study")
    text = "trained on 400 real images, the smallest real arm on only 50"
    assert any(text in note for note in results["notes"])


def test_validation_images_stop_replicates_early_and_select_their_point(digit_sets, tmp_path):
    """Validation on noise: no point is better than the first, so patience stops every replicate."""
    images, labels = digit_images(90, 4)
    noise = np.random.default_rng(0).integers(0, 256, images.shape, np.uint8)
    noise = np.repeat(noise[:1], len(noise), axis=0)
    folder = write_folder(tmp_path / "validation", noise, labels)
    validated = replace(sources(digit_sets), validation=str(folder))
    options = study_options("real", curve_points=20, patience=2)
    fit_options = FitOptions(steps=40, batch_size=8)
    results = run_study(validated, options, fit_options, tmp_path / "study")
    (entry,) = results["cells"]
    # Equal images get equal predictions: accuracy is 1 of 10 classes at every point.
    assert [one["log"]["best_step"] for one in entry["replicates"]] == [2, 2]
    assert entry["num_steps"] == 6
    first = [one["test_accuracy"] for one in entry["history"]][0]
    assert entry["scores"]["accuracy"] == pytest.approx(first)
    assert results["data"]["validation"]["num_images"] == 40


def test_images_too_small_for_lenet_are_refused_and_nothing_is_left(tmp_path):
    images, labels = digit_images(0, 4)
    write_folder(tmp_path / "real", images[:, :20], labels)
    write_folder(tmp_path / "test", 255 - images[:, :20], labels)
    small = Sources(str(tmp_path / "real"), (), str(tmp_path / "test"))
    with pytest.raises(InputError, match="28x20 pixels but --classifier=lenet needs .* 28x28"):
        run_study(small, study_options("real"), FIT_OPTIONS, tmp_path / "study")
    assert {path.name for path in tmp_path.iterdir()} == {"real", "test"}
