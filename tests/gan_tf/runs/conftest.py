"""Small runs on real digits."""

import pytest
from small_families import small_config
from training_runs import every_30th_digit
from translating_run import TRAINING, command, write_twos

from data_tools.sources import open_source
from gan_tf import train
from gan_tf.inputs.combined.domains import two_domains
from gan_tf.inputs.images import images_in_memory
from gan_tf.runs.options import LogOptions
from gan_tf.runs.trained_run import trained_run


@pytest.fixture(scope="session")
def digits():
    """Return every 30th of scikit-learn's digits, 60 images of all classes."""
    return every_30th_digit(0)


@pytest.fixture(scope="session")
def config():
    """Return the config of a narrow conditional DCGAN with four steps."""
    return small_config("cdcgan")


@pytest.fixture(scope="session")
def log_options():
    """Return options that log every step, and save and sample every second one."""
    return LogOptions(log_every=1, sample_every=2, checkpoint_every=2, keep_checkpoints=9)


@pytest.fixture(scope="session")
def domains():
    """Return scikit-learn's zeros and ones, 28 pixels."""
    return two_domains(open_source("sklearn:digits"), None, ["0", "1"], images_in_memory)


@pytest.fixture(scope="session")
def cyclegan_run_dir(tmp_path_factory):
    """Return the folder of a run that translates between zeros and ones."""
    folder = tmp_path_factory.mktemp("runs") / "lesions"
    command(*TRAINING, "--steps=2", f"--run_dir={folder}", module=train)
    return folder


@pytest.fixture(scope="session")
def cyclegan_run(cyclegan_run_dir):
    """Return that run with its latest weights."""
    return trained_run(cyclegan_run_dir, None, translates=True)


@pytest.fixture(scope="session")
def twos(tmp_path_factory):
    """Return five real twos of two patients and a synthetic one; none is a training image."""
    return write_twos(tmp_path_factory.mktemp("data") / "twos")
