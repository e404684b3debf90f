"""Data sets that are known by a name alone: found, downloaded, or explained."""

import functools
import http.server
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from image_folders import idx_bytes, labeled_folder, random_image, write_files

from data_tools.errors import InputError
from data_tools.sources import is_flat_folder, open_source, tfds
from data_tools.sources.well_known import WELL_KNOWN

# What the way by hand has to name.
BY_HAND = {
    "mnist": ["train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz", "into a folder 'mnist'"],
    "fashion_mnist": ["train-labels-idx1-ubyte.gz", "into a folder 'fashion_mnist'"],
    "kmnist": ["t10k-images-idx3-ubyte.gz", "into a folder 'kmnist'"],
    "cifar10": ["t.load('cifar10')", "as a folder 'cifar10'"],
    "tf_flowers": ["flower_photos.tgz", "rename the folder flower_photos to 'tf_flowers'"],
    "horse2zebra": ["horse2zebra.zip", "trainA to train/A", "testB to test/B"],
}
# Nothing listens at port 9 of this machine.
CLOSED = "http://127.0.0.1:9/file"


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """Be in an empty folder, without data sets of TFDS and without a data folder."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    monkeypatch.delenv("GAN_TF_DATA_DIR", raising=False)


def set_url(monkeypatch, name, url):
    monkeypatch.setitem(WELL_KNOWN, name, WELL_KNOWN[name]._replace(url=url))


def test_every_well_known_name_has_a_way_by_hand():
    assert set(WELL_KNOWN) == set(BY_HAND)


@pytest.mark.parametrize("name", WELL_KNOWN)
def test_tfds_has_every_data_set_and_downloads_its_file(name):
    import tensorflow_datasets

    known = WELL_KNOWN[name]
    builder, _, config = known.tfds_name.partition("/")
    builder_class = tensorflow_datasets.builder_cls(builder)
    assert known.url in builder_class.url_infos
    assert not config or config in builder_class.builder_configs


@pytest.mark.parametrize("name", WELL_KNOWN)
def test_without_a_network_one_line_says_how_to_get_the_files_by_hand(tmp_path, monkeypatch, name):
    set_url(monkeypatch, name, CLOSED)
    for spec, where in (
        (name, "a folder here, nor in"),
        (f"tfds:{WELL_KNOWN[name].tfds_name}", "in"),
    ):
        with pytest.raises(InputError) as raised:
            open_source(spec)
        (line,) = str(raised.value).splitlines()
        assert line.startswith(
            f"{spec} is not {where} {tmp_path}/tfds, and cannot be downloaded (Connection "
            f"refused); for {name} by hand, "
        )
        assert all(part in line for part in BY_HAND[name])
        assert line.endswith("here or in $GAN_TF_DATA_DIR")
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


def test_a_host_that_does_not_answer_is_given_up_within_5_seconds(monkeypatch):
    # An address that drops every packet (RFC 5737, reserved for documentation).
    set_url(monkeypatch, "mnist", "http://192.0.2.1/file")
    for spec in ("mnist", "tfds:svhn_cropped"):
        start = time.monotonic()
        with pytest.raises(InputError, match="cannot be downloaded"):
            open_source(spec)
        assert time.monotonic() - start < 5


def test_a_name_that_tfds_alone_knows_is_prepared_elsewhere(monkeypatch):
    set_url(monkeypatch, "mnist", CLOSED)
    with pytest.raises(InputError, match=r"tfds:svhn_cropped is not in .* t.load\('svhn_cropped'"):
        open_source("tfds:svhn_cropped")


@pytest.mark.parametrize("spec", ["mnist/", "./mnist", "MNIST", "imagenet"])
def test_any_other_name_is_a_path(spec):
    with pytest.raises(InputError, match="there is no folder"):
        open_source(spec)


def test_a_path_comes_first_and_the_data_folder_second(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_TF_DATA_DIR", str(tmp_path / "data"))
    set_url(monkeypatch, "mnist", CLOSED)
    with pytest.raises(InputError, match=r"not a folder here nor in \$GAN_TF_DATA_DIR, nor in"):
        open_source("mnist")
    labeled_folder(tmp_path / "data" / "mnist", {"a": 1})
    assert len(open_source("mnist").examples) == 1
    labeled_folder(tmp_path / "here" / "mnist", {"a": 2})
    assert len(open_source("mnist").examples) == 2
    assert not is_flat_folder("mnist")
    with pytest.raises(InputError, match="^tfds:mnist is not in .*cannot be downloaded"):
        open_source("tfds:mnist")


def test_the_headline_command_says_what_it_needs(tmp_path):
    # The proxy of every request is closed, so that this uses no network where there is one.
    environment = os.environ | {
        name: "http://127.0.0.1:9" for name in ("https_proxy", "http_proxy")
    }
    arguments = ["--flagfile", "experiments/mnist.flags"]
    result = subprocess.run(
        [sys.executable, "-m", "gan_tf.train", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("error: mnist is not a folder here, nor in ")
    assert result.stderr.count("\n") == 1
    assert not any((tmp_path / "here").iterdir())


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a log, and keeps what was asked for."""

    asked: list[str] = []

    def log_message(self, *arguments):
        if self.command == "GET":
            self.asked.append(self.path)


@pytest.fixture
def served(tmp_path):
    """Serve ``served`` over HTTP; yield its URL and a function that stops the server."""
    handler = functools.partial(QuietHandler, directory=str(tmp_path / "served"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    QuietHandler.asked.clear()
    yield f"http://127.0.0.1:{server.server_port}/", server.shutdown
    server.shutdown()
    thread.join()
    server.server_close()


# TFDS has the address and the number of MNIST's images in its code.
DOWNLOAD = """
import sys
from tensorflow_datasets.image_classification import mnist
for builder in (mnist.MNIST, mnist.FashionMNIST, mnist.KMNIST):
    builder.URL = {url!r}
mnist._TRAIN_EXAMPLES, mnist._TEST_EXAMPLES = 12, 5
from data_tools.sources.tfds_download import main
sys.exit(main(*sys.argv[1:]))
"""


@pytest.fixture
def download_from(tmp_path, monkeypatch):
    """Return a function that has TFDS download a data set from another address."""

    def set_address(url, name="mnist"):
        (tmp_path / "download.py").write_text(DOWNLOAD.format(url=url))
        monkeypatch.setattr(tfds, "_PREPARE", (sys.executable, str(tmp_path / "download.py")))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        monkeypatch.setenv("PYTHONPATH", str(Path(tfds.__file__).parents[2]))
        set_url(monkeypatch, name, f"{url}t10k-labels-idx1-ubyte.gz")

    return set_address


def write_idx_files(folder, num_train=12, num_test=5):
    images = random_image(7, 28 * (num_train + num_test), 28, 1).reshape(-1, 28, 28)
    # Every digit, so that both sources have ten labels.
    labels = np.arange(num_train + num_test, dtype=np.uint8) % 10
    return write_files(
        folder,
        {
            "train-images-idx3-ubyte.gz": idx_bytes(images[:num_train]),
            "train-labels-idx1-ubyte.gz": idx_bytes(labels[:num_train]),
            "t10k-images-idx3-ubyte.gz": idx_bytes(images[num_train:]),
            "t10k-labels-idx1-ubyte.gz": idx_bytes(labels[num_train:]),
        },
    )


def content(source):
    """Return the split, label and pixels of every image, sorted."""
    return sorted((one.split, one.label, one.pixels().tobytes()) for one in source.examples)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_a_downloaded_data_set_has_the_images_and_labels_of_the_idx_files(
    tmp_path, served, download_from, name, capfd
):
    url, stop = served
    idx = open_source(write_idx_files(tmp_path / "served"))
    download_from(url, name)
    downloaded = open_source(name)
    assert sorted(QuietHandler.asked) == [f"/{path.name}" for path in sorted(idx.folder.iterdir())]
    # From here on nothing is downloaded.
    stop()
    assert (downloaded.splits, downloaded.class_names) == (("train", "test"), tuple("0123456789"))
    assert content(downloaded) == content(idx)
    again = open_source(f"tfds:{name}")
    assert [one.path for one in again.examples] == [one.path for one in downloaded.examples]
    assert again.fingerprint == downloaded.fingerprint
    assert open_source(name).select("test").examples[0].path.startswith("test/")
    # There is a progress bar in a terminal only.
    assert capfd.readouterr() == ("", "")


def test_a_download_that_fails_ends_in_the_way_by_hand(tmp_path, served, download_from):
    url, _ = served
    write_idx_files(tmp_path / "served")
    (tmp_path / "served" / "train-images-idx3-ubyte.gz").unlink()
    download_from(url)
    with pytest.raises(InputError, match="mnist is not a folder.* downloaded .*404.* by hand"):
        open_source("mnist")
    # A file of the host that answers with an error is as good as no host.
    (tmp_path / "served" / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(
        InputError, match=r"cannot be downloaded \(File not found\); for mnist by hand"
    ):
        open_source("mnist")
