"""Imagenette: ten classes of ImageNet that are told apart easily."""

from __future__ import annotations

import shutil
import tarfile
import zlib
from typing import TYPE_CHECKING, Final

from wattlab.data import download
from wattlab.data.download import alone, data_folders, fetch, storage_error
from wattlab.data.pictures.folders import find_folder
from wattlab.data.pictures.options import PictureOptions
from wattlab.data.pictures.reading import read_pictures
from wattlab.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.data.raw import RawData
    from wattlab.recipe.recipe import Data

__all__ = ["find_imagenette", "imagenette", "unpack"]

_ARCHIVE: Final = "imagenette2-320.tgz"
_FOLDERS: Final = ("imagenette2-320", "imagenette2", "imagenette2-160", "imagenette")


def imagenette(data: Data, *, size: int, cache: str, undecodable: str) -> RawData:
    """Return Imagenette: 9,469 training and 3,925 test pictures in ten classes, uint8.

    Parameters
    ----------
    data : Data
        The recipe's part on data.
    size : int
        Rows and columns that pictures are resized to. Unit: pixels.
    cache : "disk" or "memory"
        Where decoded pictures are kept.
    undecodable : "stop" or "skip"
        What happens to a picture that cannot be decoded.

    Raises
    ------
    wattlab.errors.DataError
        If the pictures cannot be had or are damaged.

    References
    ----------
    J. Howard, "Imagenette", 2019, https://github.com/fastai/imagenette
    """
    options = PictureOptions("imagenette", size, cache, undecodable)
    found = find_folder(find_imagenette() or _downloaded(), "imagenette")
    return read_pictures(found, data, options)


def find_imagenette() -> Path | None:
    """Return the folder of pictures, of whichever size, or None where there is none."""
    bases = [base for folder in data_folders() for base in (folder, folder / "imagenette")]
    places = (base / name for base in bases for name in _FOLDERS)
    return next((place for place in places if (place / "train").is_dir()), None)


def _downloaded() -> Path:
    """Have one process download and unpack; others wait, and find what it left."""
    with alone(download.cache_folder() / "imagenette" / "unpacking.lock", storage_error):
        return find_imagenette() or unpack(fetch("imagenette", _ARCHIVE), _FOLDERS[0])


def unpack(archive: Path, name: str) -> Path:
    """Unpack a downloaded archive beside itself and remove it; nothing half-unpacked bears the folder's name.

    Parameters
    ----------
    archive : Path
        Of tar, packed by gzip. What in it would lie elsewhere, or is no plain file, is refused.
    name : str
        Of the one folder inside.

    Raises
    ------
    wattlab.errors.DataError
        If the archive is damaged or holds something else.
    wattlab.errors.StorageError
        If there is no room.
    """
    place, partial = archive.with_name(name), archive.with_name(f"{name}.partial")
    try:
        with tarfile.open(archive, "r:gz") as opened:
            opened.extractall(partial, filter="data")
        (partial / name).rename(place)
        archive.unlink()
    except (tarfile.TarError, zlib.error, EOFError, FileNotFoundError) as error:
        raise DataError(
            f"data file {str(archive)!r} is damaged ({error}); remove it and try again"
        ) from error
    except OSError as error:
        raise storage_error(place, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return place
