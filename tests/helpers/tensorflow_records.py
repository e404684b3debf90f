"""TFRecord files written by TensorFlow, as other programs write them."""

from collections.abc import Iterable, Mapping
from pathlib import Path


def write_records(file: Path, records: Iterable[Mapping], compression: str = "") -> Path:
    """Write records with one value, or a list of values, per key, and return the file.

    Args:
      file: file to write; its folder is created.
      records: values by key: bytes, int, float or a list of one of these.
      compression: "", "GZIP" or "ZLIB".
    """
    import tensorflow as tf

    file.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(file), compression) as writer:
        for record in records:
            feature = {key: _feature(tf, value) for key, value in record.items()}
            example = tf.train.Example(features=tf.train.Features(feature=feature))
            writer.write(example.SerializeToString())
    return file


def _feature(tf, value):
    values = value if isinstance(value, list) else [value]
    if values and isinstance(values[0], bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    if values and isinstance(values[0], float):
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
