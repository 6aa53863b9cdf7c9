"""Imagenette: where it is looked for, and how its archive is unpacked."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest
from tests.data.made_up_pictures import fill

from wattlab.data import download, imagenette, load
from wattlab.data.download import DATA_VARIABLE
from wattlab.data.imagenette import unpack
from wattlab.errors import DataError, DownloadError

if TYPE_CHECKING:
    from pathlib import Path

WNIDS = (
    "n01440764",
    "n02102040",
    "n02979186",
    "n03000684",
    "n03028079",
    "n03394916",
    "n03417042",
    "n03425413",
    "n03445777",
    "n03888257",
)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of WATTLAB_DATA; nothing can be downloaded."""
    (tmp_path / "data").mkdir()
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "data"))
    monkeypatch.setattr(download, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setitem(download.ARCHIVES, "imagenette", download.Remote((), {}))
    return tmp_path / "data"


def make_up(folder: Path) -> Path:
    fill(folder / "train", WNIDS, 2, size=(9, 7))
    fill(folder / "val", WNIDS, 1, first=5, size=(7, 9))
    return folder


@pytest.mark.parametrize(
    "name", ["imagenette2-320", "imagenette2", "imagenette/imagenette2-160", "imagenette"]
)
def test_it_is_found_by_its_folder(place: Path, name: str) -> None:
    make_up(place / name)
    dataset = load("imagenette", size=8)
    assert dataset.name == "imagenette"
    assert [part.n_samples for part in dataset.parts().values()] == [20, 10]
    assert dataset.image_shape == (8, 8, 3)
    assert str(place / name) in dataset.source
    assert dataset.classes == (
        "tench",
        "English springer",
        "cassette player",
        "chain saw",
        "church",
        "French horn",
        "garbage truck",
        "gas pump",
        "golf ball",
        "parachute",
    )


def test_a_download_is_unpacked_once(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "cache" / "imagenette" / "imagenette2-320.tgz"
    archive.parent.mkdir(parents=True)
    with tarfile.open(archive, "w:gz") as opened:
        opened.add(make_up(tmp_path / "made" / "imagenette2-320"), "imagenette2-320")
    monkeypatch.setattr(imagenette, "fetch", lambda dataset, file: archive)
    assert load("imagenette", size=8).train.n_samples == 20
    assert not archive.exists()
    monkeypatch.setattr(imagenette, "fetch", lambda *_: pytest.fail("downloaded again"))
    assert load("imagenette", size=8).train.n_samples == 20


def test_nothing_is_here(place: Path) -> None:
    with pytest.raises(
        DownloadError, match=r"imagenette' is not on this machine .* holds imagenette/imagenette2-320.tgz"
    ):
        load("imagenette")


@pytest.mark.parametrize("name", ["../outside.png", "/outside.png"])
def test_an_archive_cannot_write_elsewhere(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "inside" / "a.tgz"
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as opened:
        member = tarfile.TarInfo(name)
        member.size = 1
        opened.addfile(member, io.BytesIO(b"?"))
    with pytest.raises(DataError, match=r"a.tgz' is damaged"):
        unpack(archive, "a")
    assert [path.name for path in archive.parent.iterdir()] == ["a.tgz"]
    assert not list(tmp_path.glob("outside*"))


def test_a_truncated_archive_leaves_nothing(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tgz", "w:gz") as opened:
        opened.add(make_up(tmp_path / "a"), "a")
    (tmp_path / "a").rename(tmp_path / "elsewhere")
    (tmp_path / "a.tgz").write_bytes((tmp_path / "a.tgz").read_bytes()[:-500])
    with pytest.raises(DataError, match=r"a.tgz' is damaged .*; remove it and try again"):
        unpack(tmp_path / "a.tgz", "a")
    assert not (tmp_path / "a").exists()
    assert not (tmp_path / "a.partial").exists()
