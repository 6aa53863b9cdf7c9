"""Dividing samples in two, by seed, with every class keeping its share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wattlab.recipe.recipe import Data

__all__ = ["divided_rows", "stratified_split"]


def divided_rows(
    strata: Mapping[str, NDArray[np.int64]], data: Data, name: str
) -> dict[str, tuple[str, NDArray[np.int64]]]:
    """Cut a test part and, if asked for, a validation part off the training part, where the source has none.

    Parameters
    ----------
    strata : mapping of str to ndarray of shape (n_samples,)
        Class indices of each part that the source has: "training", and perhaps "validation" and "test".
    data : Data
        The recipe's part on data: fractions and seed.
    name : str
        Of the data set, for messages.

    Returns
    -------
    dict
        For each part that there shall be, the part of the source that it is taken from, and the rows of that, in
        increasing order.

    Raises
    ------
    wattlab.errors.DataError
        If there are too few samples.
    """
    divided = {role: (role, np.arange(len(one))) for role, one in strata.items()}
    wanted = {"test": data.test_fraction, "validation": data.validation_fraction}
    for number, (role, fraction) in enumerate(wanted.items()):
        if role in divided or fraction == 0:
            continue
        rows = divided["training"][1]
        try:
            rest, aside = stratified_split(strata["training"][rows], fraction, [data.split_seed, number])
        except DataError as error:
            raise DataError(f"data {name!r}, {role} part: {error}") from error
        divided |= {"training": ("training", rows[rest]), role: ("training", rows[aside])}
    return divided


def stratified_split(
    strata: NDArray[np.int64], fraction: float, seed: int | list[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Set a share of the samples aside.

    Of a class of n samples, n · `fraction` are set aside, rounded up or down, at least one if n is at
    least two, and never all of them: what is set aside has no class that the rest does not have.

    Parameters
    ----------
    strata : ndarray of shape (n_samples,)
        Class index of each sample, from 0; all zeros where there are no classes.
    fraction : float
        Share to set aside, between 0 and 1, both excluded.
    seed : int or list of int
        Decides which samples are set aside; the same seed always chooses the same.

    Returns
    -------
    rest, aside : ndarray of int64
        Indices of the samples, in increasing order.

    Raises
    ------
    wattlab.errors.DataError
        If there are so few samples that nothing can be set aside.

    Examples
    --------
    >>> rest, aside = stratified_split(np.array([0, 0, 0, 0, 1, 1, 1, 1]), fraction=0.25, seed=0)
    >>> rest.size, aside.size
    (6, 2)
    """
    wanted = _share_out(np.bincount(strata), fraction)
    if wanted.sum() == 0:
        raise DataError(
            f"of {strata.size} samples none can be set aside, as every class would lose its only one; "
            "give more samples a class"
        )
    order = np.random.default_rng(seed).permutation(strata.size)
    order = order[np.argsort(strata[order], kind="stable")]
    classes = strata[order]
    first = np.searchsorted(classes, classes)
    chosen = np.arange(strata.size) - first < wanted[classes]
    return np.sort(order[~chosen]), np.sort(order[chosen])


def _share_out(counts: NDArray[np.int64], fraction: float) -> NDArray[np.int64]:
    """Return how many samples of each class are set aside: the largest remainders are rounded up."""
    ideal = counts * fraction
    low = np.maximum(np.floor(ideal), counts >= 2).astype(np.int64)
    high = np.minimum(np.ceil(ideal), counts - 1).clip(min=0).astype(np.int64)
    low = np.minimum(low, high)
    total = min(max(round(float(ideal.sum())), int(low.sum())), int(high.sum()))
    room = high > low
    by_remainder = np.argsort(np.where(room, low - ideal, np.inf), kind="stable")
    wanted: NDArray[np.int64] = low.copy()
    wanted[by_remainder[: total - int(low.sum())]] += 1
    return wanted
