"""Which pictures a folder holds, and of which classes."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from tests.data.made_up_pictures import fill

from wattlab.data import load
from wattlab.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


def test_imagenettes_layout(folder: Path) -> None:
    dataset = load(str(folder))
    assert dataset.name == "things"
    assert dataset.classes == ("tench", "pig")
    assert [part.n_samples for part in dataset.parts().values()] == [16, 6]
    assert dataset.train.labels.tolist() == [0] * 8 + [1] * 8
    assert dataset.image_shape == (6, 5, 3)
    assert dataset.train.features.dtype == np.uint8
    expected = np.asarray(Image.open(folder / "val" / "pig" / "1.png")).reshape(-1)
    assert np.array_equal(dataset.test.features[4], expected)


@pytest.mark.parametrize("name", ["valid", "validation", "VAL"])
def test_a_folder_to_validate_on_is_one_where_another_is_there_to_test_on(
    folder: Path, tmp_path: Path, name: str
) -> None:
    (folder / "val").rename(tmp_path / "away")
    (tmp_path / "away").rename(folder / name)
    fill(folder / "test", ("pig",), 4, first=70)
    counts = {role: part.n_samples for role, part in load(str(folder)).parts().items()}
    assert counts == {"training": 16, "validation": 6, "test": 4}


def test_class_folders_alone_are_divided_by_seed(folder: Path) -> None:
    dataset = load(str(folder / "train"), test_fraction=0.25, validation_fraction=0.25)
    assert {role: np.bincount(part.labels).tolist() for role, part in dataset.parts().items()} == {
        "training": [4, 5],
        "validation": [2, 1],
        "test": [2, 2],
    }
    pixels = np.concatenate([part.features for part in dataset.parts().values()])
    assert len(np.unique(pixels, axis=0)) == 16
    other = load(str(folder / "train"), test_fraction=0.25, split_seed=1)
    assert not np.array_equal(other.test.features, dataset.test.features)


def test_a_validation_part_comes_out_of_the_training_part(folder: Path) -> None:
    dataset = load(str(folder), validation_fraction=0.25)
    assert [part.n_samples for part in dataset.parts().values()] == [12, 4, 6]


def test_other_files_and_hidden_folders_are_no_pictures(folder: Path) -> None:
    before = load(str(folder)).fingerprint
    (folder / "train" / "pig" / "notes.txt").write_text("no picture")
    (folder / "train" / ".cache").mkdir()
    (folder / "noisy.csv").write_text("a,b\n")
    assert load(str(folder)).fingerprint == before


def test_an_empty_class_folder_is_named(folder: Path) -> None:
    (folder / "train" / "cow").mkdir()
    with pytest.raises(DataError, match=r"train/cow' is a class without pictures; put some into it \(.bmp"):
        load(str(folder))


def test_pictures_without_class_folders(folder: Path) -> None:
    with pytest.raises(DataError, match=r"pig' holds no class folders; expected one folder a class"):
        load(str(folder / "train" / "pig"))


def test_a_class_that_training_lacks(folder: Path) -> None:
    shutil.copytree(folder / "val" / "pig", folder / "val" / "cow")
    with pytest.raises(DataError, match=r"class 'cow' is not among the 2 class folders of .*train'"):
        load(str(folder))


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        DataError, match=r"empty' holds no data; expected class folders with pictures, Parquet"
    ):
        load(str(tmp_path / "empty"))


def test_labels_are_folders_and_nothing_else(folder: Path) -> None:
    with pytest.raises(
        DataError, match=r"whose labels are the names of their folders, but data.label is 'x'"
    ):
        load(str(folder), label="x")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": -1}, "option size is -1; expected a number of pixels of at least 1, or 0"),
        ({"size": "big"}, "option size is 'big'; expected a whole number"),
        ({"cache": "ram"}, 'option cache is \'ram\'; expected "disk" or "memory"'),
        ({"undecodable": "guess"}, 'option undecodable is \'guess\'; expected "stop" or "skip"'),
        ({"colour": "red"}, "has no option 'colour'; allowed are size, cache, undecodable"),
    ],
)
def test_options_are_checked(folder: Path, options: dict[str, int | str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        load(str(folder), **options)
