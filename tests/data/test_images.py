"""MNIST and Fashion-MNIST from a folder of the user's."""

from __future__ import annotations

import gzip
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from wattlab.data import load
from wattlab.data.download import DATA_VARIABLE
from wattlab.data.idx import IDX_FILES
from wattlab.data.images import FASHION_CLASSES
from wattlab.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.mnist
def test_real_mnist(real_mnist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(real_mnist.parent))
    dataset = load("mnist")
    assert dataset.train.features.shape == (60000, 784)
    assert dataset.test.features.shape == (10000, 784)
    assert dataset.train.features.dtype == np.uint8
    assert dataset.image_shape == (28, 28, 1)
    assert dataset.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(dataset.train.labels).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip
    assert np.bincount(dataset.test.labels).tolist() == [
        980,
        1135,
        1032,
        1010,
        982,
        892,
        958,
        1028,
        974,
        1009,
    ]
    assert (dataset.train.features.max(axis=0) == 0).sum() == 67  # pixels that are never lit


@pytest.mark.mnist
def test_real_mnist_with_a_validation_part(real_mnist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(real_mnist.parent))
    dataset = load("mnist", validation_fraction=1 / 6)
    assert [part.n_samples for part in dataset.parts().values()] == [50000, 10000, 10000]


@pytest.mark.mnist
def test_files_that_are_not_packed_are_mnist_too(
    real_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mnist").mkdir()
    for file in IDX_FILES:
        content = gzip.decompress((real_mnist / f"{file}.gz").read_bytes())
        (tmp_path / "mnist" / file).write_bytes(content)
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    assert load("mnist").train.n_samples == 60000


@pytest.mark.parametrize("packed", [True, False])
def test_another_data_set_in_mnist_s_place_is_noticed(
    idx_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    folder = shutil.copytree(idx_folder, tmp_path / "mnist")
    if not packed:
        content = gzip.decompress((folder / f"{IDX_FILES[0]}.gz").read_bytes())
        (folder / f"{IDX_FILES[0]}.gz").unlink()
        (folder / IDX_FILES[0]).write_bytes(content)
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    with pytest.raises(
        DataError, match=r"train-images.* does not hold what MNIST's does .*expected e9f4d8b3"
    ):
        load("mnist")


def test_truncation_is_called_truncation(
    idx_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shutil.copytree(idx_folder, tmp_path / "mnist") / f"{IDX_FILES[0]}.gz"
    path.write_bytes(path.read_bytes()[:-9])
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    with pytest.raises(DataError, match=r"train-images.* is truncated"):
        load("mnist")


def test_fashion_mnist_has_names_for_its_classes(
    idx_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(idx_folder, tmp_path / "fashion-mnist")
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    dataset = load("fashion-mnist")
    assert dataset.classes == FASHION_CLASSES
    assert dataset.classes[dataset.train.labels[3]] == "Dress"
