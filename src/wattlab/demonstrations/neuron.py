"""Demonstration: one sigmoid neuron whose inputs are too large to learn from, and what scaling does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.data.scaling import fit_scaler
from wattlab.demonstrations.outcome import Demonstrated

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from wattlab.recipe.preparation import Scaling

    Floats = NDArray[np.float64]

__all__ = ["FEATURES", "TARGETS", "Descents", "Neuron", "cost", "demonstrate_neuron", "descend", "gradient"]

FEATURES: Final = np.array(
    [
        [200.0, 14.0],
        [1.0, 107.0],
        [160.0, 10.0],
        [11.0, 193.0],
        [220.0, 32.0],
        [11.0, 178.0],
        [120.0, 2.0],
        [22.0, 210.0],
        [195.0, 12.0],
        [15.0, 134.0],
        [130.0, 15.0],
        [5.0, 167.0],
        [185.0, 10.0],
        [16.0, 229.0],
    ]
)
"""K1 and K2 of the 14 samples of the source."""
TARGETS: Final = np.where(FEATURES[:, 0] > 100, 0.3, 0.7)
"""0.3 where K1 is large and K2 small, 0.7 where it is the other way round."""
_SCALINGS: Final[tuple[Scaling, ...]] = ("none", "standard", "min-max")
_STARTS: Final = np.linspace(-0.5, 0.5, 6)
_RATES: Final = tuple(10.0**exponent for exponent in range(-6, 2))
_EPOCHS: Final = 1000
_CUT: Final = (-1.0, 1.0)
_N_CUT: Final = 801
_FLAT: Final = 0.05
_CLOSE: Final = 0.05


@dataclass(frozen=True)
class Descents:
    """Gradient descent from many starting weights, with one scaling and its best learning rate.

    Attributes
    ----------
    scaling : str
        Of the inputs: "none", "standard" or "min-max".
    rate : float
        Learning rate of those tried with which most starts reach the targets; among equal ones the lowest cost.
    z : ndarray of shape (n_starts, n_samples)
        Input of the sigmoid with the starting weights.
    saturated : ndarray of shape (n_starts,)
        Share of the samples whose derivative is below 5 % of its largest at the start.
    gradient : ndarray of shape (n_starts,)
        Euclidean norm of the first gradient.
    costs : ndarray of shape (n_starts, n_epochs + 1)
        Before the first epoch, and after each.
    weights : ndarray of shape (n_starts, 2)
        At the end.
    reached : ndarray of shape (n_starts,), bool
        Root mean square of the errors below 0.05.
    least : float
        Cost that a descent from zero weights, with the best rate for that, comes down to.
    w1, cut : ndarray of shape (n_places,)
        The cost by the first weight, the second one held where that descent ended.
    """

    scaling: str
    rate: float
    z: Floats
    saturated: Floats
    gradient: Floats
    costs: Floats
    weights: Floats
    reached: NDArray[np.bool_]
    least: float
    w1: Floats
    cut: Floats

    @property
    def n_reached(self) -> int:
        """Starts that ended near the targets."""
        return int(self.reached.sum())


@dataclass(frozen=True)
class Neuron(Demonstrated):
    """One neuron on raw and on scaled inputs.

    Attributes
    ----------
    epochs : int
        Of each descent.
    starts : ndarray of shape (n_starts, 2)
        Starting weights, the same for all.
    descents : tuple of Descents
        One a scaling.
    """

    epochs: int
    starts: Floats
    descents: tuple[Descents, ...]

    @property
    def sentence(self) -> str:
        """Say how many starts get stuck, and how many do not once the inputs are scaled."""
        raw, best = self.descents[0], max(self.descents[1:], key=lambda one: one.n_reached)
        n = len(self.starts)
        return (
            f"On raw inputs {raw.saturated.mean():.0%} of the samples begin in the flat ends of the sigmoid, and "
            f"{raw.n_reached} of {n} starts come near the targets, whichever of {len(_RATES)} learning rates is taken; "
            f"with {best.scaling} scaling {best.saturated.mean():.0%} do, and {best.n_reached} of {n} starts come near."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Say what is trained, whence the samples are, and what is not the source's."""
        model = "A = sigmoid(w1 K1 + w2 K2), no bias; cost = ½ Σ (target − A)² over 14 samples; "
        samples = "The samples are those of a blog (A single neuron perceptron with sigmoid activation function I, II; "
        least = f"From zero weights the raw neuron comes down to a cost of {self.descents[0].least:.4f}: it could, but "
        return (
            f"{model}{self.epochs} epochs of gradient descent on all of them, learning rates from 1e-6 to 10.",
            f"{samples}linux-blog.anracom.com, 2020); starting weights and learning rates are ours.",
            f"{least}for its start. So starting weights that are small against the inputs help as scaling does.",
        )


def cost(weights: ArrayLike, features: Floats = FEATURES, targets: Floats = TARGETS) -> Floats:
    """Return ½ Σ (target − A)² of a neuron.

    Parameters
    ----------
    weights : array-like of shape (..., 2)
        One pair or many.
    features : ndarray of shape (n_samples, 2)
        K1 and K2.
    targets : ndarray of shape (n_samples,)
        What is wanted.

    Examples
    --------
    >>> float(cost([0.0, 0.0])).__round__(12)
    0.28
    """
    errors = targets - _sigmoid(np.asarray(weights) @ features.T)
    total: Floats = 0.5 * np.square(errors).sum(axis=-1)
    return total


def gradient(weights: ArrayLike, features: Floats = FEATURES, targets: Floats = TARGETS) -> Floats:
    """Return ∂cost/∂w = −Σ (target − A) A (1 − A) K.

    Parameters
    ----------
    weights : array-like of shape (..., 2)
        One pair or many.
    features : ndarray of shape (n_samples, 2)
        K1 and K2.
    targets : ndarray of shape (n_samples,)
        What is wanted.

    Returns
    -------
    ndarray of shape (..., 2)
    """
    outputs = _sigmoid(np.asarray(weights) @ features.T)
    product: Floats = ((outputs - targets) * outputs * (1 - outputs)) @ features
    return product


def descend(
    starts: Floats, features: Floats, rate: float, epochs: int, targets: Floats = TARGETS
) -> tuple[Floats, Floats]:
    """Walk down the gradient from many starts.

    Parameters
    ----------
    starts : ndarray of shape (n_starts, 2)
        Starting weights.
    features : ndarray of shape (n_samples, 2)
        Scaled or not.
    rate : float
        Learning rate.
    epochs : int
        Steps, each on all samples.
    targets : ndarray of shape (n_samples,)
        What is wanted.

    Returns
    -------
    ndarray of shape (n_starts, 2), ndarray of shape (n_starts, epochs + 1)
        Weights at the end, and the costs on the way.
    """
    weights, costs = starts.copy(), np.empty((len(starts), epochs + 1))
    for epoch in range(epochs):
        costs[:, epoch] = cost(weights, features, targets)
        weights -= rate * gradient(weights, features, targets)
    costs[:, epochs] = cost(weights, features, targets)
    return weights, costs


def demonstrate_neuron(epochs: int = _EPOCHS) -> Neuron:
    """Train one neuron from 36 starting weights, with three scalings and eight learning rates.

    Parameters
    ----------
    epochs : int, optional
        Of each descent.

    References
    ----------
    "A single neuron perceptron with sigmoid activation function – I, II", linux-blog.anracom.com, April 2020.
    """
    starts = np.stack(np.meshgrid(_STARTS, _STARTS), axis=-1).reshape(-1, 2)
    return Neuron(epochs, starts, tuple(_best(scaling, starts, epochs) for scaling in _SCALINGS))


def _best(scaling: Scaling, starts: Floats, epochs: int) -> Descents:
    features = fit_scaler(scaling, FEATURES).apply(FEATURES, np.float64)
    tried = {rate: descend(starts, features, rate, epochs) for rate in _RATES}
    rate = max(tried, key=lambda one: (_near(tried[one][1]).sum(), -float(tried[one][1][:, -1].mean())))
    weights, costs = tried[rate]
    z = starts @ features.T
    outputs = _sigmoid(z)
    bottom, least = _bottom(features, epochs)
    w1 = np.linspace(*_CUT, _N_CUT)
    return Descents(
        scaling,
        rate,
        z,
        (4 * outputs * (1 - outputs) < _FLAT).mean(axis=1),
        np.linalg.norm(gradient(starts, features), axis=1),
        costs,
        weights,
        _near(costs),
        least,
        w1,
        cost(np.stack([w1, np.full(_N_CUT, bottom[1])], axis=1), features),
    )


def _near(costs: Floats) -> NDArray[np.bool_]:
    """Tell which descents ended near the targets."""
    near: NDArray[np.bool_] = np.sqrt(2 * costs[:, -1] / len(TARGETS)) < _CLOSE
    return near


def _bottom(features: Floats, epochs: int) -> tuple[Floats, float]:
    """Return where the best descent from zero weights ends, and the cost there."""
    ends = [descend(np.zeros((1, 2)), features, rate, epochs) for rate in _RATES]
    weights, costs = min(ends, key=lambda one: float(one[1][0, -1]))
    return weights[0], float(costs[0, -1])


def _sigmoid(z: Floats) -> Floats:
    """Return ½ tanh(z/2) + ½, which cannot overflow."""
    return 0.5 * np.tanh(0.5 * z) + 0.5
