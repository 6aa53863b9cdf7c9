"""Samples that are no images, as a table: a row each, coloured by how unusual each value is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from wattlab.units import significant
from wattlab.views.plots.marks import Cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["FeatureCells", "feature_cells"]

_MOST: Final = 12
_REACH: Final = 2.0


class FeatureCells(NamedTuple):
    """A table of features.

    Attributes
    ----------
    cells : Cells
    notes : tuple of str
        What the colours say, and whether features were left out.
    """

    cells: Cells
    notes: tuple[str, ...]


def feature_cells(
    values: NDArray[np.floating[Any]],
    row_names: Sequence[str],
    feature_names: Sequence[str],
    middle: NDArray[np.floating[Any]],
    spread: NDArray[np.floating[Any]],
) -> FeatureCells:
    """Return rows of features as cells, at most the twelve features in which rows differ most.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_features)
        NaN: nothing.
    row_names : sequence of str
        One a row.
    feature_names : sequence of str
        One a feature.
    middle, spread : ndarray of shape (n_features,)
        Mean and standard deviation of each feature, by which values are coloured.
    """
    scores = (values - middle) / np.where(spread > 0, spread, 1.0)
    variances = np.var(np.nan_to_num(scores), axis=0)
    kept = np.sort(np.argsort(-variances, kind="stable")[:_MOST])
    cells = Cells(
        scores[:, kept],
        texts=[[_text(value) for value in row] for row in values[:, kept]],
        row_names=row_names,
        column_names=[feature_names[column] for column in kept],
        colour_map="RdBu_r",
        span=(-_REACH, _REACH),
        bar="standard score",
    )
    left_out = values.shape[1] - len(kept)
    cut = (f"Left out: {left_out} of {values.shape[1]} features, those in which rows differ least.",)
    reading = "Standard score: (value - mean) / standard deviation, over all samples."
    return FeatureCells(cells, (reading, *cut) if left_out else (reading,))


def _text(value: float) -> str:
    return significant(value) if np.isfinite(value) else ""
