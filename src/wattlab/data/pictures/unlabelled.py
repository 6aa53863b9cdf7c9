"""Pictures to predict for: as large and of as many channels as those that were learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattlab.data.memory import check_memory
from wattlab.data.pictures.blocks import Form, LeftOut, decoded_blocks
from wattlab.data.pictures.folders import ENDINGS, FolderAlbum, pictures_below
from wattlab.data.pictures.parquet import ParquetAlbum, count_rows, parquet_files, picture_column
from wattlab.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from wattlab.data.pictures.album import Album

__all__ = ["find_unlabelled", "picture_names", "read_unlabelled"]


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


def picture_names(path: Path) -> list[str] | None:
    """Return what each picture of a folder is called, seen from there; None for anything else."""
    if not path.is_dir():
        return None
    return [str(picture.relative_to(path)) for picture in pictures_below(path)] or None


def read_unlabelled(
    album: Album, image_shape: tuple[int, int, int] | None, *, resizes: bool
) -> NDArray[np.uint8]:
    """Return pixels of pictures, as a network has learned to see them.

    Parameters
    ----------
    album : Album
        From `find_unlabelled`.
    image_shape : (int, int, int) or None
        Rows, columns and channels of what was learned from; None: that were no images.
    resizes : bool
        What was learned from had been resized; else a picture of another size is an error.

    Returns
    -------
    ndarray of shape (n_pictures, n_features), uint8

    Raises
    ------
    wattlab.errors.DataError
        If a picture cannot be decoded or is of another size, or images were not what was learned from.
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
    left_out = LeftOut(allowed=False, remedy="fetch it again, or take it out")
    blocks = decoded_blocks(album, rows, form, left_out)
    return np.concatenate([pixels for _, pixels in blocks])
