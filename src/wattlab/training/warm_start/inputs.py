"""What feeds a network as a linear map of the data's features, and weights for one map as weights for another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattlab.data.scaling import Bytes, MinMax, NoScaling, Standard
from wattlab.errors import WeightsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.data.preparation import Transform
    from wattlab.data.scaling import Scaler

    Array = NDArray[np.floating]

__all__ = ["LinearInputs", "Unchanging", "linear_inputs"]


@dataclass(frozen=True, eq=False)
class Unchanging:
    """Which features are the same in all samples that are learned from.

    Parameters
    ----------
    which : ndarray of shape (n_features,), bool
    values : ndarray of shape (n_features,)
        What they are; of the others, anything finite.
    """

    which: NDArray[np.bool_]
    values: Array

    @classmethod
    def none(cls, n_features: int) -> Unchanging:
        """Return that every feature may change."""
        return cls(np.zeros(n_features, bool), np.zeros(n_features))

    @classmethod
    def of(cls, features: NDArray[np.generic]) -> Unchanging:
        """Return those of the features of a training part, shape (n_samples, n_features)."""
        low = features.min(axis=0)
        return cls(low == features.max(axis=0), low.astype(np.float64))


@dataclass(frozen=True, eq=False)
class LinearInputs:
    """``((x · scale + shift) matrix + offset) · scale_after + shift_after`` for features x.

    Parameters
    ----------
    scale, shift : ndarray of shape (n_features,)
    matrix : ndarray of shape (n_features, n_inputs), or None
        None: all features go on.
    offset, scale_after, shift_after : ndarray of shape (n_inputs,)
    """

    scale: Array
    shift: Array
    matrix: Array | None
    offset: Array
    scale_after: Array
    shift_after: Array

    def on_features(self, weights: Array, biases: Array) -> tuple[Array, Array]:
        """Return weights and biases on the features themselves that give what these give on the inputs.

        Parameters
        ----------
        weights : ndarray of shape (n_inputs, n_units)
            Of a dense layer.
        biases : ndarray of shape (n_units,)
            Of the same.

        Returns
        -------
        ndarray of shape (n_features, n_units), ndarray of shape (n_units,)
        """
        biases = biases + self.shift_after @ weights
        reduced = weights * self.scale_after[:, None]
        biases = biases + self.offset @ reduced
        spread = reduced if self.matrix is None else self.matrix @ reduced
        return spread * self.scale[:, None], biases + self.shift @ spread

    def on_inputs(self, weights: Array, biases: Array, unchanging: Unchanging) -> tuple[Array, Array, float]:
        """Return weights and biases on these inputs that give what `weights` and `biases` give on the features.

        Least squares over the features that change; what the others contribute goes into the biases.

        Parameters
        ----------
        weights : ndarray of shape (n_features, n_units)
            Of a dense layer.
        biases : ndarray of shape (n_units,)
            Of the same.
        unchanging : Unchanging
            Of the samples that are learned from.

        Returns
        -------
        weights : ndarray of shape (n_inputs, n_units)
        biases : ndarray of shape (n_units,)
        lost : float
            Share of the weights that these inputs cannot express, by Frobenius norms; 0 but for rounding where they
            can express all.
        """
        own = self._solved(weights / self.scale[:, None], ~unchanging.which) / self.scale_after[:, None]
        again, shift = self.on_features(own, np.zeros_like(biases))
        left = weights - again
        constant = unchanging.values[unchanging.which] @ left[unchanging.which]
        lost = np.linalg.norm(left[~unchanging.which]) / max(np.linalg.norm(weights), np.finfo(float).tiny)
        return own, biases - shift + constant, float(lost)

    def _solved(self, right: Array, rows: NDArray[np.bool_]) -> Array:
        if self.matrix is None:
            return right
        found: Array = np.linalg.lstsq(self.matrix[rows], right[rows])[0]
        return found


def linear_inputs(transform: Transform) -> LinearInputs:
    """Return a preparation as a linear map.

    Parameters
    ----------
    transform : Transform
        Fitted.

    Raises
    ------
    wattlab.errors.WeightsError
        If it is none: says which part of it.
    """
    before, after = (_scaling(one) for one in (transform.before, transform.after))
    matrix, offset = None, np.zeros(transform.n_features_out)
    if transform.reducer is not None:
        found = transform.reducer.affine()
        if found is None:
            raise WeightsError(
                "distances to clusters are not linear in the features, so that weights learned on them cannot be "
                "carried over to other inputs, or others to them"
            )
        matrix, offset = (np.asarray(one, np.float64) for one in found)
    n_features, n_inputs = transform.n_features_in, transform.n_features_out
    return LinearInputs(
        np.broadcast_to(before[0], n_features),
        np.broadcast_to(before[1], n_features),
        matrix,
        offset,
        np.broadcast_to(after[0], n_inputs),
        np.broadcast_to(after[1], n_inputs),
    )


def _scaling(scaler: Scaler) -> tuple[Array, Array]:
    """Return factor and summand of a scaling."""
    match scaler:
        case NoScaling():
            return np.ones(()), np.zeros(())
        case Bytes():
            return np.full((), 1 / 255), np.zeros(())
        case Standard():
            return 1 / scaler.scale, -scaler.mean / scaler.scale
        case MinMax():
            return 1 / scaler.range, -scaler.minimum / scaler.range
    raise WeightsError(
        "scaling 'normalise' divides each sample by its own norm, which is not linear in the features, so that weights "
        "learned on it cannot be carried over to other inputs, or others to it"
    )
