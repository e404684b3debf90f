"""Where pretrained weights come from, found out before anything slow begins."""

import shutil
import urllib.request
from pathlib import Path

from data_tools.errors import InputError

IMAGENET_FILE = "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"
ADDRESS = f"https://storage.googleapis.com/tensorflow/keras-applications/resnet/{IMAGENET_FILE}"
SECONDS_TO_CONNECT = 5.0
NO_WEIGHTS = "none"
IMAGENET = "imagenet"


def weights_file(choice: str, cache: Path | None = None) -> Path | None:
    """The file of ResNet-50's weights without top.

    Args:
      choice: "none", "imagenet" (Keras' own file: from its cache, else downloaded into it), or
        the path of a file.
      cache: where Keras keeps its models; ~/.keras/models unless given.

    Returns:
      the file, or None for "none".

    Raises:
      InputError: there is no such file, or it cannot be downloaded; within seconds where there is
        no network.
    """
    if choice == NO_WEIGHTS:
        return None
    if choice != IMAGENET:
        if not Path(choice).is_file():
            raise InputError(f"--weights={choice} is no file; give imagenet, none or a file")
        return Path(choice)
    cached = (cache or Path.home() / ".keras" / "models") / IMAGENET_FILE
    if not cached.is_file():
        _download(cached)
    return cached


def _download(dest: Path) -> None:
    partial = dest.with_suffix(".partial")
    try:
        dest.parent.mkdir(parents=True, exist_ok=True)
        with urllib.request.urlopen(ADDRESS, timeout=SECONDS_TO_CONNECT) as answer:
            with open(partial, "wb") as file:
                shutil.copyfileobj(answer, file)
            if partial.stat().st_size != int(answer.headers["Content-Length"]):
                raise OSError("the connection broke off")
        partial.replace(dest)
    except OSError as error:
        partial.unlink(missing_ok=True)
        reason = getattr(error, "reason", error)
        raise InputError(
            f"--weights=imagenet cannot be downloaded ({reason}); put {IMAGENET_FILE} into "
            f"{dest.parent}, or give --weights=PATH or --weights=none"
        ) from None
