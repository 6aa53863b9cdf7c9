"""Predictions of a model as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattlab.records.model import Model

__all__ = ["prediction_table"]


def prediction_table(
    model: Model, features: NDArray[Any], *, outputs: bool, names: Sequence[str] | None = None
) -> list[list[Any]]:
    """Return a header and one row a sample.

    Parameters
    ----------
    model : Model
        Trained.
    features : ndarray of shape (n_samples, n_features)
        As for `Model.predict`.
    outputs : bool
        Add the network's outputs, a column a class.
    names : sequence of str, optional
        What the samples are called, such as the files of pictures: a first column.
    """
    table = _answers(model, features, outputs=outputs)
    if names is None:
        return table
    return [[name, *row] for name, row in zip(("sample", *names), table, strict=True)]


def _answers(model: Model, features: NDArray[Any], *, outputs: bool) -> list[list[Any]]:
    predicted = model.predict(features)
    if model.classes is None:
        columns = predicted.reshape(len(features), -1)
        names = (
            ["prediction"] if columns.shape[1] == 1 else [f"prediction_{i}" for i in range(columns.shape[1])]
        )
        return [names, *columns.tolist()]
    table = [["prediction"], *([value] for value in predicted.tolist())]
    if not outputs:
        return table
    values = [list(model.classes), *model.outputs(features).tolist()]
    return [left + right for left, right in zip(table, values, strict=True)]
