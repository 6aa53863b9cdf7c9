"""What an estimator was given to learn from, as the native engine takes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import _check_sample_weight

from wattlab.data.preparation import Prepared, PreparedPart, Transform
from wattlab.data.scaling import NoScaling

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

__all__ = ["Samples", "identity_transform"]


@dataclass(frozen=True, eq=False)
class Samples:
    """Features and labels, each sample with its weight.

    Parameters
    ----------
    features : ndarray of shape (n_samples, n_features)
    labels : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Class indices, or numbers to predict.
    weight : ndarray of shape (n_samples,), or None
        On average 1; None: each sample counts once.
    mean_weight : float
        What the weights were divided by.
    """

    features: NDArray[np.floating]
    labels: NDArray[Any]
    weight: NDArray[np.float64] | None = None
    mean_weight: float = 1.0

    @classmethod
    def weighted(cls, features: NDArray[np.floating], labels: NDArray[Any], sample_weight: Any) -> Samples:
        """Return samples without those of weight 0.

        They are left out, rather than carried along, so that they fill no batch and no validation part.

        Raises
        ------
        ValueError
            If a weight is negative or not finite, all are 0, or there is not one a sample.
        """
        if sample_weight is None:
            return cls(features, labels)
        weight = _check_sample_weight(sample_weight, features, dtype=np.float64, ensure_non_negative=True)
        used = np.flatnonzero(weight)
        if not used.size:
            raise ValueError("all of sample_weight are zero; at least one has to be more")
        return cls(features, labels, weight).rows(used)

    def rows(self, index: NDArray[np.int64]) -> Samples:
        """Return the samples of these rows, in ascending order, with weights that are on average 1."""
        chosen = self if len(index) == len(self.labels) else self._taken(index)
        if chosen.weight is None:
            return chosen
        mean = float(chosen.weight.mean())
        return replace(chosen, weight=chosen.weight / mean, mean_weight=self.mean_weight * mean)

    def divided(self, fraction: float, seed: int, *, stratify: bool) -> tuple[Samples, Samples]:
        """Return those to train with and those to judge by, chosen at random.

        Parameters
        ----------
        fraction : float
            Share of the latter.
        seed : int
            Decides which.
        stratify : bool
            Keep the shares of the classes.

        Raises
        ------
        ValueError
            If there are too few to divide.
        """
        index = np.arange(len(self.labels))
        labels = self.labels if stratify else None
        train, test = train_test_split(index, test_size=fraction, random_state=seed, stratify=labels)
        if len(test) < 2:
            msg = (
                f"early_stopping would judge by {len(test)} of {len(index)} samples; "
                "increase validation_fraction, or give more samples"
            )
            raise ValueError(msg)
        return self.rows(np.sort(train)), self.rows(np.sort(test))

    def prepared(self, dtype: DTypeLike, n_outputs: int, classes: tuple[str, ...] | None) -> Prepared:
        """Return them as a training part; there is no other. Features that have the format are not copied."""
        weight = None if self.weight is None else self.weight.astype(dtype)
        part = PreparedPart(np.ascontiguousarray(self.features, dtype), self.labels, weight)
        transform = identity_transform(self.features.shape[1])
        return Prepared(part, None, part, transform, None, n_outputs, classes)

    def score(self, outputs: NDArray[np.floating], *, is_classification: bool) -> float:
        """Return accuracy or R² of a network's outputs, weighted; as the estimator's own ``score`` has it."""
        if is_classification:
            return float(accuracy_score(self.labels, outputs.argmax(axis=1), sample_weight=self.weight))
        return float(r2_score(self.labels, outputs, sample_weight=self.weight))

    def _taken(self, index: NDArray[np.int64]) -> Samples:
        weight = None if self.weight is None else self.weight[index]
        return replace(self, features=self.features[index], labels=self.labels[index], weight=weight)


def identity_transform(n_features: int) -> Transform:
    """Return a transform that changes nothing."""
    return Transform(NoScaling(), None, NoScaling(), n_features)
