"""Compressed TFRecord files are unpacked once."""

import gzip
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from image_folders import jpeg
from tensorflow_records import write_records

from data_tools.errors import InputError
from data_tools.formats.compressed_shards import unpacked_shard
from data_tools.formats.tfrecord import frame_record, masked_crc, read_records
from data_tools.sources import open_source

RECORDS = [{"image": jpeg(number), "label": number} for number in range(3)]


@pytest.mark.parametrize("compression", ["GZIP", "ZLIB"])
def test_a_compressed_file_is_read_whatever_its_suffix(compression, tmp_path):
    write_records(tmp_path / "a.tfrecord", RECORDS, compression)
    examples = open_source(tmp_path).examples
    assert [example.read() for example in examples] == [record["image"] for record in RECORDS]


def test_a_file_is_unpacked_once_until_it_changes(tmp_path):
    file = write_records(tmp_path / "a.tfrecord.gz", RECORDS, "GZIP")
    first = unpacked_shard(str(file))
    assert Path(first).name == "a.tfrecord.gz"
    assert unpacked_shard(str(file)) == first != str(file)
    file.write_bytes(gzip.compress(frame_record(b"other")))
    assert [record.data for record in read_records(unpacked_shard(str(file)))] == [b"other"]


def test_concatenated_files_are_one(tmp_path):
    file = tmp_path / "a.tfrecord"
    file.write_bytes(gzip.compress(frame_record(b"one")) + gzip.compress(frame_record(b"two")))
    records = list(read_records(unpacked_shard(str(file))))
    # A frame of 3 bytes takes 8 + 4 + 3 + 4 = 19.
    assert records == [(0, b"one"), (19, b"two")]


@pytest.mark.parametrize("magic", [b"\x1f\x8b", b"\x78\x9c"])
def test_a_length_that_looks_compressed_is_a_length(magic, tmp_path):
    file = tmp_path / "a.tfrecord"
    data = frame_record(b"x" * int.from_bytes(magic, "little"))
    file.write_bytes(data)
    assert data.startswith(magic)
    assert masked_crc(data[:8]) == int.from_bytes(data[8:12], "little")
    assert unpacked_shard(str(file)) == str(file)


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
def test_a_damaged_file_is_named_with_the_byte(compress, tmp_path):
    file = tmp_path / "a.tfrecord"
    data = compress(frame_record(bytes(range(256)) * 8))
    file.write_bytes(data[:-10])
    with pytest.raises(InputError, match=f"{file} is truncated at byte {len(data) - 10}; copy"):
        unpacked_shard(str(file))
    file.write_bytes(data[:40] + b"\xff\xff\xff\xff" + data[44:])
    with pytest.raises(InputError, match=f"{file} is damaged before byte {len(data)} "):
        unpacked_shard(str(file))


PROGRAM = """
import sys, tempfile
from data_tools.sources import open_source
from data_tools.workers import ordered_results

def read(example):
    return len(example.read())

if __name__ == "__main__":
    examples = open_source(sys.argv[1]).examples
    import threading
    done = threading.Event()
    threading.Thread(target=done.wait).start()  # With a second thread, workers are spawned.
    with ordered_results(read, list(examples), 2) as sizes:
        print(*sizes)
    done.set()
    print(examples[0].load.shard)
"""


def test_spawned_workers_read_the_unpacked_file_which_is_removed_at_the_end(tmp_path):
    file = write_records(tmp_path / "a.tfrecord.gz", RECORDS, "GZIP")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    finished = subprocess.run(
        [sys.executable, program, file], capture_output=True, text=True, check=True
    )
    sizes, unpacked = finished.stdout.splitlines()
    assert sizes == " ".join(str(len(record["image"])) for record in RECORDS)
    assert not Path(unpacked).parent.exists()
    assert finished.stderr == ""
