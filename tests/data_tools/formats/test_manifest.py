"""The list of the real images that a generator was trained on."""

import tracemalloc

import pytest

from data_tools.formats.manifest import TrainedOnImage, read_trained_on, write_trained_on


def seen(number):
    return TrainedOnImage(f"{number:064x}", f"{number + 1:064x}", f"a/{number}.png")


def test_every_distinct_image_is_listed_once_in_the_order_of_its_first_mention(tmp_path):
    write_trained_on(tmp_path, map(seen, [3, 1, 3, 2, 1, 3, 4]))
    assert read_trained_on(tmp_path) == [seen(3), seen(1), seen(2), seen(4)]
    write_trained_on(tmp_path, map(seen, [5, 6]))
    assert read_trained_on(tmp_path) == [seen(5), seen(6)]
    # Without paths, images of equal content are one.
    anonymous = [seen(1).anonymized(), seen(2).anonymized()]
    write_trained_on(tmp_path, anonymous * 2)
    assert read_trained_on(tmp_path) == anonymous
    assert [path.name for path in tmp_path.iterdir()] == ["trained_on.jsonl"]


def test_without_images_there_is_no_list(tmp_path):
    write_trained_on(tmp_path, [])
    assert not any(tmp_path.iterdir())
    assert read_trained_on(tmp_path) == []


def test_an_error_in_the_middle_leaves_no_list(tmp_path):
    def images():
        yield seen(1)
        raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"):
        write_trained_on(tmp_path, images())
    assert not any(tmp_path.iterdir())


def test_a_long_list_takes_little_memory(tmp_path):
    tracemalloc.start()
    write_trained_on(tmp_path, map(seen, range(20_000)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The lines alone have 20,000 * 200 bytes = 4 MB; their hashes 8 bytes each, a few times over.
    assert peak < 2_000_000
    assert len(read_trained_on(tmp_path)) == 20_000
