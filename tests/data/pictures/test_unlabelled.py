"""Pictures to predict for: decoded and resized as those that were learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from tests.data.made_up_pictures import encoded, write_parquet

from wattlab.data import load
from wattlab.data.pictures.unlabelled import picture_names
from wattlab.data.unlabelled import read_features, resizes
from wattlab.errors import DataError
from wattlab.recipe.recipe import Data

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = (6, 5, 3)


def test_one_picture_and_a_folder_of_them(folder: Path) -> None:
    test = load(str(folder)).test.features
    pig = folder / "val" / "pig"
    assert np.array_equal(read_features(pig / "1.png", None, image_shape=SHAPE), test[4:5])
    assert np.array_equal(read_features(pig, None, image_shape=SHAPE), test[3:])
    assert np.array_equal(read_features(folder / "val", None, image_shape=SHAPE), test)
    assert picture_names(folder / "val")[4] == "pig/1.png"  # type: ignore[index]
    assert picture_names(pig / "1.png") is None


def test_parquet_with_and_without_labels(tmp_path: Path) -> None:
    pictures = [encoded(seed) for seed in range(4)]
    path = write_parquet(tmp_path / "set" / "train.parquet", pictures, [0, 1, 0, 1])
    expected = [np.asarray(Image.open(tmp_path / f"{seed}.png")) for seed in range(4) if save(tmp_path, seed)]
    found = read_features(path, None, image_shape=SHAPE)
    assert np.array_equal(found.reshape(4, *SHAPE), expected)
    assert np.array_equal(read_features(tmp_path / "set", None, image_shape=SHAPE), found)


def save(folder: Path, seed: int) -> int:
    return (folder / f"{seed}.png").write_bytes(encoded(seed))


def test_they_are_resized_where_those_learned_from_were(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded(0, (20, 30), mode="L"))
    expected = Image.open(tmp_path / "a.png").convert("RGB").resize((5, 6), Image.Resampling.BILINEAR)
    found = read_features(tmp_path / "a.png", None, image_shape=SHAPE, resized=True)
    assert np.array_equal(found.reshape(SHAPE), np.asarray(expected))
    with pytest.raises(
        DataError, match=r"learned from has 6 × 5 pixels, but .*a.png' has 20 × 30; resize it to that"
    ):
        read_features(tmp_path / "a.png", None, image_shape=SHAPE)


def test_which_data_is_resized() -> None:
    assert resizes(Data(dataset="imagenette"))
    assert not resizes(Data(dataset="cifar10"))
    assert not resizes(Data(dataset="some/folder"))
    assert resizes(Data(dataset="some/folder", options={"size": 64}))


def test_what_cannot_be_predicted_for(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded(0)[:60])
    with pytest.raises(DataError, match=r"a.png' cannot be decoded.*again, or take it out$"):
        read_features(tmp_path / "a.png", None, image_shape=SHAPE)
    with pytest.raises(DataError, match=r"a.png' is a picture, but the model was trained on no images"):
        read_features(tmp_path / "a.png", None)
    with pytest.raises(DataError, match=r"trained on images of 2 channels"):
        read_features(tmp_path / "a.png", None, image_shape=(6, 5, 2))
