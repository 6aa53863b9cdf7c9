"""One picture, against Pillow."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from tests.data.made_up_pictures import encoded

from wattlab.data.pictures.decoding import UndecodableError, decode, look_at

if TYPE_CHECKING:
    from pathlib import Path


def saved(picture: Image.Image, kind: str = "PNG") -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


def test_pixels_are_those_of_pillow(tmp_path: Path) -> None:
    content = encoded(0, (40, 30), kind="JPEG")
    (tmp_path / "a.jpg").write_bytes(content)
    expected = np.asarray(Image.open(BytesIO(content)))
    assert expected.shape == (40, 30, 3)
    assert np.array_equal(decode(content, 3), expected)
    assert np.array_equal(decode(tmp_path / "a.jpg", 3), expected)
    assert look_at(content) == ((40, 30), False)


def test_resizing_is_bilinear_and_ignores_proportions() -> None:
    content = encoded(1, (40, 30))
    expected = Image.open(BytesIO(content)).resize((16, 24), Image.Resampling.BILINEAR)
    assert np.array_equal(decode(content, 3, (24, 16)), np.asarray(expected))


def test_grey_has_one_channel_or_three_equal_ones() -> None:
    content = encoded(2, mode="L")
    assert look_at(content) == ((6, 5), True)
    assert decode(content, 1).shape == (6, 5, 1)
    assert np.array_equal(decode(content, 3), np.repeat(decode(content, 1), 3, axis=2))


def test_of_sixteen_bits_the_upper_eight_are_kept() -> None:
    pixels = np.array([[0, 255, 256, 65535]], np.uint16)
    assert decode(saved(Image.fromarray(pixels)), 1)[..., 0].tolist() == [[0, 0, 1, 255]]


def test_a_palette_with_transparency_is_looked_up() -> None:
    colours = Image.fromarray(np.array([[[255, 0, 0], [0, 0, 255]]], np.uint8)).quantize(4)
    colours.info["transparency"] = bytes([0, 128])
    buffer = BytesIO()
    colours.save(buffer, "PNG", transparency=bytes([0, 128]))
    assert decode(buffer.getvalue(), 3).tolist() == [[[255, 0, 0], [0, 0, 255]]]


def test_pixels_that_are_decoded_already_stay() -> None:
    pixels = np.zeros((4, 3, 1), np.uint8)
    assert decode(pixels, 1) is pixels
    assert look_at(pixels) == ((4, 3), True)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "there are no bytes"),
        (b"", "there are no bytes"),
        (b"no picture at all", "in no format that is known"),
        (encoded(3, (64, 64), kind="JPEG")[:900], "truncated"),
        (encoded(3, (64, 64))[:300], "truncated"),
        (encoded(3, (64, 64))[:20], "."),
        (saved(Image.fromarray(np.zeros((2, 2), np.float32)), "TIFF"), "32 bits a pixel"),
    ],
    ids=["gap", "empty", "text", "half a JPEG", "half a PNG", "a PNG's head", "floats"],
)
def test_what_cannot_be_decoded(content: bytes | None, reason: str) -> None:
    with pytest.raises(UndecodableError, match=reason):
        decode(content, 3)


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(UndecodableError, match="No such file"):
        decode(tmp_path / "gone.png", 3)
