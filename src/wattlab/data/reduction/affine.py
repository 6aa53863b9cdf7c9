"""Reductions that are a matrix and an offset: principal components and random projections, by scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from wattlab.data.checks import frozen
from wattlab.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from wattlab.recipe.preparation import PrincipalComponents, RandomProjection

__all__ = ["Affine", "fit_components", "fit_projection"]


@dataclass(frozen=True, eq=False)
class Affine:
    """``features @ matrix + offset``.

    Parameters
    ----------
    matrix : ndarray of shape (n_features, n_features_out)
    offset : ndarray of shape (n_features_out,)
    """

    matrix: NDArray[np.floating]
    offset: NDArray[np.floating]
    kind: ClassVar = "affine"
    keeps_bytes: ClassVar = False

    @property
    def n_features_out(self) -> int:
        """Columns of the matrix."""
        return int(self.matrix.shape[1])

    def apply(self, features: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
        """Return the product plus the offset, computed in `dtype`."""
        product: NDArray[Any] = np.asarray(features, dtype) @ self.matrix.astype(dtype, copy=False)
        product += self.offset.astype(dtype, copy=False)
        return product

    def image_shape(self, before: tuple[int, int, int] | None) -> None:  # noqa: ARG002 (whatever it was)
        """Return None: no pixels are left."""
        return

    def affine(self) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Return matrix and offset."""
        return self.matrix, self.offset

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return matrix and offset."""
        return {"matrix": self.matrix, "offset": self.offset}

    @classmethod
    def from_arrays(cls, matrix: NDArray[np.floating], offset: NDArray[np.floating]) -> Affine:
        """Return what `to_arrays` was called on."""
        return cls(matrix, offset)


def fit_components(spec: PrincipalComponents, features: NDArray[np.floating]) -> Affine:
    """Return the projection on the directions of largest variance.

    Parameters
    ----------
    spec : PrincipalComponents
        From the recipe.
    features : ndarray of shape (n_samples, n_features)
        To learn from; floating-point numbers.

    Raises
    ------
    wattlab.errors.DataError
        If there are fewer features or samples than components.
    """
    from sklearn.decomposition import PCA  # half a second to import

    if spec.n_components >= 1:
        _check_components("pca", int(spec.n_components), min(features.shape), features.shape)
    found = PCA(spec.n_components, random_state=spec.seed, whiten=spec.whiten).fit(features)
    matrix = found.components_.T
    if spec.whiten:
        tiny = np.finfo(matrix.dtype).eps
        matrix = matrix / np.maximum(np.sqrt(found.explained_variance_), tiny)
    matrix = np.ascontiguousarray(matrix)
    return Affine(frozen(matrix), frozen(-(found.mean_ @ matrix)))


def fit_projection(spec: RandomProjection, features: NDArray[Any], dtype: DTypeLike) -> Affine:
    """Return a random projection.

    Parameters
    ----------
    spec : RandomProjection
        From the recipe.
    features : ndarray of shape (n_samples, n_features)
        Only their number counts.
    dtype : dtype
        Of the matrix.

    Raises
    ------
    wattlab.errors.DataError
        If it would leave more features than there are.
    """
    from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection  # as above

    n_features = features.shape[1]
    _check_components("random-projection", spec.n_components, n_features, features.shape)
    shape = np.zeros((1, n_features), dtype)
    if spec.matrix == "gaussian":
        gaussian = GaussianRandomProjection(spec.n_components, random_state=spec.seed)
        matrix = gaussian.fit(shape).components_.T
    else:
        sparse = SparseRandomProjection(spec.n_components, random_state=spec.seed)
        matrix = sparse.fit(shape).components_.toarray().T
    return Affine(
        frozen(np.ascontiguousarray(matrix, dtype)), frozen(np.zeros(spec.n_components, np.dtype(dtype)))
    )


def _check_components(kind: str, asked: int, most: int, shape: tuple[int, ...]) -> None:
    if asked > most:
        raise DataError(
            f"preparation.reduction.n_components is {asked}, but reduction.kind {kind!r} can leave at most {most} of "
            f"{shape[1]} features, found from {shape[0]} samples; set it to {most} or less"
        )
