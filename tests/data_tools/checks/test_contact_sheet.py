"""Contact sheets."""

import numpy as np
import pytest

from data_tools.checks.contact_sheet import contact_sheet


def test_a_contact_sheet_shows_each_image_in_its_cell():
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 255
    wide = np.full((10, 20, 1), 7, np.uint8)
    sheet = np.asarray(contact_sheet([[red], [red, wide]], cell=20))
    # Without captions, cells of 20 pixels start at 4 and are 24 apart.
    assert sheet.shape == (52, 52, 3)
    assert (sheet[4:24, 4:24] == (255, 0, 0)).all()
    assert (sheet[4:24, 28:48] == 255).all()
    assert (sheet[33:43, 28:48] == 7).all()
    assert (sheet[28:33, 28:48] == 255).all()
    with pytest.raises(ValueError, match="no image"):
        contact_sheet([[]])
