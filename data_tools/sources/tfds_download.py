"""``python -m data_tools.sources.tfds_download NAME DATA_DIR``: prepare a data set by TFDS.

It has a process of its own, because TFDS imports TensorFlow: a process that has done so cannot set
its number of threads any more, nor fork workers. The only line on standard output is the reason of
a failure; everything else is on standard error.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TextIO


def main(name: str, data_dir: str) -> int:
    """Download and prepare a data set; return 0, or 1 after printing why it failed.

    Args:
      name: name of the data set in TFDS, with its config.
      data_dir: folder of all data sets of TFDS.
    """
    os.environ["CUDA_VISIBLE_DEVICES"] = ""  # Nothing here needs the memory of a GPU.
    with _python_messages() as stream, contextlib.redirect_stdout(stream):
        import tensorflow_datasets

        try:
            tensorflow_datasets.builder(name, data_dir=data_dir).download_and_prepare()
            return 0
        except Exception as error:  # TFDS does not wrap exceptions of data sets.
            reason = str(error).strip() or type(error).__name__
    print(reason.splitlines()[0])
    return 1


@contextlib.contextmanager
def _python_messages() -> Iterator[TextIO]:
    """Let Python write to standard error, but not TensorFlow's C++ code, and yield the stream."""
    with open(os.devnull, "wb") as nowhere, open(os.dup(2), "w", buffering=1) as stream:
        os.dup2(nowhere.fileno(), 2)
        try:
            with contextlib.redirect_stderr(stream):
                yield stream
        finally:
            os.dup2(stream.fileno(), 2)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
