from pathlib import Path

import pytest
from digit_folders import digit_images, noisy, write_folder
from small_study import FIT_OPTIONS, OPTIONS, sources

from gan_tf.study.study import run_study


@pytest.fixture(scope="session")
def digit_sets(tmp_path_factory) -> dict[str, Path]:
    """Folders: real (40 a class), test (20 a class, disjoint, two a writer), synthetic."""
    root = tmp_path_factory.mktemp("digits")
    real, labels = digit_images(0, 40)
    test, test_labels = digit_images(60, 20)
    drawn, drawn_labels = digit_images(10, 30)
    return {
        "real": write_folder(root / "real", real, labels),
        "test": write_folder(
            root / "test", test, test_labels, groups=lambda index: f"writer{index // 2}"
        ),
        "synthetic": write_folder(
            root / "synthetic",
            noisy(drawn),
            drawn_labels,
            origin="synthetic:run@abc",
            trained_on=real,
        ),
    }


@pytest.fixture(scope="session")
def study(digit_sets, tmp_path_factory) -> tuple[Path, dict]:
    """Folder and results of a whole study."""
    dest = tmp_path_factory.mktemp("study") / "study"
    return dest, run_study(sources(digit_sets), OPTIONS, FIT_OPTIONS, dest)
