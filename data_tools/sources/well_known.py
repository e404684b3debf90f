"""Data sets that are known by a name alone: where they come from, and how to get them by hand."""

from typing import NamedTuple


class WellKnown(NamedTuple):
    """A data set that TensorFlow Datasets can download and prepare.

    Attributes:
      tfds_name: its name there.
      url: a file that is downloaded.
      by_hand: how to get a folder of the same images, splits and labels without TFDS.
      has_numbered_labels: True if its labels are numbers, as in its idx files, whatever TFDS calls
        the classes.
    """

    tfds_name: str
    url: str
    by_hand: str
    has_numbered_labels: bool = False


_IDX_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def _idx_files(name: str, url: str) -> WellKnown:
    files = f"{', '.join(_IDX_FILES[:-1])} and {_IDX_FILES[-1]}"
    by_hand = f"download {files} from {url} into a folder {name!r}"
    return WellKnown(name, url + _IDX_FILES[-1], by_hand, has_numbered_labels=True)


def _archive(tfds_name: str, url: str, by_hand: str) -> WellKnown:
    return WellKnown(tfds_name, url, f"unpack {url}, {by_hand}")


#: The data sets by their names, which ``--data`` and ``--data_dir`` take.
WELL_KNOWN = {
    "mnist": _idx_files("mnist", "https://storage.googleapis.com/cvdf-datasets/mnist/"),
    "fashion_mnist": _idx_files(
        "fashion_mnist", "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
    ),
    "kmnist": _idx_files("kmnist", "http://codh.rois.ac.jp/kmnist/dataset/kmnist/"),
    "cifar10": WellKnown(
        "cifar10",
        "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        "copy the folder ~/tensorflow_datasets/cifar10 of a machine with a network, after "
        "python -c \"import tensorflow_datasets as t; t.load('cifar10')\", as a folder 'cifar10'",
    ),
    "tf_flowers": _archive(
        "tf_flowers",
        "http://download.tensorflow.org/example_images/flower_photos.tgz",
        "delete LICENSE.txt, and rename the folder flower_photos to 'tf_flowers'",
    ),
    "horse2zebra": _archive(
        "cycle_gan/horse2zebra",
        "https://efrosgans.eecs.berkeley.edu/cyclegan/datasets/horse2zebra.zip",
        "and in the folder 'horse2zebra' move trainA to train/A, trainB to train/B, testA to "
        "test/A and testB to test/B",
    ),
}
