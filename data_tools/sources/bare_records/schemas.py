"""Schemas of bare TFRecords, those without metadata: which keys other programs give the features.

To add a schema, add an entry to ``SCHEMAS``.
"""

from collections.abc import Mapping
from typing import NamedTuple

from data_tools.errors import InputError
from data_tools.formats.example_proto import Feature
from data_tools.formats.images import is_image
from data_tools.formats.pixel_modes import MODES
from data_tools.formats.record_keys import SCHEMA_FORM, RecordKeys, RecordSchema


class Schema(NamedTuple):
    """Keys that a family of programs uses, in order of preference.

    Attributes:
      image: keys of the image.
      label: keys of the label, a number or text.
      text: keys of the class name that belongs to a number.
      name: keys of the name of the image.
      group: keys of what images of one split must share, such as a patient.
    """

    image: tuple[str, ...]
    label: tuple[str, ...]
    text: tuple[str, ...] = ()
    name: tuple[str, ...] = ()
    group: tuple[str, ...] = ()


#: The first whose keys a record has describes it. Whether the image is encoded or raw is seen from
#: its bytes.
SCHEMAS: dict[str, Schema] = {
    # github.com/tensorflow/models, slim and object_detection.
    "slim": Schema(
        image=("image/encoded",),
        label=("image/class/label",),
        text=("image/class/text",),
        name=("image/filename", "image/source_id"),
    ),
    # SIIM-ISIC Melanoma Classification and Flower Classification with TPUs.
    "kaggle": Schema(
        image=("image",),
        label=("target", "class"),
        name=("image_name", "id"),
        group=("patient_id",),
    ),
    # TensorFlow Datasets, and most programs that have no convention of their own.
    "tfds": Schema(
        image=("image",), label=("label",), name=("image_name", "id"), group=("patient_id",)
    ),
    # TensorFlow's guides: raw pixels with height, width and depth, later an encoded image.
    "raw": Schema(image=("image_raw",), label=("label",)),
}

_STYLEGAN_KEYS = {"shape", "data"}
# Those of conversion/record_schema.py: which images are synthetic is told by the manifest alone.
_OWN_KEYS = set("image label height width channels filename group synthetic".split())
_SIZE_KEYS = (("height", "width"), ("image/height", "image/width"))
_CHANNELS_KEYS = ("depth", "channels", "image/depth", "image/channels")


def find_schema(
    features: Mapping[str, Feature], where: str, given: RecordSchema | None, unlabeled: bool
) -> tuple[RecordSchema, RecordKeys]:
    """Return the schema of some records, and how the images in them are read.

    Args:
      features: all features of the first record.
      where: name of the first record in error messages.
      given: schema stated by the user; None to recognize one.
      unlabeled: True if no label is needed.

    Raises:
      InputError: the record has no image or no label.
    """
    if features.keys() == _OWN_KEYS:
        raise InputError(
            f"{where} was written by data_tools, but dataset_info.json is missing; convert again"
        )
    if given is None and features.keys() == _STYLEGAN_KEYS:
        raise InputError(
            f"{where} is StyleGAN's (shape and data: raw pixels at one of several resolutions, "
            "no label); export the original images as <label>/<image> and give their folder"
        )
    candidates = [given] if given else _present(features)
    for schema in candidates:
        keys = _image_keys(features, schema.image)
        if keys and (unlabeled or _has_label(features, schema)):
            return schema, keys
    for schema in candidates:
        if _is_list_of_numbers(features.get(schema.image)):
            raise InputError(
                f"{where} has its image as {_kind(features[schema.image])} under "
                f"{schema.image!r}; only PNG, JPEG or raw bytes (uint8) can be read: write the "
                "images as <label>/<image>"
            )
    fault = f"has no image or no label under --schema={given}" if given else "has no known schema"
    raise InputError(
        f"{where} {fault}; it has {listing(features)}; name the keys with --schema={SCHEMA_FORM}"
    )


def listing(features: Mapping[str, Feature]) -> str:
    """Return the keys of a record and what each holds, in words."""
    return ", ".join(f"{key} ({_kind(features[key])})" for key in sorted(features)) or "no features"


def _present(features: Mapping[str, Feature]) -> list[RecordSchema]:
    """Return the schemas whose image a record has, with the keys that it has."""
    present = []
    for schema in SCHEMAS.values():
        keys = {
            part: next((key for key in keys if key in features), None)
            for part, keys in schema._asdict().items()
        }
        if keys["image"] is not None:
            if not any(features[keys["text"]].values if keys["text"] else ()):
                keys["text"] = None
            if keys["label"] is None:
                keys |= {"label": keys["text"], "text": None}
            present.append(RecordSchema(**keys))
    return present


def _has_label(features: Mapping[str, Feature], schema: RecordSchema) -> bool:
    kind, values = features.get(schema.label or "", Feature("", ()))
    return kind in ("int64", "bytes") and len(values) == 1


def _image_keys(features: Mapping[str, Feature], image: str) -> RecordKeys | None:
    """Return how the image under a key is read; None if it is neither encoded nor raw pixels."""
    kind, values = features.get(image, Feature("", ()))
    if kind != "bytes" or len(values) != 1:
        return None
    if is_image(values[0]):
        return RecordKeys(image)
    for keys in _SIZE_KEYS:
        size = [_integer(features, key) for key in keys]
        channels_key = next((key for key in _CHANNELS_KEYS if key in features), None)
        channels = [_integer(features, channels_key)] if channels_key else MODES.values()
        if any(len(values[0]) == size[0] * size[1] * one > 0 for one in channels):
            return RecordKeys(image, "uint8", (*keys, channels_key) if channels_key else keys)
    return None


def _integer(features: Mapping[str, Feature], key: str) -> int:
    """Return the number under a key; 0 if there is none."""
    kind, values = features.get(key, Feature("", ()))
    return values[0] if kind == "int64" and len(values) == 1 else 0


def _is_list_of_numbers(feature: Feature | None) -> bool:
    return feature is not None and feature.kind in ("float", "int64") and len(feature.values) > 1


def _kind(feature: Feature) -> str:
    kind, values = feature
    unit = {"int64": "integers", "float": "floats", "bytes": "byte strings"}.get(kind, "values")
    if len(values) != 1:
        return f"{len(values)} {unit}"
    if kind == "bytes":
        return f"{len(values[0]):,} bytes"
    return f"{'integer' if kind == 'int64' else 'float'} {values[0]:g}"
