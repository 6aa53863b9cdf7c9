"""Made-up images of the right shape, where those that a recipe asks for are not on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattlab.data.entries import ENTRIES, checked_options

if TYPE_CHECKING:
    from wattlab.recipe.recipe import Data

__all__ = ["stand_in"]


def stand_in(data: Data, n_samples: int, n_classes: int = 10) -> Data | None:
    """Return synthetic data of the same shapes, if the data itself is not on this machine; for timing steps alone.

    Nothing is downloaded and nothing read.

    Parameters
    ----------
    data : Data
        The recipe's part on data.
    n_samples : int
        Images in the training part; at least one a class is made.
    n_classes : int
        Of pictures in files, which nobody can count where the files are not.

    Returns
    -------
    Data or None
        "synthetic-images" with fitting options. None where the data is here, or where nothing is known about it:
        then `wattlab.data.load` loads it, or says what is wrong.

    Raises
    ------
    wattlab.errors.DataError
        If an option is unknown or of the wrong type, or WATTLAB_DATA does not name a folder.

    Examples
    --------
    >>> from wattlab.recipe.recipe import Data
    >>> made = stand_in(Data(dataset="nowhere/pictures", options={"size": 64}), n_samples=100)
    >>> made.dataset, made.options["rows"], made.options["channels"]
    ('synthetic-images', 64, 3)
    >>> stand_in(Data(dataset="digits"), n_samples=100) is None
    True
    """
    entry = ENTRIES.get(data.dataset)
    if entry is not None:
        given = checked_options(data.dataset, entry.options, data.options)
        if entry.likeness is None or entry.likeness.is_here(given):
            return None
        return _made(data, entry.likeness.shape(given), entry.likeness.classes, n_samples)
    size = data.options.get("size")
    if Path(data.dataset).expanduser().exists() or not isinstance(size, int):
        return None
    return _made(data, (size, size, 3), n_classes, n_samples)


def _made(data: Data, shape: tuple[int, int, int], classes: int, n_samples: int) -> Data | None:
    rows, columns, channels = shape
    if min(shape) < 1:
        return None
    options: dict[str, Any] = {
        "rows": rows,
        "columns": columns,
        "channels": channels,
        "classes": classes,
        "samples": max(n_samples, 2 * classes),
        "test_samples": max(n_samples // 5, classes),
    }
    return data.model_copy(update={"dataset": "synthetic-images", "label": None, "options": options})
