"""Samples to predict for: the files that can be learned from, with or without labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from wattlab.data.checks import check_features, check_lengths
from wattlab.data.csv_text import read_csv_columns
from wattlab.data.entries import ENTRIES
from wattlab.data.files import KINDS, holds_idx
from wattlab.data.idx import find_idx, read_idx
from wattlab.data.names import NumberedNames
from wattlab.data.npz import FEATURE_NAMES, read_arrays
from wattlab.data.pictures.folders import ENDINGS
from wattlab.data.pictures.options import PICTURE_OPTIONS
from wattlab.data.pictures.unlabelled import find_unlabelled, picture_names, read_unlabelled
from wattlab.data.tables import find_label_column, read_parquet_columns
from wattlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from wattlab.recipe.recipe import Data

__all__ = ["Unlabelled", "read_samples", "resizes"]


class Unlabelled(NamedTuple):
    """Samples to predict for.

    Parameters
    ----------
    features : ndarray of shape (n_samples, n_features)
    names : tuple of str, or None
        What each is called; None: their order says which is which.
    """

    features: NDArray[Any]
    names: tuple[str, ...] | None = None


def read_samples(
    path: Path,
    label: str | None,
    n_features: int | None = None,
    feature_names: Sequence[str] | None = None,
    image_shape: tuple[int, int, int] | None = None,
    *,
    resized: bool = False,
    skip_undecodable: bool = False,
) -> Unlabelled:
    """Return the samples of a file, labels left out if it has any.

    Parameters
    ----------
    path : Path
        A .csv, .tsv, .npz, .parquet or IDX file, a folder with MNIST's test images, or pictures: one, a folder of
        them, or Parquet with a column of their bytes.
    label : str or None
        Column or array of the labels; None: the usual names.
    n_features : int or None
        How many features are expected: a table with just as many columns has no labels, whatever its
        columns are called.
    feature_names : sequence of str, optional
        Columns of a table that are the features, in the order in which they are returned; others are
        ignored. Left out: all columns but the labels, as they stand.
    image_shape : (int, int, int), optional
        Rows, columns and channels of the images that were learned from, for pictures.
    resized : bool
        Those images had been resized; else a picture of another size is an error.
    skip_undecodable : bool
        Leave out pictures that cannot be decoded, and say which; else one is an error.

    Raises
    ------
    wattlab.errors.DataError
        If it cannot be read, is an empty folder, holds anything but finite numbers, or lacks a column.
    """
    if not path.exists():
        raise DataError(
            f"data file {str(path)!r} does not exist; check the path, seen from {str(path.cwd())!r}"
        )

    album = None if holds_idx(path) else find_unlabelled(path)
    if album is not None:
        rows, pixels = read_unlabelled(album, image_shape, resizes=resized, skip=skip_undecodable)
        return Unlabelled(pixels, picture_names(path, rows))

    def find_label(names: list[str]) -> int | None:
        return (
            None if feature_names is not None or len(names) == n_features else find_label_column(names, label)
        )

    ending = path.suffix.lower()
    names: tuple[str, ...] | None = None
    if ending in {".csv", ".tsv"}:
        names, features, _ = read_csv_columns(path, find_label, feature_names)
    elif ending == ".parquet":
        names, features, _ = read_parquet_columns(path, find_label, feature_names)
    else:
        features = _only_array(path, ending)
    return Unlabelled(_checked(features, names, path, first_row=2 if ending in {".csv", ".tsv"} else 0))


def resizes(data: Data) -> bool:
    """Tell whether data have their pictures resized, so that others can be too.

    Examples
    --------
    >>> from wattlab.recipe.recipe import Data
    >>> resizes(Data(dataset="imagenette")), resizes(Data(dataset="cifar10"))
    (True, False)
    """
    defaults = ENTRIES[data.dataset].options if data.dataset in ENTRIES else PICTURE_OPTIONS
    return bool({**defaults, **data.options}.get("size", 0))


def _only_array(path: Path, ending: str) -> NDArray[Any]:
    """Return the features of files that hold whole arrays."""
    if ending == ".npz":
        return _from_npz(path)
    if path.is_dir():
        if not holds_idx(path):
            raise DataError(
                f"folder {str(path)!r} holds no pictures ({', '.join(sorted(ENDINGS))}), no .parquet and no IDX files; "
                "give another, or a file"
            )
        return read_idx(find_idx(path, "t10k-images-idx3-ubyte"))
    if "idx" in path.name.lower():
        return read_idx(path)
    raise DataError(
        f"data file {str(path)!r} is of a kind that cannot be read; expected {KINDS}, or a picture"
    )


def _from_npz(path: Path) -> NDArray[Any]:
    """Return the array of features: of the test part, if there is one, or the only array there is."""
    arrays = read_arrays(path)
    by_name = {name.lower(): array for name, array in arrays.items()}
    for name in ("x_test", *FEATURE_NAMES):
        if name in by_name:
            return by_name[name]
    if len(arrays) == 1:
        return next(iter(arrays.values()))
    raise DataError(
        f"data file {str(path)!r} holds the arrays {', '.join(arrays) or '(none)'}; expected one named X"
    )


def _checked(
    features: NDArray[Any], names: tuple[str, ...] | None, path: Path, *, first_row: int
) -> NDArray[Any]:
    where = f"data file {str(path)!r}"
    if features.ndim < 2:
        raise DataError(f"{where}: the array has shape {features.shape}; expected (n_samples, n_features)")
    features = features.reshape(len(features), -1) if features.ndim > 2 and len(features) else features
    check_lengths(features, features, where)
    check_features(features, names or NumberedNames(features.shape[1]), where, first_row)
    return features
