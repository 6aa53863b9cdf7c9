"""Batches of the training part: gathered, and changed at random where the recipe says so."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import torch

from wattlab.engines.torch.augmentation import Augmenter

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from wattlab.data.preparation import Prepared
    from wattlab.engines.torch.samples import Resident
    from wattlab.recipe.recipe import Recipe

    Tensor = torch.Tensor

__all__ = ["Batch", "Feed"]


class Batch(NamedTuple):
    """Some samples on the device.

    Parameters
    ----------
    features : Tensor of shape (n_rows, n_features)
        Not yet scaled where they are bytes.
    targets : Tensor or None
        What the loss takes; None: the inputs themselves, changed images as they were changed.
    weights : Tensor of shape (n_rows,), or None
        How much each sample counts.
    """

    features: Tensor
    targets: Tensor | None
    weights: Tensor | None


class Feed:
    """Gathers the batches of the training part.

    Parameters
    ----------
    recipe : Recipe
    data : Prepared
    resident : Resident
    """

    def __init__(self, recipe: Recipe, data: Prepared, resident: Resident) -> None:
        self._resident = resident
        self.samples = resident.samples(data.train)
        self._is_apart = resident.is_apart(self.samples.features)
        self._augmenter: Augmenter | None = None
        if recipe.augmentation.is_on:
            assert data.image_shape is not None, "check_augmentation has let it pass"
            self._augmenter = Augmenter(
                recipe.augmentation, data.image_shape, recipe.seed, len(self.samples), resident.device
            )
            self._augmenter.begin(0)
        self._stream: Generator[Tensor] | None = None

    @property
    def is_plain(self) -> bool:
        """Whether batches are rows of what lies on the device, unchanged."""
        return self._augmenter is None and not self._is_apart

    @contextmanager
    def epoch(
        self, order: NDArray[np.int64], bounds: Sequence[tuple[int, int]], epoch: int
    ) -> Iterator[Tensor]:
        """Make ready for the batches of an epoch, taken in turn inside the block; yield the order on the device."""
        if self._augmenter is not None:
            self._augmenter.begin(epoch)
        rows = torch.from_numpy(order)
        if self._is_apart:
            selections = [rows[start:stop] for start, stop in bounds]
            self._stream = self._resident.stream(self.samples.features, selections)
        try:
            yield rows.to(self._resident.device)
        finally:
            if self._stream is not None:
                self._stream.close()
            self._stream = None

    def __call__(self, rows: Tensor) -> Batch:
        """Return some samples: inside `epoch` its next batch, whose rows they have to be."""
        samples = self.samples
        features = self._gathered(rows) if self._is_apart else samples.features.index_select(0, rows)
        if self._augmenter is not None:
            features = self._augmenter(features, rows)
        targets = None if samples.targets is None else samples.targets.index_select(0, rows)
        weights = None if samples.weights is None else samples.weights.index_select(0, rows)
        return Batch(features, targets, weights)

    def _gathered(self, rows: Tensor) -> Tensor:
        """Return features that lie on the host: the next ones of an epoch, or those of any rows."""
        if self._stream is not None:
            return self._resident.converted(next(self._stream))
        features = self.samples.features.index_select(0, rows.cpu())
        return self._resident.converted(features.to(self._resident.device))
