"""Which images an id of a table may mean."""

import unicodedata

import pytest

from data_tools.formats.image_ids import Found, ImageIndex, ImageName

PATHS = ("siteA/001.jpg", "siteB/001.jpg", "siteA/002.PNG", "siteB/003.v2.gif", "siteB/x.tif")


@pytest.fixture
def index():
    return ImageIndex(ImageName(image, path) for image, path in enumerate(PATHS))


@pytest.mark.parametrize(
    ("image_id", "images", "excess"),
    [
        ("siteA/001.jpg", [0], ""),
        ("siteA/001", [0], ""),
        ("siteA\\001.jpg", [0], ""),
        ("./siteB//001.jpg", [1], ""),
        ("data/raw/siteB/001.jpg", [1], "data/raw"),
        ("/data/siteB/001", [1], "data"),
        ("001.jpg", [0, 1], ""),
        ("001", [0, 1], ""),
        ("002", [2], ""),
        ("002.png", [2], ""),
        ("003.v2", [3], ""),
        ("siteB/003.v2.GIF", [3], ""),
        # Another folder, a part of a folder's name, a part of a file's name, another letter case.
        ("siteC/001.jpg", [], ""),
        ("siteA/003.v2", [], ""),
        ("B/001.jpg", [], ""),
        ("01.jpg", [], ""),
        ("003", [], ""),
        ("SiteA/001.jpg", [], ""),
        ("x.dcm", [], ""),
        ("", [], ""),
        ("siteA", [], ""),
    ],
)
def test_an_id_means_the_images_whose_paths_agree_as_far_as_it_goes(
    index, image_id, images, excess
):
    assert index.find(image_id) == Found(images, excess)


def test_a_suffix_selects_an_image_and_another_suffix_is_told():
    index = ImageIndex([ImageName(0, "a/1.png"), ImageName(1, "a/1.gif"), ImageName(2, "a/2")])
    assert index.find("1.gif") == Found([1])
    assert index.find("1") == Found([0, 1])
    assert index.find("1", suffix=".GIF") == Found([1])
    assert index.find("1", suffix=".bmp") == Found([])
    assert index.find("a/1.bmp") == Found([0, 1], has_other_suffix=True)
    assert index.find("2") == Found([2])


def test_composed_and_decomposed_characters_are_one():
    composed = "Kläre/é.png"
    decomposed = unicodedata.normalize("NFD", composed)
    assert decomposed != composed
    for path, image_id in ((composed, decomposed), (decomposed, composed)):
        assert ImageIndex([ImageName(0, path)]).find(image_id) == Found([0])


def test_an_image_is_found_by_each_of_its_names():
    """Image 1 was called x/1.png in the source named s, so x/1.png may be either of the two."""
    index = ImageIndex(
        [ImageName(0, "x/1.png"), ImageName(1, "x/1_2.png"), ImageName(1, "x/1.png", "s")]
    )
    assert index.find("x/1.png").images == [0, 1]
    assert index.find("s/x/1.png").images == [1]
    assert index.find("1_2").images == [1]
