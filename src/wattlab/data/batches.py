"""The order of the samples and the bounds of the batches: pure functions that every engine shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from wattlab.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["batch_bounds", "order"]


def order(seed: int, epoch: int, n_samples: int, *, shuffle: bool = True) -> NDArray[np.int64]:
    """Return the order in which an epoch takes the samples.

    Parameters
    ----------
    seed : int
        The recipe's.
    epoch : int
        0-based.
    n_samples : int
        Of the training part.
    shuffle : bool
        If false, the samples come as they lie.

    Returns
    -------
    ndarray of shape (n_samples,), int64
        Pure: the same arguments always give the same order, so a resumed training goes on as it would have.

    Examples
    --------
    >>> order(seed=0, epoch=3, n_samples=4, shuffle=False)
    array([0, 1, 2, 3])
    >>> bool((order(0, 3, 100) == order(0, 3, 100)).all())
    True
    """
    if not shuffle:
        return np.arange(n_samples, dtype=np.int64)
    return np.random.default_rng([seed, epoch]).permutation(n_samples).astype(np.int64, copy=False)


def batch_bounds(
    n_samples: int, batch_size: int | Literal["all"], last: Literal["keep", "drop"] = "keep"
) -> list[tuple[int, int]]:
    """Return where each batch begins and ends (excluded) in an epoch's order.

    Parameters
    ----------
    n_samples : int
        Of the training part.
    batch_size : int or "all"
        Samples in a batch.
    last : "keep" or "drop"
        What happens to the last batch if it is short.

    Raises
    ------
    wattlab.errors.DataError
        If there are fewer samples than one batch needs.

    Examples
    --------
    >>> batch_bounds(10, 4)
    [(0, 4), (4, 8), (8, 10)]
    >>> batch_bounds(10, 4, "drop")
    [(0, 4), (4, 8)]
    """
    size = n_samples if batch_size == "all" else batch_size
    if n_samples < size or n_samples < 1:
        raise DataError(
            f"the training part has {n_samples} samples, fewer than one batch of {size}; "
            f'set training.batch_size to at most {n_samples} or to "all", or give more samples'
        )
    stop = n_samples if last == "keep" else n_samples - n_samples % size
    return [(start, min(start + size, stop)) for start in range(0, stop, size)]
