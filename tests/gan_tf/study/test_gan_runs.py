"""A study that generates its synthetic sets from the run directories of GANs."""

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
from gan_tf.study.gan_runs import generate_sets, images_needed
from gan_tf.study.study import run_study

OPTIONS = StudyOptions(
    arms=("real", "mixed"),
    synthetic_images_per_class=("balance", "2"),
    seeds=1,
    curve_points=1,
)
FIT_OPTIONS = FitOptions(steps=2, batch_size=4)


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """Real digits, four per class except one of class 7, test digits, and a GAN run of one step."""
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
    sources = Sources(str(sets / "real"), (), str(sets / "test"), gan_runs=(str(sets / run_dir),))
    return run_study(sources, OPTIONS, FIT_OPTIONS, dest, say=say)


def test_the_images_that_the_amounts_need_are_generated_in_the_folder_of_the_study(sets, tmp_path):
    lines = []
    results = study(sets, "gan", tmp_path / "study", lines.append)
    # "balance" takes 4 - 1 of class 7, more than the other amount's 2.
    assert lines == ["generating 3 images per class from 1 GAN run"]
    generated = open_source(tmp_path / "study" / "synthetic" / "0-gan")
    assert [example.label for example in generated.examples] == sorted("0123456789" * 3)
    assert len(generated.trained_on) == 37
    assert [cell["num_images"] for cell in results["cells"]] == [37, 37 + 3, 37 + 20]
    assert results["data"]["synthetic"][0]["counts"] == [3] * 10


def test_a_folder_without_a_run_is_named_and_nothing_is_left(sets, tmp_path):
    with pytest.raises(InputError, match="^--gan_runs=.*real: --run_dir=.*holds no run"):
        study(sets, "real", tmp_path / "study", lambda text: None)
    assert not list(tmp_path.iterdir())


def test_a_run_given_twice_is_refused_before_anything_is_generated(tmp_path):
    with pytest.raises(InputError, match="--gan_runs names x/a twice; give each GAN run once"):
        generate_sets(["x/a", "b", "x/../x/a"], 1, tmp_path)
    assert not list(tmp_path.iterdir())


def test_unsuitable_real_images_are_refused_before_anything_is_generated(sets, tmp_path):
    real = str(sets / "real")
    leaking = Sources(real, (), real, gan_runs=(str(sets / "gan"),))
    lines = []
    with pytest.raises(InputError, match="--test_data has 37 test images that occur in --data"):
        run_study(leaking, OPTIONS, FIT_OPTIONS, tmp_path / "study", say=lines.append)
    assert lines == []
    assert not list(tmp_path.iterdir())


#: Nine classes of 4 images and one, "7", of 1.
NAMES = tuple("0123456789")
LABELS = np.repeat(range(10), [1 if name == "7" else 4 for name in NAMES])


def needed(*cells, kept_shares=None):
    return images_needed(LABELS, NAMES, cells, kept_shares or {})


@pytest.mark.parametrize(
    ("texts", "expected"), [(["all"], 4), (["0.5x"], 2), (["5", "1.5x"], 6), (["7", "balance"], 7)]
)
def test_the_largest_amount_decides(texts, expected):
    assert needed(Cell("real"), *(Cell("mixed", Amount(text)) for text in texts)) == expected


def test_only_the_classes_of_an_amount_count():
    assert needed(Cell("mixed", Amount("2x", ("7",)))) == 2
    assert needed(Cell("real")) == 1


def test_balancing_a_reduced_class_needs_the_removed_images():
    # Class 3 is reduced from 4 images to 1, so 4 - 1 balance it.
    balanced = Cell("mixed", Amount("balance", ("3",)))
    assert needed(balanced, kept_shares={"3": 0.25}) == 3
    assert needed(balanced) == 1


def test_amounts_are_relative_to_the_real_slice():
    assert needed(Cell("mixed", Amount("2x"), 1), Cell("mixed", Amount("all"), 1)) == 2
