"""Samples on the device: bytes stay bytes until they are gathered."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from wattlab.engines.torch.losses import smoothing, takes_indices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.data.preparation import Prepared, PreparedPart
    from wattlab.recipe.objective import Loss

__all__ = ["Resident", "Samples", "as_tensor"]


@dataclass(frozen=True)
class Samples:
    """A part of the data on the device.

    Parameters
    ----------
    features : Tensor of shape (n_samples, n_features)
        Floating-point numbers, or bytes.
    targets : Tensor
        What the loss takes: class indices of shape (n_samples,), or numbers of shape (n_samples, n_outputs).
    labels : Tensor of shape (n_samples,), or None
        Class indices; None for regression.
    weights : Tensor of shape (n_samples,), or None
        How much each sample counts.
    """

    features: torch.Tensor
    targets: torch.Tensor
    labels: torch.Tensor | None
    weights: torch.Tensor | None

    def __len__(self) -> int:
        return len(self.features)


class Resident:
    """Brings parts of the data to the device, those of the training's own data once.

    Parameters
    ----------
    data : Prepared
    loss : Loss
        The recipe's: it decides how targets are written.
    dtype : torch.dtype
        Of what the network computes with.
    device : torch.device
    """

    def __init__(self, data: Prepared, loss: Loss, dtype: torch.dtype, device: torch.device) -> None:
        self._data, self._device, self._dtype = data, device, dtype
        self._indices = takes_indices(loss)
        self._kept: dict[int, Samples] = {}
        scale = data.byte_scale
        self._scale = None if scale is None else torch.tensor(scale, dtype=dtype, device=device)
        hot = torch.eye(data.n_outputs, dtype=dtype, device=device)
        self._table = hot * (1 - smoothing(loss)) + smoothing(loss) / data.n_outputs

    def samples(self, part: PreparedPart) -> Samples:
        """Return a part on the device."""
        own = any(part is one for one in (self._data.train, self._data.validation, self._data.test))
        if not own:
            return self._bring(part)
        if id(part) not in self._kept:
            self._kept[id(part)] = self._bring(part)
        return self._kept[id(part)]

    def features(self, features: NDArray[Any]) -> torch.Tensor:
        """Return features on the device: bytes as bytes, all others in the network's number format."""
        tensor = as_tensor(features)
        return tensor.to(self._device, tensor.dtype if tensor.dtype == torch.uint8 else self._dtype)

    def inputs(self, features: torch.Tensor) -> torch.Tensor:
        """Return what the network takes: bytes are converted and scaled in one go."""
        return features if self._scale is None or features.dtype != torch.uint8 else features * self._scale

    def numbers(self, samples: Samples, rows: torch.Tensor | slice) -> torch.Tensor:
        """Return targets as numbers, shape (n_rows, n_outputs); those of classes are one-hot, or smoothed."""
        return samples.targets[rows] if samples.labels is None else self._table[samples.labels[rows]]

    def _bring(self, part: PreparedPart) -> Samples:
        classifies = self._data.classes is not None
        labels = as_tensor(part.labels).to(self._device) if classifies else None
        if labels is None:
            targets = as_tensor(part.labels).to(self._device, self._dtype).reshape(-1, self._data.n_outputs)
        else:
            labels = labels.long()
            targets = labels if self._indices else self._table[labels]
        weight = part.sample_weight
        weights = None if weight is None else as_tensor(weight).to(self._device, self._dtype)
        return Samples(self.features(part.features), targets, labels, weights)


def as_tensor(array: NDArray[np.generic]) -> torch.Tensor:
    """Return a tensor that shares an array's memory; nobody here writes into it, though torch would allow that."""
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="The given NumPy array is not writable", category=UserWarning
        )
        return torch.from_numpy(np.ascontiguousarray(array))
