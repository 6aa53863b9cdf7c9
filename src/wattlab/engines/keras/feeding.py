"""How samples reach Keras' ``fit``: kept as one array each, gathered batch by batch in a given order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from wattlab.engines.keras.augmenting import Changes

__all__ = ["Bounds", "Feed", "ResidentFeed", "TensorFlowFeed"]

Bounds = list[tuple[int, int]]


class Feed(ABC):
    """The training part, as ``fit`` takes it."""

    name: str
    """What it is called among the facts of a run."""

    @abstractmethod
    def batches(
        self, order: NDArray[np.int64], bounds: Bounds, draws: NDArray[np.int32] | None = None
    ) -> Any:
        """Return an epoch's batches for ``fit(x=…)``.

        Parameters
        ----------
        order : ndarray of shape (n_samples,), int64
            Rows in the order in which they are used.
        bounds : list of (int, int)
            Begin and end of each batch in that order; all but the last are of one length.
        draws : ndarray of shape (n_samples, 5), int32, or None
            What changes each sample, by row; None: nothing does.
        """

    @abstractmethod
    def each(
        self, order: NDArray[np.int64], bounds: Bounds, draws: NDArray[np.int32] | None = None
    ) -> Iterator[tuple[Any, ...]]:
        """Yield the same batches one by one, each a tuple of tensors."""


class TensorFlowFeed(Feed):
    """A ``tf.data`` pipeline that gathers ahead of the training, while that computes.

    It is built once for each number of batches; an epoch only puts its order and its draws into variables.

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
    """

    name = "tf.data"

    def __init__(
        self, arrays: Sequence[NDArray[Any]], batch_size: int, threads: int | None, changes: Changes | None
    ) -> None:
        import tensorflow as tf

        self.batch_size, self.threads, self.changes = batch_size, threads, changes
        with tf.device("CPU:0"):  # the pipeline runs there, whatever the network runs on
            self.arrays = tuple(tf.constant(array) for array in arrays)
            self.order = tf.Variable(np.zeros(0, np.int64), shape=tf.TensorShape([None]), trainable=False)
            nothing = np.zeros((0, 5), np.int32)
            self.draws = tf.Variable(nothing, shape=tf.TensorShape([None, 5]), trainable=False)
        self._pipelines: dict[int, Any] = {}

    def batches(
        self, order: NDArray[np.int64], bounds: Bounds, draws: NDArray[np.int32] | None = None
    ) -> Any:
        """Return a ``tf.data.Dataset``; see `Feed.batches`."""
        self.order.assign(order[: bounds[-1][1]])
        if draws is not None:
            self.draws.assign(draws)
        if len(bounds) not in self._pipelines:
            self._pipelines[len(bounds)] = self._pipeline(len(bounds))
        return self._pipelines[len(bounds)]

    def each(
        self, order: NDArray[np.int64], bounds: Bounds, draws: NDArray[np.int32] | None = None
    ) -> Iterator[tuple[Any, ...]]:
        """Yield batches; see `Feed.each`."""
        return iter(self.batches(order, bounds, draws))

    def _pipeline(self, n_batches: int) -> Any:
        import tensorflow as tf

        def gather(index: Any) -> Any:
            rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
            features, *others = (tf.gather(array, rows) for array in self.arrays)
            if self.changes is not None:
                features = self.changes.on_device(features, tf.gather(self.draws, rows))
            return (features, *others)

        options = tf.data.Options()
        # As in Keras' own pipeline for arrays: rewriting the graph would copy the features that it holds.
        options.experimental_optimization.apply_default_optimizations = False
        if self.threads is not None:
            options.threading.private_threadpool_size = self.threads
        batches = tf.data.Dataset.range(n_batches).map(gather, num_parallel_calls=tf.data.AUTOTUNE)
        return batches.with_options(options).prefetch(tf.data.AUTOTUNE)


class ResidentFeed(Feed):
    """Arrays that stay on the device and are gathered there, by JAX or torch.

    Parameters
    ----------
    arrays : sequence of ndarray
        As of `TensorFlowFeed`.
    changes : Changes or None
        Of the features.
    """

    name = "on the device"

    def __init__(self, arrays: Sequence[NDArray[Any]], changes: Changes | None) -> None:
        backend = keras.backend.backend()
        self.arrays = _TO_DEVICE[backend](arrays)
        self.take = _TAKERS[backend](changes)

    def batches(
        self, order: NDArray[np.int64], bounds: Bounds, draws: NDArray[np.int32] | None = None
    ) -> Any:
        """Return a ``keras.utils.PyDataset``; see `Feed.batches`."""
        return _Batches(self, order.astype(np.int32), bounds, draws)

    def each(
        self, order: NDArray[np.int64], bounds: Bounds, draws: NDArray[np.int32] | None = None
    ) -> Iterator[tuple[Any, ...]]:
        """Yield batches; see `Feed.each`."""
        batches = self.batches(order, bounds, draws)
        return (batches[index] for index in range(len(bounds)))


class _Batches(keras.utils.PyDataset):
    """An epoch of a `ResidentFeed`; without workers, as gathering on the device is only a call."""

    def __init__(
        self, feed: ResidentFeed, order: NDArray[np.int32], bounds: Bounds, draws: NDArray[np.int32] | None
    ) -> None:
        super().__init__(workers=1, use_multiprocessing=False)
        self.feed, self.order, self.bounds, self.draws = feed, order, bounds, draws

    def __len__(self) -> int:
        return len(self.bounds)

    def __getitem__(self, index: int) -> Any:
        start, stop = self.bounds[index]
        rows = self.order[start:stop]
        return self.feed.take(self.feed.arrays, rows, None if self.draws is None else self.draws[rows])


def _to_jax(arrays: Sequence[NDArray[Any]]) -> tuple[Any, ...]:
    import jax.numpy as jnp

    return tuple(jnp.asarray(array) for array in arrays)


def _to_torch(arrays: Sequence[NDArray[Any]]) -> tuple[Any, ...]:
    # A copy: torch warns of memory that it may not write to, and prepared data is read-only.
    return tuple(keras.ops.convert_to_tensor(np.array(array)) for array in arrays)


def _jax_taker(changes: Changes | None) -> Callable[..., tuple[Any, ...]]:
    import jax

    def take(arrays: tuple[Any, ...], rows: Any, draws: Any) -> tuple[Any, ...]:
        features, *others = (array.at[rows].get(mode="promise_in_bounds") for array in arrays)
        return (features if changes is None else changes.on_device(features, draws), *others)

    compiled: Callable[..., tuple[Any, ...]] = jax.jit(take)
    return compiled


def _torch_taker(changes: Changes | None) -> Callable[..., tuple[Any, ...]]:
    import torch

    def take(arrays: tuple[Any, ...], rows: NDArray[np.int32], draws: Any) -> tuple[Any, ...]:
        index = torch.from_numpy(rows).to(arrays[0].device, non_blocking=True)
        features, *others = (array.index_select(0, index) for array in arrays)
        if changes is not None:
            drawn = torch.from_numpy(draws).to(index.device, non_blocking=True)
            features = changes.on_device(features, drawn)
        return (features, *others)

    return take


_TO_DEVICE: dict[str, Callable[[Sequence[NDArray[Any]]], tuple[Any, ...]]] = {
    "jax": _to_jax,
    "torch": _to_torch,
}
_TAKERS: dict[str, Callable[[Changes | None], Callable[..., tuple[Any, ...]]]] = {
    "jax": _jax_taker,
    "torch": _torch_taker,
}
