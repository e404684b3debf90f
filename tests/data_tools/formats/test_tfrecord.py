"""Framing, checksums and offsets of TFRecords, intact and damaged."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_tools.errors import InputError
from data_tools.formats.example_proto import decode_example, encode_example
from data_tools.formats.tfrecord import (
    ShardWriter,
    frame_record,
    masked_crc,
    offsets_file,
    read_offsets,
    read_record,
    read_records,
)

FEATURES = {"image": b"\x00\xffpng", "label": 3, "height": 28, "group": b"", "zero": 0}


def write_shard(path, data):
    with ShardWriter(path) as writer:
        for one in data:
            writer.write(frame_record(one))


def offsets_of(shard):
    return read_offsets(str(shard), shard.stat().st_size, offsets_file(shard))


def test_checksums_are_masked():
    # CRC-32C of "123456789" is e3069283 (check value of RFC 3720); rotated right by 15 bits it is
    # 2507c60d, plus a282ead8 modulo 2**32 it is c78ab0e5.
    assert masked_crc(b"123456789") == 0xC78AB0E5


def test_records_and_messages_are_compatible_with_tensorflow(tmp_path):
    import tensorflow as tf

    data = [encode_example(FEATURES), b"", b"x" * 100_000]
    write_shard(tmp_path / "ours", data)
    assert [one.numpy() for one in tf.data.TFRecordDataset(str(tmp_path / "ours"))] == data
    with tf.io.TFRecordWriter(str(tmp_path / "theirs")) as writer:
        for one in data:
            writer.write(one)
    assert (tmp_path / "theirs").read_bytes() == (tmp_path / "ours").read_bytes()
    assert [record.data for record in read_records(tmp_path / "theirs")] == data

    example = tf.train.Example.FromString(data[0])
    assert example.features.feature["image"].bytes_list.value[:] == [b"\x00\xffpng"]
    assert example.features.feature["label"].int64_list.value[:] == [3]
    assert example.SerializeToString(deterministic=True) == data[0]
    assert decode_example(data[0], "x") == FEATURES


def test_records_are_read_by_offset(tmp_path):
    data = [bytes([n]) * n for n in range(20)]
    write_shard(tmp_path / "shard", data)
    offsets = np.load(offsets_file(tmp_path / "shard"))
    with open(tmp_path / "shard", "rb") as file:
        for number in (19, 0, 7):
            assert read_record(file, int(offsets[number]), "x") == data[number]
    offsets_file(tmp_path / "shard").unlink()
    np.testing.assert_array_equal(offsets_of(tmp_path / "shard"), offsets)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_mutated_shards_are_refused_or_yield_intact_records(tmp_path, data):
    original = [b"first", b"", b"the third record"]
    whole = bytearray(b"".join(map(frame_record, original)))
    for position in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=3)):
        whole[position] ^= data.draw(st.integers(0, 255))
    shard = tmp_path / "shard"
    shard.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    records = []
    try:
        for record in read_records(shard):
            records.append(record.data)
    except InputError:
        pass
    # A 32-bit checksum protects each record: records that are read are those that were written.
    assert records == original[: len(records)]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_arbitrary_bytes_are_refused_or_parsed(data):
    try:
        decode_example(data, "x")
    except InputError:
        pass


@pytest.mark.filterwarnings("ignore:Data type alias 'a'")  # A type that a mutation may name.
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_mutated_offsets_are_refused_or_point_to_no_record(tmp_path, data):
    write_shard(tmp_path / "shard", [b"one", b"two"])
    file = offsets_file(tmp_path / "shard")
    whole = bytearray(file.read_bytes())
    for position in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=3)):
        whole[position] ^= data.draw(st.integers(1, 255))
    file.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        for offset in offsets_of(tmp_path / "shard").tolist():
            with open(tmp_path / "shard", "rb") as stream:
                read_record(stream, offset, "x")
    except InputError:
        pass


def test_offsets_with_an_invalid_header_are_refused(tmp_path):
    write_shard(tmp_path / "shard", [b"one"])
    file = offsets_file(tmp_path / "shard")
    file.write_bytes(file.read_bytes().replace(b"(1,)", b")1,)"))
    with pytest.raises(InputError, match="is damaged"):
        offsets_of(tmp_path / "shard")
