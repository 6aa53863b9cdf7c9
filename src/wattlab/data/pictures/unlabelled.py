"""Pictures to predict for: as large and of as many channels as those that were learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.data.memory import check_memory
from wattlab.data.origin import left_out_text
from wattlab.data.pictures.blocks import Form, LeftOut, decoded_blocks
from wattlab.data.pictures.folders import ENDINGS, FolderAlbum, pictures_below
from wattlab.data.pictures.parquet import ParquetAlbum, count_rows, parquet_files, picture_column
from wattlab.data.pictures.progress import say
from wattlab.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from wattlab.data.pictures.album import Album

__all__ = ["find_unlabelled", "picture_names", "read_unlabelled"]

_REMEDY: Final = "fetch it again, take it out, or leave such out with wattlab predict --skip-undecodable"


def find_unlabelled(path: Path) -> Album | None:
    """Return the pictures of a file or folder in the order of their paths, or None where there are none.

    Parameters
    ----------
    path : Path
        A picture, a Parquet file with a column of bytes, or a folder of either, however deep pictures lie in it.

    Raises
    ------
    wattlab.errors.DataError
        If a Parquet file is damaged.
    """
    pictures = pictures_below(path) if path.is_dir() else [path] * (path.suffix.lower() in ENDINGS)
    if pictures:
        return FolderAlbum(tuple(pictures), np.zeros(len(pictures), np.int64))
    files = parquet_files(path) if path.is_dir() else [path] * (path.suffix.lower() == ".parquet")
    column = picture_column(files[0]) if files else None
    if column is None:
        return None
    ends = np.cumsum([count_rows(file) for file in files])
    return ParquetAlbum(tuple(files), tuple(ends.tolist()), column, np.zeros(ends[-1], np.int64))


def picture_names(path: Path, rows: NDArray[np.int64]) -> tuple[str, ...] | None:
    """Return what some pictures are called: as seen from their folder, or by their rows where some are left out.

    Parameters
    ----------
    path : Path
        As for `find_unlabelled`.
    rows : ndarray of shape (n_pictures,), int64
        Those that could be decoded, in the order of their paths, or of the table.

    Returns
    -------
    tuple of str, or None
        None: the order says which is which.
    """
    pictures = pictures_below(path) if path.is_dir() else []
    if pictures:
        return tuple(str(pictures[row].relative_to(path)) for row in rows)
    return None if rows[-1] == len(rows) - 1 else tuple(map(str, rows))


def read_unlabelled(
    album: Album,
    image_shape: tuple[int, int, int] | None,
    *,
    resizes: bool,
    skip: bool = False,
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return pixels of pictures, as a network has learned to see them.

    Parameters
    ----------
    album : Album
        From `find_unlabelled`.
    image_shape : (int, int, int) or None
        Rows, columns and channels of what was learned from; None: that were no images.
    resizes : bool
        What was learned from had been resized; else a picture of another size is an error.
    skip : bool
        Leave out what cannot be decoded, and say so on standard error; else it is an error.

    Returns
    -------
    rows : ndarray of shape (n_pictures,), int64
        Which pictures of the album could be decoded.
    pixels : ndarray of shape (n_pictures, n_features), uint8

    Raises
    ------
    wattlab.errors.DataError
        If a picture cannot be decoded and none may be skipped, if none can be decoded, if one is of another size, or
        if images were not what was learned from.
    """
    if image_shape is None or image_shape[2] not in {1, 3}:
        what = "no images" if image_shape is None else f"images of {image_shape[2]} channels"
        raise DataError(
            f"{album.where(0)} is a picture, but the model was trained on {what}; give a table or arrays with the "
            "same features"
        )
    remedy = "resize it to that" if album.labels.size == 1 else "resize them to that"
    form = Form(*image_shape, resizes, "what was learned from", remedy)
    rows = np.arange(album.labels.size)
    check_memory(
        f"{rows.size:,} pictures to predict for", rows.size * form.n_features, "give fewer at a time"
    )
    left_out = LeftOut(allowed=skip, remedy=_REMEDY)
    decoded, pixels = zip(*decoded_blocks(album, rows, form, left_out), strict=True)
    if left_out.pictures:
        say(left_out_text(left_out.pictures))
    if not sum(map(len, decoded)):
        raise DataError(f"none of the pictures can be decoded, such as {album.where(0)}; fetch them again")
    return np.concatenate(decoded), np.concatenate(pixels)
