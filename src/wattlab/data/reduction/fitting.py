"""From a recipe's reduction to one that is fitted, and from stored arrays back."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.data.checks import frozen
from wattlab.data.reduction.affine import Affine, fit_components, fit_projection
from wattlab.data.reduction.clusters import Distances, fit_clusters
from wattlab.data.reduction.kept import Kept, varying_features
from wattlab.data.reduction.pool import Pooled, fit_pool
from wattlab.machine.threads import blas_pools, limit_threads
from wattlab.recipe.preparation import (
    Clusters,
    DropConstant,
    MeanPool,
    NoReduction,
    PrincipalComponents,
    RandomProjection,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import DTypeLike, NDArray

    from wattlab.data.reduction.base import Reducer
    from wattlab.recipe.preparation import Reduction, Scaling

__all__ = ["fit_reducer", "learns", "reducer_arrays", "reducer_from_arrays"]


def learns(reduction: Reduction, before: Scaling) -> bool:
    """Tell whether a reduction is found from the scaled values of the training part.

    Parameters
    ----------
    reduction : Reduction
        From the recipe.
    before : str
        The scaling before it. Division by 255 leaves constant what is constant, so the bytes themselves will do.
    """
    if isinstance(reduction, DropConstant):
        return before != "bytes"
    return isinstance(reduction, (Clusters, PrincipalComponents))


def fit_reducer(
    reduction: Reduction,
    features: NDArray[Any],
    image_shape: tuple[int, int, int] | None,
    dtype: DTypeLike,
) -> Reducer | None:
    """Return the reduction, fitted; None where all features are kept.

    Parameters
    ----------
    reduction : Reduction
        From the recipe.
    features : ndarray of shape (n_samples, n_features)
        To learn from, after the scaling before it.
    image_shape : (int, int, int) or None
        Rows, columns and channels of a sample, where it is an image.
    dtype : dtype
        In which to compute.

    Raises
    ------
    wattlab.errors.DataError
        If data and reduction do not fit: names the field, its value, and what would be right.
    """
    match reduction:
        case NoReduction():
            return None
        case DropConstant():
            return Kept(varying_features(features), features.shape[1])
        case MeanPool():
            return fit_pool(reduction, image_shape)
        case RandomProjection():
            return fit_projection(reduction, features, dtype)
        case PrincipalComponents():
            with _threads_as_before():
                return fit_components(reduction, np.asarray(features, dtype))
        case Clusters():
            with _threads_as_before():
                return fit_clusters(reduction, np.asarray(features, dtype))


@contextmanager
def _threads_as_before() -> Iterator[None]:
    """Let the libraries that scikit-learn loads use no more threads than those that were there before them.

    A limit holds for libraries that are loaded when it is set; those that came later have as many threads as cores.
    """
    import_module("sklearn.cluster")
    with limit_threads(min((count for _, count in blas_pools()), default=None)):
        yield


_MADE_OF: dict[str, Callable[..., Reducer]] = {
    "kept": Kept.from_arrays,
    "affine": Affine.from_arrays,
    "distances": Distances.from_arrays,
    "pooled": Pooled.from_arrays,
}


def reducer_arrays(reducer: Reducer) -> dict[str, NDArray[Any]]:
    """Return all that a reduction knows as arrays, its kind as UTF-8 bytes."""
    return {"kind": np.frombuffer(reducer.kind.encode(), np.uint8), **reducer.to_arrays()}


def reducer_from_arrays(arrays: Mapping[str, NDArray[Any]]) -> Reducer:
    """Return the reduction that `reducer_arrays` was called on."""
    made = _MADE_OF[bytes(arrays["kind"]).decode()]
    return made(**{name: frozen(array) for name, array in arrays.items() if name != "kind"})
