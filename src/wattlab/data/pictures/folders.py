"""Folders of pictures, one folder a class, as Imagenette has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.data.pictures.album import Album, Found, file_facts
from wattlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from wattlab.data.pictures.album import Encoded

__all__ = ["ENDINGS", "FolderAlbum", "find_folder", "pictures_below"]

ENDINGS: Final = frozenset(
    {".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
)
"""In small letters, of the files that are taken for pictures."""
_PARTS: Final = {
    "training": ("train", "training"),
    "validation": ("val", "valid", "validation"),
    "test": ("test",),
}
_KNOWN_NAMES: Final = {
    "n01440764": "tench",
    "n02102040": "English springer",
    "n02979186": "cassette player",
    "n03000684": "chain saw",
    "n03028079": "church",
    "n03394916": "French horn",
    "n03417042": "garbage truck",
    "n03425413": "gas pump",
    "n03445777": "golf ball",
    "n03888257": "parachute",
}
"""Imagenette names its folders by the numbers that WordNet gives these words."""


@dataclass(frozen=True)
class FolderAlbum(Album):
    """Pictures that are files of their own.

    Parameters
    ----------
    paths : tuple of Path
        Of the files.
    classes : ndarray of shape (n_pictures,), int64
        The index of each picture's class.
    """

    paths: tuple[Path, ...]
    classes: NDArray[np.int64]

    @property
    def labels(self) -> NDArray[Any]:
        """The index of each picture's class."""
        return self.classes

    def blocks(self, rows: NDArray[np.int64], size: int) -> Iterator[tuple[NDArray[np.int64], list[Encoded]]]:
        """Yield paths; whoever decodes them reads them."""
        for start in range(0, len(rows), size):
            chosen = rows[start : start + size]
            yield chosen, [self.paths[row] for row in chosen]

    def where(self, row: int) -> str:
        """Return the path."""
        return repr(str(self.paths[row]))


def find_folder(folder: Path, name: str | None = None) -> Found:
    """Find the pictures of a folder.

    Parameters
    ----------
    folder : Path
        Holds one folder a class, or ``train/`` with such folders, and perhaps ``val/`` (or ``valid/``,
        ``validation/``) and ``test/``. Without ``test/``, ``val/`` is what is never learned from.
    name : str, optional
        Of the data set; left out: the folder's.

    Raises
    ------
    wattlab.errors.DataError
        If there are no class folders, one of them is empty, or another part has a class that the training part
        lacks.
    """
    parts = _parts(folder)
    classes = {role: _class_folders(place) for role, place in parts.items()}
    known = [place.name for place in classes["training"]]
    for role, places in classes.items():
        strange = [place for place in places if place.name not in known]
        if strange:
            raise DataError(
                f"data folder {str(strange[0])!r}: the class {strange[0].name!r} is not among the "
                f"{len(known)} class folders of {str(parts['training'])!r}, so nothing could be learned about "
                f"it; add training pictures of it, or take it out of the {role} part"
            )
    albums = {role: _album(places, known) for role, places in classes.items()}
    return Found(
        name=name or folder.absolute().name,
        source=str(folder),
        albums=albums,
        class_names=tuple(_KNOWN_NAMES.get(one, one) for one in known),
        files=file_facts(path for album in albums.values() for path in album.paths),
    )


def pictures_below(folder: Path) -> list[Path]:
    """Return all files below a folder whose ending is that of a picture, in the order of their paths."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())


def _parts(folder: Path) -> Mapping[str, Path]:
    """Return the folder of each part that is there."""
    inside = {place.name.lower(): place for place in sorted(folder.iterdir()) if place.is_dir()}
    named = {
        role: inside[name] for role, names in _PARTS.items() for name in reversed(names) if name in inside
    }
    if "training" not in named:
        return {"training": folder}
    if "test" not in named and "validation" in named:
        return {"training": named["training"], "test": named["validation"]}
    return named


def _class_folders(folder: Path) -> list[Path]:
    places = sorted(place for place in folder.iterdir() if place.is_dir() and not place.name.startswith("."))
    if not places:
        raise DataError(
            f"data folder {str(folder)!r} holds no class folders; expected one folder a class with its pictures "
            "inside, such as cat/1.jpg and dog/1.jpg, or train/cat/1.jpg and val/cat/2.jpg"
        )
    return places


def _album(places: list[Path], known: list[str]) -> FolderAlbum:
    pictures = [pictures_below(place) for place in places]
    for place, found in zip(places, pictures, strict=True):
        if not found:
            raise DataError(
                f"data folder {str(place)!r} is a class without pictures; put some into it "
                f"({', '.join(sorted(ENDINGS))}), or remove it"
            )
    indices = [known.index(place.name) for place in places]
    counts = [len(found) for found in pictures]
    return FolderAlbum(
        tuple(path for found in pictures for path in found), np.repeat(indices, counts).astype(np.int64)
    )
