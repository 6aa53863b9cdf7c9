"""CIFAR-10: the original, or a copy whose pictures were packed as JPEG."""

from __future__ import annotations

import tarfile
import zlib
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.data.download import data_folders, fetch
from wattlab.data.pictures.album import Album, Found, file_facts
from wattlab.data.pictures.options import PictureOptions, check_choices
from wattlab.data.pictures.parquet import find_parquet
from wattlab.data.pictures.reading import read_pictures
from wattlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from wattlab.data.pictures.album import Encoded
    from wattlab.data.raw import RawData
    from wattlab.recipe.recipe import Data

__all__ = ["CIFAR10_CLASSES", "CIFAR10_SHA256", "cifar10", "find_cifar10"]

CIFAR10_CLASSES: Final = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
CIFAR10_SHA256 = {
    "data_batch_1.bin": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
    "data_batch_2.bin": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
    "data_batch_3.bin": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
    "data_batch_4.bin": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
    "data_batch_5.bin": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
    "test_batch.bin": "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
}
"""Of the files of the binary version: name and SHA-256. They were looked up, not computed here."""
_ARCHIVE: Final = "cifar-10-binary.tar.gz"
_FOLDER: Final = "cifar-10-batches-bin"
_SHAPE: Final = (3, 32, 32)


def cifar10(data: Data, *, copy: str, cache: str) -> RawData:
    """Return CIFAR-10: 50,000 training and 10,000 test pictures of 32 × 32 pixels in ten classes, uint8.

    Parameters
    ----------
    data : Data
        The recipe's part on data.
    copy : "auto", "original" or "jpeg"
        Which copy; auto: the original if it is here, else the JPEG copy if that is here, else the original,
        downloaded. Networks reach slightly less on the JPEG copy.
    cache : "disk" or "memory"
        Where decoded pictures are kept.

    Raises
    ------
    wattlab.errors.DataError
        If the files cannot be had or hold something else.

    References
    ----------
    A. Krizhevsky, "Learning multiple layers of features from tiny images", University of Toronto, 2009.
    """
    options = PictureOptions("cifar10", cache=cache)
    place = find_cifar10(copy)
    if place is None and copy == "jpeg":
        raise DataError(
            "data 'cifar10': option copy is 'jpeg', but there is no cifar10-jpeg/train.parquet and test.parquet in "
            f"{' or '.join(repr(str(folder)) for folder in data_folders())}; put them there, or set copy = "
            '"original"'
        )
    place = place or fetch("cifar10", _ARCHIVE)
    if place.name == "cifar10-jpeg":
        found = find_parquet(place, "label", name="cifar10", class_names=CIFAR10_CLASSES)
        source = f"CIFAR-10, JPEG copy, slightly harder than the original, from {place}"
        return read_pictures(replace(found, source=source), data, options)
    return read_pictures(_original(place), data, options)


def find_cifar10(copy: str) -> Path | None:
    """Return where a copy lies: a folder, or the archive of the original; None where it does not.

    Parameters
    ----------
    copy : "auto", "original" or "jpeg"
        Which; auto: the original before the other.

    Raises
    ------
    wattlab.errors.DataError
        If there is no such copy.
    """
    finders = {"auto": (_find_original, _find_jpeg), "original": (_find_original,), "jpeg": (_find_jpeg,)}
    check_choices("cifar10", {"copy": copy}, {"copy": tuple(finders)})
    return next((place for find in finders[copy] if (place := find()) is not None), None)


def _find_original() -> Path | None:
    for folder in (place for base in data_folders() for place in (base / "cifar10", base)):
        if all((folder / _FOLDER / name).is_file() for name in CIFAR10_SHA256):
            return folder / _FOLDER
        if (folder / _ARCHIVE).is_file():
            return folder / _ARCHIVE
    return None


def _find_jpeg() -> Path | None:
    places = (folder / "cifar10-jpeg" for folder in data_folders())
    files = ("train.parquet", "test.parquet")
    return next((place for place in places if all((place / file).is_file() for file in files)), None)


@dataclass(frozen=True)
class _BinaryAlbum(Album):
    """Records of one byte for the class and 3072 for the red, the green and the blue channel, row by row.

    Parameters
    ----------
    place : Path
        The folder of the files, or the archive.
    names : tuple of str
        Of the files.
    """

    place: Path
    names: tuple[str, ...]

    @cached_property
    def records(self) -> NDArray[np.uint8]:
        """All records, of shape (n_pictures, 3073)."""
        contents = _from_archive(self.place, self.names) if self.place.is_file() else self._from_folder()
        for name, content in zip(self.names, contents, strict=True):
            _check(self.place, name, content)
        return np.frombuffer(b"".join(contents), np.uint8).reshape(-1, 1 + int(np.prod(_SHAPE)))

    @property
    def labels(self) -> NDArray[Any]:
        """The class of each picture."""
        return self.records[:, 0].astype(np.int64)

    def blocks(self, rows: NDArray[np.int64], size: int) -> Iterator[tuple[NDArray[np.int64], list[Encoded]]]:
        """Yield pixels, the channels last."""
        for start in range(0, len(rows), size):
            chosen = rows[start : start + size]
            yield chosen, list(self.records[chosen, 1:].reshape(-1, *_SHAPE).transpose(0, 2, 3, 1))

    def where(self, row: int) -> str:
        """Return the number of the record."""
        return f"record {row} (counting from 0) of {str(self.place)!r}"

    def _from_folder(self) -> list[bytes]:
        return [(self.place / name).read_bytes() for name in self.names]


def _original(place: Path) -> Found:
    names = tuple(CIFAR10_SHA256)
    files = [place] if place.is_file() else [place / name for name in names]
    return Found(
        name="cifar10",
        source=f"CIFAR-10, original, from {place}",
        albums={"training": _BinaryAlbum(place, names[:5]), "test": _BinaryAlbum(place, names[5:])},
        class_names=CIFAR10_CLASSES,
        files=file_facts(files),
    )


def _from_archive(archive: Path, names: tuple[str, ...]) -> list[bytes]:
    """Return the content of files inside an archive, which is not unpacked."""
    try:
        with tarfile.open(archive, "r:gz") as opened:
            found = {member.name: opened.extractfile(member) for member in opened if member.isfile()}
            files = [found.get(f"{_FOLDER}/{name}") for name in names]
            return [b"" if file is None else file.read() for file in files]
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise DataError(
            f"data file {str(archive)!r} is damaged or truncated ({error}); fetch it again"
        ) from error


def _check(place: Path, name: str, content: bytes) -> None:
    found = sha256(content).hexdigest()
    if found != CIFAR10_SHA256[name]:
        raise DataError(
            f"{name!r} in {str(place)!r} does not hold what CIFAR-10's does (SHA-256 {found[:12]}…, expected "
            f"{CIFAR10_SHA256[name][:12]}…, {len(content):,} of 30,730,000 bytes); fetch it again"
        )
