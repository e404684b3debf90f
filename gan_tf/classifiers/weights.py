"""Files of pretrained weights, resolved before anything slow starts."""

import shutil
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from data_tools.errors import InputError

if TYPE_CHECKING:
    import keras

IMAGENET_FILES = {
    "resnet50": "resnet/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "xception": "xception/xception_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "inception_v3": "inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
}
BASE_URL = "https://storage.googleapis.com/tensorflow/keras-applications"
CONNECT_TIMEOUT_S = 5.0
NO_WEIGHTS = "none"
IMAGENET = "imagenet"


def weights_file(choice: str, cache: Path | None = None, network: str = "resnet50") -> Path | None:
    """Return the file of a network's weights without top.

    Args:
      choice: "none", "imagenet" (Keras' own file, from its cache or downloaded into it), or the
        path of a file.
      cache: Keras' cache of models; default: ~/.keras/models.
      network: a name in IMAGENET_FILES.

    Returns:
      The file, or None for "none".

    Raises:
      InputError: there is no such file, or it cannot be downloaded, which without a connection
        takes seconds.
    """
    if choice == NO_WEIGHTS:
        return None
    if choice != IMAGENET:
        if not Path(choice).is_file():
            raise InputError(f"--weights={choice} is not a file; give imagenet, none or a file")
        return Path(choice)
    place = IMAGENET_FILES[network]
    cached = (cache or Path.home() / ".keras" / "models") / Path(place).name
    if not cached.is_file():
        _download(f"{BASE_URL}/{place}", cached)
    return cached


def read_weights(network: "keras.Model", weights: str | Path, title: str) -> None:
    """Load the weights of a file into ``network``.

    Raises:
      InputError: the file holds no weights, or not those of ``title``.
    """
    try:
        network.load_weights(weights)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).split("\n")[0]
        raise InputError(
            f"--weights={weights} does not hold weights of {title} without top ({reason})"
        ) from None


def _download(url: str, dest: Path) -> None:
    partial = dest.with_suffix(".partial")
    try:
        dest.parent.mkdir(parents=True, exist_ok=True)
        with urllib.request.urlopen(url, timeout=CONNECT_TIMEOUT_S) as answer:
            with open(partial, "wb") as file:
                shutil.copyfileobj(answer, file)
            if partial.stat().st_size != int(answer.headers["Content-Length"]):
                raise OSError("the connection was lost")
        partial.replace(dest)
    except OSError as error:
        partial.unlink(missing_ok=True)
        reason = getattr(error, "reason", error)
        raise InputError(
            f"--weights=imagenet cannot be downloaded ({reason}); put {dest.name} into "
            f"{dest.parent}, or give --weights=PATH or --weights=none"
        ) from None
