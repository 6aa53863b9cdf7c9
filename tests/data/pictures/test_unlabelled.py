"""Pictures to predict for: decoded and resized as those that were learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from tests.data.made_up_pictures import encoded, write_parquet

from wattlab.data import load
from wattlab.data.unlabelled import read_samples, resizes
from wattlab.errors import DataError
from wattlab.recipe.recipe import Data

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = (6, 5, 3)


def test_one_picture_and_a_folder_of_them(folder: Path) -> None:
    test = load(str(folder)).test.features
    pig = folder / "val" / "pig"
    assert np.array_equal(read_samples(pig / "1.png", None, image_shape=SHAPE).features, test[4:5])
    assert np.array_equal(read_samples(pig, None, image_shape=SHAPE).features, test[3:])
    assert np.array_equal(read_samples(folder / "val", None, image_shape=SHAPE).features, test)
    assert read_samples(folder / "val", None, image_shape=SHAPE).names[4] == "pig/1.png"  # type: ignore[index]
    assert read_samples(pig / "1.png", None, image_shape=SHAPE).names is None


def test_broken_ones_are_left_out_and_told_where_that_is_asked_for(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = read_samples(folder / "val", None, image_shape=SHAPE)
    (folder / "val" / "n01440764" / "0.png").write_bytes(b"?")
    found = read_samples(folder / "val", None, image_shape=SHAPE, skip_undecodable=True)
    assert np.array_equal(found.features, whole.features[1:])
    assert found.names == whole.names[1:]  # type: ignore[index]
    assert "1 picture that cannot be decoded left out: " in capsys.readouterr().err
    path = write_parquet(tmp_path / "a.parquet", [b"?", encoded(1), encoded(2)], [0, 0, 0])
    assert read_samples(path, None, image_shape=SHAPE, skip_undecodable=True).names == ("1", "2")
    (tmp_path / "b.png").write_bytes(b"?")
    with pytest.raises(DataError, match=r"none of the pictures can be decoded, such as .*b.png"):
        read_samples(tmp_path / "b.png", None, image_shape=SHAPE, skip_undecodable=True)


def test_parquet_with_and_without_labels(tmp_path: Path) -> None:
    pictures = [encoded(seed) for seed in range(4)]
    path = write_parquet(tmp_path / "set" / "train.parquet", pictures, [0, 1, 0, 1])
    expected = [np.asarray(Image.open(tmp_path / f"{seed}.png")) for seed in range(4) if save(tmp_path, seed)]
    found = read_samples(path, None, image_shape=SHAPE).features
    assert np.array_equal(found.reshape(4, *SHAPE), expected)
    assert np.array_equal(read_samples(tmp_path / "set", None, image_shape=SHAPE).features, found)


def save(folder: Path, seed: int) -> int:
    return (folder / f"{seed}.png").write_bytes(encoded(seed))


def test_they_are_resized_where_those_learned_from_were(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded(0, (20, 30), mode="L"))
    expected = Image.open(tmp_path / "a.png").convert("RGB").resize((5, 6), Image.Resampling.BILINEAR)
    found = read_samples(tmp_path / "a.png", None, image_shape=SHAPE, resized=True).features
    assert np.array_equal(found.reshape(SHAPE), np.asarray(expected))
    with pytest.raises(
        DataError,
        match=r"learned from has 6 rows × 5 columns, but .*a.png' has 20 rows × 30 columns; resize it",
    ):
        read_samples(tmp_path / "a.png", None, image_shape=SHAPE)


def test_which_data_is_resized() -> None:
    assert resizes(Data(dataset="imagenette"))
    assert not resizes(Data(dataset="cifar10"))
    assert not resizes(Data(dataset="some/folder"))
    assert resizes(Data(dataset="some/folder", options={"size": 64}))


def test_what_cannot_be_predicted_for(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded(0)[:60])
    with pytest.raises(DataError, match=r"a.png' cannot be decoded.*take it out, or .* --skip-undecodable$"):
        read_samples(tmp_path / "a.png", None, image_shape=SHAPE)
    with pytest.raises(DataError, match=r"a.png' is a picture, but the model was trained on no images"):
        read_samples(tmp_path / "a.png", None)
    with pytest.raises(DataError, match=r"trained on images of 2 channels"):
        read_samples(tmp_path / "a.png", None, image_shape=(6, 5, 2))
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"empty' holds no pictures \(.bmp, .*; give another"):
        read_samples(tmp_path / "empty", None, image_shape=SHAPE)
