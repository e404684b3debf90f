"""Text files as editors and spreadsheets save them, whatever their encoding."""

import codecs
import re
from pathlib import Path
from typing import NamedTuple

from data_tools.errors import InputError

# What no text contains; NUL also reveals UTF-16 without a byte order mark.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


class Text(NamedTuple):
    """The content of a text file, with the line ends it has, and the encoding it was read as."""

    content: str
    encoding: str


def read_text(path: Path, fallback: str | None = None) -> Text:
    """Read a text file in UTF-8, with or without a byte order mark, or in UTF-16 with one.

    Args:
      path: the file.
      fallback: encoding of a file that has no byte order mark and is not UTF-8; None refuses it.

    Raises:
      InputError: the file cannot be read, or it is not text in any of these encodings.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    encodings = ["utf-8", *([fallback] if fallback else [])]
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            data, encodings = data.removeprefix(mark), [encoding]
            break
    for encoding in encodings:
        try:
            text = Text(data.decode(encoding), encoding)
        except UnicodeDecodeError as error:
            fault = error
            continue
        if control := _CONTROL.search(text.content):
            line = text.content.count("\n", 0, control.start()) + 1
            raise InputError(
                f"{path}, line {line} has the character {control[0]!r} and is not text; "
                "save the file as text in UTF-8"
            )
        return text
    line = data.count(b"\n", 0, fault.start) + 1
    names = " nor ".join(encodings)
    raise InputError(f"{path}, line {line} is not {names}; save the file as text in UTF-8")
