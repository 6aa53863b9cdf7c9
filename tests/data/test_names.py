"""Names that are made when they are asked for."""

from __future__ import annotations

import sys

import pytest

from wattlab.data.names import NumberedNames, PixelNames


def test_names_of_pixels_of_one_channel() -> None:
    assert list(PixelNames((2, 2, 1))) == ["pixel_0_0", "pixel_0_1", "pixel_1_0", "pixel_1_1"]


def test_names_of_pixels_of_several_channels() -> None:
    assert list(PixelNames((1, 2, 2))) == ["pixel_0_0_0", "pixel_0_0_1", "pixel_0_1_0", "pixel_0_1_1"]


def test_they_are_counted_from_both_ends() -> None:
    names = NumberedNames(3)
    assert (names[0], names[-1], names[1:]) == ("feature_0", "feature_2", ("feature_1", "feature_2"))
    with pytest.raises(IndexError):
        names[3]


def test_many_names_take_no_room() -> None:
    names = PixelNames((256, 256, 3))
    assert len(names) == 196_608
    assert "pixel_255_0_2" in names
    assert sum(map(sys.getsizeof, vars(names).values())) < 500
