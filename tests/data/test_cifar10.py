"""CIFAR-10: the binary files as they are, and the JPEG copy; made up, but for some pictures of the real copy."""

from __future__ import annotations

import io
import os
import tarfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from pyarrow import parquet
from tests.data.made_up_pictures import encoded, write_parquet

from wattlab.data import cifar10, download, load
from wattlab.data.cifar10 import CIFAR10_CLASSES, CIFAR10_SHA256
from wattlab.data.download import DATA_VARIABLE
from wattlab.errors import DataError, DownloadError

if TYPE_CHECKING:
    from numpy.typing import NDArray

COUNT = 20
REAL = os.environ.get(DATA_VARIABLE) or Path(__file__).resolve().parents[2].parent / "shared" / "datasets"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of WATTLAB_DATA; nothing can be downloaded."""
    (tmp_path / "data").mkdir()
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "data"))
    monkeypatch.setattr(download, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setitem(download.ARCHIVES, "cifar10", download.Remote((), {}))
    return tmp_path / "data"


@pytest.fixture
def original(place: Path, monkeypatch: pytest.MonkeyPatch) -> NDArray[np.uint8]:
    """Write six files in the binary version's format; return what is in them, (6, pictures, 1 + 3072)."""
    draws = np.random.default_rng(0)
    records = draws.integers(0, 256, (6, COUNT, 3073), np.uint8)
    records[:, :, 0] = np.arange(COUNT) % 10
    folder = place / "cifar10" / "cifar-10-batches-bin"
    folder.mkdir(parents=True)
    for name, content in zip(CIFAR10_SHA256, records, strict=True):
        (folder / name).write_bytes(content.tobytes())
        monkeypatch.setitem(cifar10.CIFAR10_SHA256, name, sha256(content.tobytes()).hexdigest())
    return records


@pytest.fixture
def jpeg(place: Path) -> Path:
    """Write a JPEG copy of twenty pictures a part."""
    for number, part in enumerate(("train", "test")):
        pictures = [encoded(100 * number + row, (32, 32), kind="JPEG") for row in range(COUNT)]
        write_parquet(
            place / "cifar10-jpeg" / f"{part}.parquet", pictures, [row % 10 for row in range(COUNT)]
        )
    return place / "cifar10-jpeg"


def packed(folder: Path, archive: Path) -> Path:
    """Put the files into an archive as the data set's page has it, and remove them."""
    with tarfile.open(archive, "w:gz") as opened:
        opened.add(folder, folder.name)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    return archive


@pytest.mark.parametrize("cache", ["disk", "memory"])
def test_the_original_has_one_plane_a_channel(original: NDArray[np.uint8], cache: str) -> None:
    dataset = load("cifar10", cache=cache)
    assert [part.n_samples for part in dataset.parts().values()] == [5 * COUNT, COUNT]
    assert dataset.image_shape == (32, 32, 3)
    assert dataset.classes == CIFAR10_CLASSES
    assert "CIFAR-10, original, from " in dataset.source
    planes = original[1, 3, 1:].reshape(3, 32, 32)
    picture = dataset.train.features[COUNT + 3].reshape(32, 32, 3)
    for channel in range(3):
        assert np.array_equal(picture[..., channel], planes[channel])
    assert dataset.train.labels[COUNT + 3] == original[1, 3, 0] == 3


def test_the_archive_is_read_as_it_is(original: NDArray[np.uint8], place: Path) -> None:
    unpacked = load("cifar10")
    packed(place / "cifar10" / "cifar-10-batches-bin", place / "cifar10" / "cifar-10-binary.tar.gz")
    assert load("cifar10").fingerprint == unpacked.fingerprint
    assert [path.name for path in (place / "cifar10").iterdir()] == ["cifar-10-binary.tar.gz"]


def test_auto_takes_the_original_before_the_copy(original: NDArray[np.uint8], jpeg: Path) -> None:
    assert "original" in load("cifar10").source
    assert load("cifar10").fingerprint == load("cifar10", copy="original").fingerprint
    assert "JPEG copy, slightly harder than the original" in load("cifar10", copy="jpeg").source


def test_auto_takes_the_copy_where_there_is_no_original(jpeg: Path) -> None:
    dataset = load("cifar10")
    assert str(jpeg) in dataset.source
    assert dataset.classes == CIFAR10_CLASSES
    first = parquet.read_table(jpeg / "test.parquet").column("image")[0].as_py()["bytes"]
    assert np.array_equal(dataset.test.features[0], np.asarray(Image.open(io.BytesIO(first))).reshape(-1))
    with pytest.raises(DownloadError, match="'cifar10' is not on this machine and could not be downloaded"):
        load("cifar10", copy="original")


def test_nothing_is_here() -> None:
    with pytest.raises(DownloadError, match=r"holds cifar10/cifar-10-binary.tar.gz"):
        load("cifar10")
    with pytest.raises(
        DataError, match=r"there is no cifar10-jpeg/train.parquet and test.parquet in .*data'"
    ):
        load("cifar10", copy="jpeg")
    with pytest.raises(DataError, match='option copy is \'png\'; expected "auto" or "original" or "jpeg"'):
        load("cifar10", copy="png")


def test_another_content_is_noticed(original: NDArray[np.uint8], place: Path) -> None:
    path = place / "cifar10" / "cifar-10-batches-bin" / "data_batch_2.bin"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match=r"data_batch_2.bin' in .* does not hold what CIFAR-10's does"):
        load("cifar10")


def test_a_truncated_archive(original: NDArray[np.uint8], place: Path) -> None:
    folder = place / "cifar10" / "cifar-10-batches-bin"
    archive = packed(folder, place / "cifar10" / "cifar-10-binary.tar.gz")
    archive.write_bytes(archive.read_bytes()[:-1000])
    with pytest.raises(DataError, match=r"cifar-10-binary.tar.gz' is damaged or truncated"):
        load("cifar10")


def test_some_pictures_of_the_real_copy(place: Path) -> None:
    real = Path(REAL) / "cifar10-jpeg"
    if not (real / "test.parquet").is_file():
        pytest.skip("the JPEG copy of CIFAR-10 is not here")
    (place / "cifar10-jpeg").mkdir()
    for part in ("train", "test"):
        rows = parquet.ParquetFile(real / f"{part}.parquet").read_row_group(0).slice(0, 300)
        parquet.write_table(rows, place / "cifar10-jpeg" / f"{part}.parquet")
    dataset = load("cifar10")
    table = parquet.read_table(place / "cifar10-jpeg" / "train.parquet").to_pylist()
    assert dataset.train.labels.tolist() == [row["label"] for row in table]
    for row in (0, 17, 299):
        expected = np.asarray(Image.open(io.BytesIO(table[row]["img"]["bytes"])).convert("RGB"))
        assert np.array_equal(dataset.train.features[row], expected.reshape(-1))
        assert table[row]["img"]["path"].startswith(CIFAR10_CLASSES[dataset.train.labels[row]])
