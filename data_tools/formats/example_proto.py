"""``tf.train.Example`` without TensorFlow: the same message, declared to the protobuf runtime.

Source: tensorflow/core/example/{example,feature}.proto, with the same field numbers.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from data_tools.errors import InputError

Value = bytes | int


class Feature(NamedTuple):
    """The values of a feature, and their kind: "bytes", "float", "int64", or "" for no list."""

    kind: str
    values: Sequence[bytes | float | int]


_PACKAGE = "gan_tf_data_tools"
_FIELD = descriptor_pb2.FieldDescriptorProto


def _message_class() -> type:
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{_PACKAGE}.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, scalar in (
        ("BytesList", _FIELD.TYPE_BYTES),
        ("FloatList", _FIELD.TYPE_FLOAT),
        ("Int64List", _FIELD.TYPE_INT64),
    ):
        message = file.message_type.add(name=name)
        message.field.add(name="value", number=1, type=scalar, label=_FIELD.LABEL_REPEATED)
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    for number, (name, kind) in enumerate(
        (("bytes_list", "BytesList"), ("float_list", "FloatList"), ("int64_list", "Int64List")), 1
    ):
        field = _add_message_field(feature, name, number, kind)
        field.oneof_index = 0
    features = file.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=_FIELD.TYPE_STRING, label=_FIELD.LABEL_OPTIONAL)
    _add_message_field(entry, "value", 2, "Feature")
    field = _add_message_field(features, "feature", 1, "Features.FeatureEntry")
    field.label = _FIELD.LABEL_REPEATED
    example = file.message_type.add(name="Example")
    _add_message_field(example, "features", 1, "Features")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Example"))


def _add_message_field(
    message: descriptor_pb2.DescriptorProto, name: str, number: int, kind: str
) -> descriptor_pb2.FieldDescriptorProto:
    return message.field.add(
        name=name,
        number=number,
        type=_FIELD.TYPE_MESSAGE,
        type_name=f".{_PACKAGE}.{kind}",
        label=_FIELD.LABEL_OPTIONAL,
    )


_Example = _message_class()


def encode_example(features: Mapping[str, Value]) -> bytes:
    """Return a serialized ``tf.train.Example`` with one bytes or int64 value per feature.

    Equal features give equal bytes.
    """
    example = _Example()
    feature = example.features.feature
    for name, value in features.items():
        if isinstance(value, bytes):
            feature[name].bytes_list.value.append(value)
        else:
            feature[name].int64_list.value.append(value)
    return example.SerializeToString(deterministic=True)


def decode_example(data: bytes, name: str) -> dict[str, Value]:
    """Return the bytes and int64 features with a single value of a ``tf.train.Example``.

    Args:
      data: the serialized message.
      name: name in error messages.

    Raises:
      InputError: the bytes are not a ``tf.train.Example``.
    """
    values: dict[str, Value] = {}
    for key, value in _parsed(data, name).items():
        kind = value.WhichOneof("kind")
        if kind in ("bytes_list", "int64_list"):
            items = getattr(value, kind).value
            if len(items) == 1:
                values[key] = items[0]
    return values


def decode_features(data: bytes, name: str) -> dict[str, Feature]:
    """Return all features of a ``tf.train.Example``; see ``decode_example``."""
    features = {}
    for key, value in _parsed(data, name).items():
        kind = value.WhichOneof("kind")
        values = getattr(value, kind).value if kind else ()
        features[key] = Feature(kind.removesuffix("_list") if kind else "", values)
    return features


def _parsed(data: bytes, name: str) -> Mapping:
    try:
        return _Example.FromString(data).features.feature
    except DecodeError:
        raise InputError(f"{name} is not a tf.train.Example") from None
