"""What may be asked about the mistakes of a run: classes that it has, and that occur."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.errors import DataError, RunError
from wattlab.recipe.problems import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattlab.records.run import Run

__all__ = ["class_index", "classes_of"]

_MOST_LISTED: Final = 20


def classes_of(run: Run) -> tuple[str, ...]:
    """Return the names of a run's classes.

    Parameters
    ----------
    run : Run
        Any.

    Raises
    ------
    wattlab.errors.RunError
        If it has none: it predicts numbers, or reconstructs its inputs.
    """
    classes = run.record.dataset.classes
    if run.recipe.data.task == "reconstruction":
        msg = (
            f"run {run.id!r} is an autoencoder: it reconstructs its inputs, so it takes no class for another"
        )
        raise RunError(f"{msg}; see what it makes of them with `wattlab latent {run.id}`")
    if classes is None:
        msg = f"run {run.id!r} predicts numbers (regression), so it takes no class for another"
        raise RunError(f"{msg}; its R² is in `wattlab show {run.id}`, or take a run that classifies")
    return classes


def class_index(name: str, classes: Sequence[str], labels: NDArray[np.integer[Any]], where: str) -> int:
    """Return the index of a class that samples belong to.

    Parameters
    ----------
    name : str
        What was asked for.
    classes : sequence of str
        All of them.
    labels : ndarray of shape (n_samples,)
        Indices of the classes to look among.
    where : str
        What those are called in a message, such as "the test part".

    Raises
    ------
    wattlab.errors.DataError
        If none of the samples is of the class: lists those that occur.

    Examples
    --------
    >>> class_index("ones", ["one", "two"], np.array([0, 1]), "the test part")
    Traceback (most recent call last):
        ...
    wattlab.errors.DataError: the test part has no class 'ones'; it has one, two; did you mean 'one'?
    """
    occur = [classes[index] for index in np.unique(labels).tolist()]
    if name in occur:
        return list(classes).index(name)
    what = "no sample of class" if name in classes else "no class"
    # No number is a misspelt other one.
    hint = "" if name.isdigit() else nearest(name, occur)
    raise DataError(f"{where} has {what} {name!r}; it has {_listed(occur)}{hint}")


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _MOST_LISTED
    return ", ".join(names[:_MOST_LISTED]) + (f" and {rest} more" if rest > 0 else "")
