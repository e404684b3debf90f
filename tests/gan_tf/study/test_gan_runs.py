"""A study that is given run directories and makes the images itself."""

import subprocess
import sys

import numpy as np
import pytest
from digit_folders import digit_images, write_folder

from data_tools.errors import InputError
from data_tools.sources import open_source
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.study.data.loading import Sources
from gan_tf.study.design.amounts import Amount
from gan_tf.study.design.cells import Cell
from gan_tf.study.design.options import StudyOptions
from gan_tf.study.gan_runs import images_needed
from gan_tf.study.study import run_study

FIT_OPTIONS = FitOptions(steps=2, batch_size=4)


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """Real digits, four of each class but one of class 7, test digits, and a GAN run of a step."""
    root = tmp_path_factory.mktemp("gan_runs")
    real, labels = digit_images(0, 4)
    kept = np.flatnonzero((labels != 7) | (np.cumsum(labels == 7) == 1))
    write_folder(root / "real", real[kept], labels[kept])
    write_folder(root / "test", *digit_images(60, 2))
    words = [f"--data={root / 'real'}", f"--run_dir={root / 'gan'}", "--width=0.02"]
    words += ["--steps=1", "--batch_size=4", "--sample_every=0"]
    subprocess.run([sys.executable, "-m", "gan_tf.train", *words], check=True, capture_output=True)
    return root


def study(sets, run_dir, dest, say):
    options = StudyOptions(
        arms=("real", "mixed"),
        synthetic_images_per_class=("balance", "2"),
        seeds=1,
        curve_points=1,
    )
    sources = Sources(str(sets / "real"), (), str(sets / "test"), gan_runs=(str(sets / run_dir),))
    return run_study(sources, options, FIT_OPTIONS, dest, say=say)


def test_the_images_that_the_amounts_need_are_made_in_the_studys_folder(sets, tmp_path):
    said = []
    found = study(sets, "gan", tmp_path / "study", said.append)
    # "balance" takes 4 - 1 of class 7, more than the other amount's 2.
    assert said == ["generating 3 images a class from each of 1 GAN runs"]
    made = open_source(tmp_path / "study" / "synthetic" / "0-gan")
    assert [example.label for example in made.examples] == sorted("0123456789" * 3)
    assert len(made.trained_on) == 37
    assert [cell["num_images"] for cell in found["cells"]] == [37, 37 + 3, 37 + 20]
    assert found["data"]["synthetic"][0]["counts"] == [3] * 10


def test_a_folder_that_is_no_run_is_named_and_nothing_is_left(sets, tmp_path):
    with pytest.raises(InputError, match="^--gan_runs=.*real: --run_dir=.*holds no run"):
        study(sets, "real", tmp_path / "study", lambda text: None)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("texts", "needed"), [(["all"], 4), (["0.5x"], 2), (["5", "1.5x"], 6), (["7", "balance"], 7)]
)
def test_the_largest_amount_decides(sets, texts, needed):
    # Nine classes of 4 and one of 1.
    cells = [Cell("real"), *(Cell("mixed", Amount(text)) for text in texts)]
    assert images_needed(str(sets / "real"), cells, {}) == needed


def test_amounts_of_single_classes_count_alone(sets):
    assert images_needed(str(sets / "real"), [Cell("mixed", Amount("2x", ("7",)))], {}) == 2
    assert images_needed(str(sets / "real"), [Cell("real")], {}) == 1


def test_what_is_cut_off_is_what_balancing_needs(sets):
    # Class 3 is cut from 4 to 1 image, so 4 - 1 make it as large as the others; of slices of one
    # image a class none is missing, and twice as many are 2.
    cut = {"3": 0.25}
    nine = [Cell("mixed", Amount("balance", ("3",)))]
    assert images_needed(str(sets / "real"), nine, cut) == 3
    assert images_needed(str(sets / "real"), nine, {}) == 1
    slices = [Cell("mixed", Amount("2x"), 1), Cell("mixed", Amount("all"), 1)]
    assert images_needed(str(sets / "real"), slices, {}) == 2
