"""What every data set of the catalog must do; a new one is tested by being listed."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
from tests.data.made_up_pictures import encoded, fill, write_parquet

from wattlab.data import Dataset, dataset_names, download, load
from wattlab.data.batches import batch_bounds, order
from wattlab.data.catalog import dataset_options
from wattlab.data.download import DATA_VARIABLE
from wattlab.data.idx import IDX_FILES
from wattlab.data.preparation import prepare
from wattlab.errors import DataError
from wattlab.recipe.preparation import Preparation

GENERATED = [name for name in dataset_names() if "seed" in dataset_options(name)]


@pytest.fixture(params=dataset_names())
def name(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every name; MNIST is skipped where its files are not, those of other sets that are downloaded are made up."""
    name = str(request.param)
    monkeypatch.setattr(download, "cache_folder", lambda: tmp_path / "cache")
    if name == "mnist":
        monkeypatch.setenv(DATA_VARIABLE, str(real_data()))
    if name in MADE_UP:
        MADE_UP[name](tmp_path)
        monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    return name


def real_data() -> Path:
    given = os.environ.get(DATA_VARIABLE)
    data = (Path(given) if given else Path(__file__).parents[2] / ".." / "shared" / "datasets").resolve()
    if not all((data / "mnist" / f"{file}.gz").is_file() for file in IDX_FILES):
        pytest.skip(f"the MNIST files are not in {data}; set {DATA_VARIABLE} to the folder that holds mnist/")
    return data


def make_up_fashion_mnist(place: Path) -> None:
    """Write four small files in Fashion-MNIST's format."""
    folder = place / "fashion-mnist"
    folder.mkdir()
    for images, labels, count in ((*IDX_FILES[:2], 60), (*IDX_FILES[2:], 20)):
        pixels = np.random.default_rng(count).integers(0, 256, count * 784, dtype=np.uint8)
        (folder / images).write_bytes(struct.pack(">HBB3I", 0, 8, 3, count, 28, 28) + pixels.tobytes())
        classes = (np.arange(count) % 10).astype(np.uint8)
        (folder / labels).write_bytes(struct.pack(">HBBI", 0, 8, 1, count) + classes.tobytes())


def make_up_cifar10(place: Path) -> None:
    """Write a JPEG copy of few pictures."""
    for part, count in (("train", 60), ("test", 20)):
        pictures = [encoded(count * row, (32, 32), kind="JPEG") for row in range(count)]
        write_parquet(
            place / "cifar10-jpeg" / f"{part}.parquet", pictures, [row % 10 for row in range(count)]
        )


def make_up_imagenette(place: Path) -> None:
    """Write three classes of few pictures."""
    for part, count in (("train", 12), ("val", 4)):
        fill(place / "imagenette" / part, ("n01440764", "n02102040", "n03888257"), count, first=count)


MADE_UP = {
    "fashion-mnist": make_up_fashion_mnist,
    "cifar10": make_up_cifar10,
    "imagenette": make_up_imagenette,
}


@pytest.fixture
def dataset(name: str) -> Dataset:
    return load(name)


def test_it_bears_its_name_and_says_where_it_is_from(name: str, dataset: Dataset) -> None:
    assert dataset.name == name
    assert dataset.source
    assert repr(dataset).startswith(f"Dataset({name!r}: {dataset.train.n_samples} training")


def test_shapes_and_types_are_as_promised(dataset: Dataset) -> None:
    assert len(dataset.feature_names) == len(set(dataset.feature_names)) == dataset.n_features
    for part in dataset.parts().values():
        assert part.features.shape == (part.n_samples, dataset.n_features)
        if dataset.task == "classification":
            assert part.labels.dtype == np.int64
            assert part.labels.shape == (part.n_samples,)
        else:
            assert part.labels.dtype.kind == "f"
            assert part.labels.shape == (part.n_samples, dataset.n_outputs)
    if dataset.image_shape is not None:
        assert np.prod(dataset.image_shape) == dataset.n_features


def test_every_class_has_a_name_and_is_in_both_parts(dataset: Dataset) -> None:
    if dataset.classes is None:
        return
    everything = set(range(len(dataset.classes)))
    assert set(dataset.train.labels.tolist()) == everything
    assert set(dataset.test.labels.tolist()) == everything


def test_arrays_are_read_only(dataset: Dataset) -> None:
    for part in dataset.parts().values():
        assert not part.features.flags.writeable
        assert not part.labels.flags.writeable


def test_loading_again_gives_the_same(name: str, dataset: Dataset) -> None:
    assert load(name).fingerprint == dataset.fingerprint


def test_a_validation_part_comes_out_of_the_training_part(name: str, dataset: Dataset) -> None:
    divided = load(name, validation_fraction=0.25)
    assert divided.validation is not None
    assert divided.train.n_samples + divided.validation.n_samples == dataset.train.n_samples
    assert abs(divided.validation.n_samples - dataset.train.n_samples / 4) <= max(1, dataset.n_outputs)
    assert np.array_equal(divided.test.features, dataset.test.features)


def test_it_can_be_prepared_and_dealt_out(dataset: Dataset) -> None:
    prepared = prepare(dataset, Preparation(after="standard"), np.float32)
    rows = order(0, 0, dataset.train.n_samples)
    start, stop = batch_bounds(len(rows), 10)[0]
    batch = prepared.train.features[rows[start:stop]]
    assert batch.shape == (10, dataset.n_features)
    assert np.isfinite(batch).all()


def test_unknown_options_are_refused(name: str) -> None:
    with pytest.raises(DataError, match=f"{name!r} has no option 'colour'"):
        load(name, colour="red")


@pytest.mark.parametrize("name", GENERATED)
def test_seed_decides_what_is_drawn(name: str) -> None:
    assert load(name, seed=1).fingerprint == load(name, seed=1).fingerprint != load(name, seed=2).fingerprint


@pytest.mark.parametrize("name", GENERATED)
def test_defaults_are_those_that_are_listed(name: str) -> None:
    assert load(name, **dataset_options(name)).fingerprint == load(name).fingerprint
