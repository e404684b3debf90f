"""The file beside TFRecords that names their labels: slim's, or that of TensorFlow Datasets."""

import warnings
from pathlib import Path

from data_tools.errors import Caution, InputError
from data_tools.files.file_systems import is_remote, list_files, local_copy
from data_tools.formats.label_lists import LABELS_FILE


def label_texts(folder: str, label_key: str) -> dict[int, str]:
    """Return the class names by label, none if there is no such file.

    Args:
      folder: path or URL of the folder of the records.
      label_key: key of the label, which names the file of TFDS, ``<label_key>.labels.txt``.

    Raises:
      InputError: a file cannot be read.
    """
    names = (f"{label_key.rpartition('/')[2]}.labels.txt", LABELS_FILE)
    if is_remote(folder):
        present = list_files(folder)
        root = local_copy(folder, [name for name in names if name in present])
    else:
        root = Path(folder)
    tfds_file, slim_file = (root / name for name in names)
    if tfds_file.is_file():
        return dict(enumerate(_lines(tfds_file)))
    if not slim_file.is_file():
        return {}
    pairs = [line.partition(":") for line in _lines(slim_file) if line.strip()]
    if all(number.strip().isdecimal() for number, _, _ in pairs):
        return {int(number): text.strip() for number, _, text in pairs}
    caution = f"{folder}/{LABELS_FILE} is not used; its lines are not of the form 0:cat"
    warnings.warn(caution, Caution, stacklevel=2)
    return {}


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read as UTF-8 ({error})") from None
