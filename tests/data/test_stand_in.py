"""What stands in for data that is not here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.data.made_up_pictures import encoded, fill, write_parquet

from wattlab.data import download, load
from wattlab.data.catalog import stand_in
from wattlab.data.download import DATA_VARIABLE
from wattlab.errors import DataError
from wattlab.recipe.recipe import Data

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of WATTLAB_DATA, which is empty, like the cache."""
    (tmp_path / "data").mkdir()
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "data"))
    monkeypatch.setattr(download, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("name", "options", "shape"),
    [
        ("mnist", {}, (28, 28, 1)),
        ("fashion-mnist", {}, (28, 28, 1)),
        ("cifar10", {}, (32, 32, 3)),
        ("imagenette", {}, (256, 256, 3)),
        ("imagenette", {"size": 16}, (16, 16, 3)),
        ("nowhere/pictures", {"size": 12}, (12, 12, 3)),
        ("gone.parquet", {"size": 12}, (12, 12, 3)),
    ],
)
def test_shapes_and_classes_are_those_of_what_is_not_here(
    name: str, options: dict[str, Any], shape: tuple[int, int, int]
) -> None:
    data = Data(dataset=name, options=options, validation_fraction=0.2)
    made = stand_in(data, 50)
    assert made is not None
    dataset = load(made)
    assert dataset.name == "synthetic-images"
    assert dataset.source.startswith("synthetic: ")
    assert dataset.image_shape == shape
    assert dataset.n_outputs == 10
    assert dataset.validation is not None
    assert dataset.train.n_samples + dataset.validation.n_samples == 50


def test_few_samples_are_still_two_a_class() -> None:
    made = stand_in(Data(dataset="nowhere/pictures", options={"size": 2}), 3, n_classes=7)
    assert made is not None
    assert load(made).train.n_samples == 14


@pytest.mark.parametrize("name", ["digits", "moons", "synthetic-images", "gone.csv", "unknown"])
def test_what_is_always_here_or_unknown_has_none(name: str) -> None:
    assert stand_in(Data(dataset=name), 50) is None


def test_what_is_here_has_none(place: Path) -> None:
    fill(place / "imagenette2" / "train", ("a", "b"), 2)
    for part in ("train", "test"):
        write_parquet(place / "cifar10-jpeg" / f"{part}.parquet", [encoded(0)], [0])
    for data in (
        Data(dataset="imagenette"),
        Data(dataset="cifar10"),
        Data(dataset=str(place / "imagenette2"), options={"size": 4}),
    ):
        assert stand_in(data, 50) is None
    assert stand_in(Data(dataset="cifar10", options={"copy": "original"}), 50) is not None


def test_a_copy_that_cannot_be_downloaded_has_one() -> None:
    assert stand_in(Data(dataset="cifar10", options={"copy": "jpeg"}), 50) is not None


@pytest.mark.parametrize("options", [{"size": 0}, {"size": -3}])
def test_where_the_size_is_unknown_there_is_none(options: dict[str, Any]) -> None:
    assert stand_in(Data(dataset="imagenette", options=options), 50) is None
    assert stand_in(Data(dataset="nowhere/pictures", options=options), 50) is None


@pytest.mark.parametrize(("name", "options"), [("imagenette", {"size": "big"}), ("cifar10", {"copy": "png"})])
def test_bad_options_are_refused(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(DataError, match=r"option (size|copy) is '(big|png)'; expected"):
        stand_in(Data(dataset=name, options=options), 50)
