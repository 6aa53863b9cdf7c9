"""Data that stays where it is, on disk or in the host's memory, and comes to the device batch by batch."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import keras

from wattlab.engines.keras.feeding import Bounds, Feed, ResidentFeed, TensorFlowFeed
from wattlab.machine.memory import free_memory_B

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    import numpy as np
    from numpy.typing import NDArray

    from wattlab.engines.keras.augmenting import Changes
    from wattlab.engines.keras.devices import Place

__all__ = ["StreamedFeed", "make_feed"]

SHARE: Final = 0.25
"""Data that would take more of the free memory than this is not copied to where batches are gathered quickest."""
_AHEAD: Final = 4
"""So many batches are gathered before they are asked for."""
_WORKERS: Final = 2


def make_feed(
    arrays: Sequence[NDArray[Any]],
    batch_size: int,
    threads: int | None,
    changes: Changes | None,
    place: Place,
) -> Feed:
    """Return the quickest feed for the backend in use that the memory allows.

    Parameters
    ----------
    arrays : sequence of ndarray
        Features, labels and, if there are any, sample weights; the same number of rows in each.
    batch_size : int
        Rows of a full batch.
    threads : int or None
        Most threads that gather; None: the backend's own choice.
    changes : Changes or None
        Of the features.
    place : Place
        Where the training computes.
    """
    if arrays[0].nbytes > SHARE * place.free_memory_B(free_memory_B()):
        return StreamedFeed(arrays, changes)
    if keras.backend.backend() == "tensorflow":
        return TensorFlowFeed(arrays, batch_size, threads, changes)
    return ResidentFeed(arrays, changes)


class StreamedFeed(Feed):
    """Batches gathered on the host by threads that are a few batches ahead of the training.

    Parameters
    ----------
    arrays : sequence of ndarray
        Features, labels and, if there are any, sample weights; they may lie in a file.
    changes : Changes or None
        Of the features.
    """

    name = "streamed"

    def __init__(self, arrays: Sequence[NDArray[Any]], changes: Changes | None) -> None:
        self.arrays, self.changes = tuple(arrays), changes
        self.pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="wattlab-feed")

    def batches(
        self, order: NDArray[np.int64], bounds: Bounds, draws: NDArray[np.int32] | None = None
    ) -> Any:
        """Return a ``keras.utils.PyDataset``; see `Feed.batches`."""
        return _Ahead(self, order, bounds, draws)

    def each(
        self, order: NDArray[np.int64], bounds: Bounds, draws: NDArray[np.int32] | None = None
    ) -> Iterator[tuple[Any, ...]]:
        """Yield batches; see `Feed.each`."""
        batches = self.batches(order, bounds, draws)
        for index in range(len(bounds)):
            yield tuple(keras.ops.convert_to_tensor(array) for array in batches[index])

    def gathered(self, rows: NDArray[np.int64], draws: NDArray[np.int32] | None) -> tuple[NDArray[Any], ...]:
        """Return one batch."""
        features, *others = (array[rows] for array in self.arrays)
        if self.changes is not None and draws is not None:
            features = self.changes.on_host(features, draws[rows])
        return (features, *others)


class _Ahead(keras.utils.PyDataset):
    """An epoch of a `StreamedFeed`.

    Keras' own workers serve too, but wait for a tenth of a second at the end of every epoch.
    """

    def __init__(
        self,
        feed: StreamedFeed,
        order: NDArray[np.int64],
        bounds: Bounds,
        draws: NDArray[np.int32] | None,
    ) -> None:
        super().__init__(workers=1, use_multiprocessing=False)
        self.feed, self.order, self.bounds, self.draws = feed, order, bounds, draws
        self.coming: dict[int, Future[tuple[NDArray[Any], ...]]] = {}

    def __len__(self) -> int:
        return len(self.bounds)

    def __getitem__(self, index: int) -> tuple[NDArray[Any], ...]:
        for wanted in range(index, min(index + 1 + _AHEAD, len(self.bounds))):
            if wanted not in self.coming:
                start, stop = self.bounds[wanted]
                rows = self.order[start:stop]
                self.coming[wanted] = self.feed.pool.submit(self.feed.gathered, rows, self.draws)
        return self.coming.pop(index).result()
