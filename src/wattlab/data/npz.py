"""NumPy archives: ``.npz`` files with named arrays."""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.data.raw import RawData, Samples, flat_samples
from wattlab.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["FEATURE_NAMES", "read_arrays", "read_npz"]

_TRAIN = (("x_train", "y_train"), ("x", "y"), ("features", "labels"), ("data", "target"))
FEATURE_NAMES = tuple(features for features, _ in _TRAIN)
"""Names, in small letters, that an array of features may have."""
_TEST = (("x_test", "y_test"),)
_VALIDATION = (("x_validation", "y_validation"), ("x_val", "y_val"), ("x_valid", "y_valid"))


def read_npz(path: Path, label: str | None) -> RawData:
    """Read a NumPy archive; no code in it is run.

    Its arrays are called x_train and y_train, with x_test, y_test, x_val and y_val where it has such
    parts; or X and y; or features and labels. Capitals do not matter. Samples that are images are
    flattened. An array class_names, if there is one, names the labels 0, 1, ….

    Parameters
    ----------
    path : Path
        The file.
    label : str or None
        Name of the array of labels; None: as above. Only for a file without parts of its own for testing
        or validation, whose labels would be others.

    Raises
    ------
    wattlab.errors.DataError
        If it is damaged, holds Python objects, or has no arrays of these names.
    """
    arrays = read_arrays(path)
    train = _find(arrays, _TRAIN, label)
    if train is None:
        wanted = " or ".join(f"{x} and {label or y}" for x, y in _TRAIN)
        raise DataError(
            f"data file {str(path)!r} holds the arrays {', '.join(arrays) or '(none)'}; expected {wanted}"
        )
    samples, image_shape = train
    test, validation = _find(arrays, _TEST), _find(arrays, _VALIDATION)
    usual = _find(arrays, _TRAIN)
    if (test or validation) and (usual is None or usual[0].labels is not samples.labels):
        raise DataError(
            f"data file {str(path)!r}: data.label is {label!r}, but the file has a {'test' if test else 'validation'} "
            "part with labels of its own, which may be others; leave data.label out, or save the samples as X "
            f"and {label} without such parts"
        )
    return RawData(
        name=path.stem,
        source=str(path),
        train=samples,
        test=test and test[0],
        validation=validation and validation[0],
        class_names=_class_names(arrays),
        image_shape=image_shape,
    )


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Return all arrays of an archive by their names.

    Raises
    ------
    wattlab.errors.DataError
        If it is damaged or holds Python objects.
    """
    try:
        with path.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if isinstance(archive, np.ndarray):
                raise DataError(
                    f"data file {str(path)!r} holds a single array; write features and labels with numpy.savez"
                )
            return {name: archive[name] for name in archive.files}
    except ValueError as error:
        raise DataError(
            f"data file {str(path)!r} holds Python objects or is no NumPy archive ({error}); "
            "write it with numpy.savez and arrays of numbers or text"
        ) from error
    except (OSError, EOFError, KeyError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(
            f"data file {str(path)!r} is damaged or truncated ({error}); fetch it again"
        ) from error


def _find(
    arrays: dict[str, NDArray[Any]], names: tuple[tuple[str, str], ...], label: str | None = None
) -> tuple[Samples, tuple[int, int, int] | None] | None:
    """Return the first pair of features and labels that exists, and the image shape."""
    by_name = {name.lower(): array for name, array in arrays.items()}
    labels_by_name = by_name | arrays
    for features_name, labels_name in names:
        wanted = label or labels_name
        if features_name in by_name and wanted in labels_by_name:
            return flat_samples(np.atleast_1d(by_name[features_name]), labels_by_name[wanted])
    return None


def _class_names(arrays: dict[str, NDArray[Any]]) -> tuple[str, ...] | None:
    names = arrays.get("class_names")
    return None if names is None else tuple(str(name) for name in names.ravel())
