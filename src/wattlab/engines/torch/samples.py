"""Samples on the device: bytes stay bytes until they are gathered; what is too large for a GPU stays on the host."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from wattlab.engines.torch.losses import smoothing, takes_indices
from wattlab.engines.torch.streaming import Selection, moved

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from numpy.typing import NDArray

    from wattlab.data.preparation import Prepared, PreparedPart
    from wattlab.recipe.objective import Loss

__all__ = ["Resident", "Samples", "as_tensor"]

LARGEST_SHARE: Final = 0.5
"""Of a GPU's free memory that a part may take to lie there as a whole; the network needs the rest."""


@dataclass(frozen=True)
class Samples:
    """A part of the data.

    Parameters
    ----------
    features : Tensor of shape (n_samples, n_features)
        Floating-point numbers, or bytes; on the device, or on the host where they are too many for it.
    targets : Tensor or None
        What the loss takes, on the device: class indices of shape (n_samples,), or numbers of shape
        (n_samples, n_outputs); None where the inputs are to be reconstructed.
    labels : Tensor of shape (n_samples,), or None
        Class indices; None where outputs are numbers.
    weights : Tensor of shape (n_samples,), or None
        How much each sample counts.
    """

    features: torch.Tensor
    targets: torch.Tensor | None
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
        self._data, self.device, self._dtype = data, device, dtype
        self.reconstructs = data.reconstructs
        self._indices = takes_indices(loss)
        self._kept: dict[int, Samples] = {}
        scale = data.byte_scale
        self._scale = None if scale is None else torch.tensor(scale, dtype=dtype, device=device)
        n_classes = 0 if data.classes is None else data.n_outputs
        hot = torch.eye(n_classes, dtype=dtype, device=device)
        self._table = hot * (1 - smoothing(loss)) + smoothing(loss) / max(1, n_classes)

    def samples(self, part: PreparedPart) -> Samples:
        """Return a part, on the device as far as that has room."""
        own = any(part is one for one in (self._data.train, self._data.validation, self._data.test))
        if not own:
            return self._bring(part)
        if id(part) not in self._kept:
            self._kept[id(part)] = self._bring(part)
        return self._kept[id(part)]

    def blocks(self, features: torch.Tensor, n_rows: int) -> Iterator[tuple[slice, torch.Tensor]]:
        """Yield slices of at most `n_rows` rows, and the features of each on the device; one slice at least."""
        starts = range(0, max(1, len(features)), n_rows)
        slices = [slice(start, min(start + n_rows, len(features))) for start in starts]
        there = (
            self.stream(features, slices) if self.is_apart(features) else map(features.__getitem__, slices)
        )
        yield from zip(slices, map(self.converted, there), strict=True)

    def stream(self, features: torch.Tensor, selections: Sequence[Selection]) -> Generator[torch.Tensor]:
        """Yield rows of what lies on the host, on the device; they are gathered ahead."""
        return moved(features, selections, self.device)

    def is_apart(self, features: torch.Tensor) -> bool:
        """Tell whether features have to be brought to the device batch by batch."""
        return features.device != self.device

    def converted(self, features: torch.Tensor) -> torch.Tensor:
        """Return bytes as they are, all else in the network's number format."""
        return features if features.dtype == torch.uint8 else features.to(self._dtype)

    def inputs(self, features: torch.Tensor) -> torch.Tensor:
        """Return what the network takes: bytes are converted and scaled in one go."""
        return features if self._scale is None or features.dtype != torch.uint8 else features * self._scale

    def numbers(self, samples: Samples, rows: torch.Tensor | slice) -> torch.Tensor:
        """Return targets as numbers, shape (n_rows, n_outputs); those of classes are one-hot, or smoothed."""
        if samples.labels is not None:
            return self._table[samples.labels[rows]]
        assert samples.targets is not None, "a network that reconstructs has its inputs as targets"
        return samples.targets[rows]

    def _bring(self, part: PreparedPart) -> Samples:
        features = self._features(part.features)
        weight = part.sample_weight
        weights = None if weight is None else as_tensor(weight).to(self.device, self._dtype)
        if self.reconstructs:
            return Samples(features, None, None, weights)
        if self._data.classes is None:
            targets = as_tensor(part.labels).to(self.device, self._dtype).reshape(-1, self._data.n_outputs)
            return Samples(features, targets, None, weights)
        labels = as_tensor(part.labels).to(self.device).long()
        return Samples(features, labels if self._indices else self._table[labels], labels, weights)

    def _features(self, features: NDArray[Any]) -> torch.Tensor:
        """Return features on the device, or on the host where they are too many: bytes as bytes, else as numbers."""
        tensor = as_tensor(features)
        return self.converted(tensor.to(self.device)) if has_room(self.device, tensor.nbytes) else tensor


def has_room(device: torch.device, n_bytes: int) -> bool:
    """Tell whether a part of so many bytes may lie on a device as a whole; on the host it does already."""
    if device.type != "cuda":
        return True
    free, _ = torch.cuda.mem_get_info(device)
    return n_bytes <= LARGEST_SHARE * free


def as_tensor(array: NDArray[np.generic]) -> torch.Tensor:
    """Return a tensor that shares an array's memory, or its file; torch would allow to write, but nobody here does."""
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="The given NumPy array is not writable", category=UserWarning
        )
        return torch.from_numpy(np.ascontiguousarray(array))
