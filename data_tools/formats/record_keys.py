"""Keys of the features of a record: ``RecordKeys`` of its image, ``RecordSchema`` of all parts."""

from dataclasses import asdict, dataclass
from typing import NamedTuple

from data_tools.options import option

#: What ``parse_schema`` reads.
SCHEMA_FORM = "image=KEY,label=KEY[,name=KEY,group=KEY]"
_PARTS = ("image", "label", "name", "group")


class RecordKeys(NamedTuple):
    """Keys of the features that hold the image of a record.

    Attributes:
      image: key of the encoded image or of its raw pixels.
      raw_dtype: "uint8" or "uint16" for raw pixels, None for an encoded image.
      size: keys of height, width and channels of raw pixels; without the last, the channels follow
        from the number of bytes.
    """

    image: str
    raw_dtype: str | None = None
    size: tuple[str, ...] = ("height", "width", "channels")


@dataclass(frozen=True)
class RecordSchema:
    """Keys of the features of a record without metadata; None for what it lacks.

    Attributes:
      image: key of the image.
      label: key of the label, a number or text.
      text: key of the class name that belongs to a number.
      name: key of the name of the image.
      group: key of what only images of one split may share, such as a patient.
    """

    image: str
    label: str | None = None
    text: str | None = None
    name: str | None = None
    group: str | None = None

    def __str__(self) -> str:
        return ",".join(f"{part}={key}" for part, key in asdict(self).items() if key is not None)


def parse_schema(text: str) -> RecordSchema:
    """Return the schema that a flag states, ``image=KEY,label=KEY[,name=KEY,group=KEY]``.

    >>> parse_schema("image=x,label=y").label
    'y'

    Raises:
      ValueError: the text has another form.
    """
    pairs = [part.partition("=")[::2] for part in text.split(",")]
    keys = dict(pairs)
    if not set(keys) <= set(_PARTS) or "image" not in keys or "" in keys.values():
        raise ValueError(f"is not {SCHEMA_FORM}")
    if len(keys) < len(pairs):
        raise ValueError("has a part twice")
    return RecordSchema(**keys)


@dataclass(frozen=True)
class SchemaOptions:
    """How records without metadata are read; ``schema`` is None to recognize their keys."""

    schema: RecordSchema | None = option(
        None,
        f"Keys in TFRecords of other programs, as {SCHEMA_FORM}; default: recognized from the "
        "first record.",
        parse=parse_schema,
    )
