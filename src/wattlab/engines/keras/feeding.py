"""How samples reach Keras' ``fit``: kept as one array each, gathered batch by batch in a given order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["Feed", "make_feed"]

Bounds = list[tuple[int, int]]


class Feed(ABC):
    """The training part, as ``fit`` takes it."""

    @abstractmethod
    def batches(self, order: NDArray[np.int64], bounds: Bounds) -> Any:
        """Return an epoch's batches for ``fit(x=…)``.

        Parameters
        ----------
        order : ndarray of shape (n_samples,), int64
            Rows in the order in which they are used.
        bounds : list of (int, int)
            Begin and end of each batch in that order; all but the last are of one length.
        """

    @abstractmethod
    def each(self, order: NDArray[np.int64], bounds: Bounds) -> Iterator[tuple[Any, ...]]:
        """Yield the same batches one by one, each a tuple of tensors."""


def make_feed(arrays: Sequence[NDArray[Any]], batch_size: int, threads: int | None) -> Feed:
    """Return the quickest feed for the backend in use.

    Parameters
    ----------
    arrays : sequence of ndarray
        Features, labels and, if there are any, sample weights; the same number of rows in each.
    batch_size : int
        Rows of a full batch.
    threads : int or None
        Most threads that gather; None: the backend's own choice.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return TensorFlowFeed(arrays, batch_size, threads)
    return ResidentFeed(_TO_DEVICE[backend](arrays), _TAKERS[backend]())


class TensorFlowFeed(Feed):
    """A ``tf.data`` pipeline that gathers ahead of the training, while that computes.

    It is built once for each number of batches; an epoch only puts its order into a variable.

    Parameters
    ----------
    arrays, batch_size, threads
        As of `make_feed`.
    """

    def __init__(self, arrays: Sequence[NDArray[Any]], batch_size: int, threads: int | None) -> None:
        import tensorflow as tf

        self.batch_size, self.threads = batch_size, threads
        with tf.device("CPU:0"):  # the pipeline runs there, whatever the network runs on
            self.arrays = tuple(tf.constant(array) for array in arrays)
            nothing = np.zeros(0, np.int64)
            self.order = tf.Variable(nothing, shape=tf.TensorShape([None]), trainable=False)
        self._pipelines: dict[int, Any] = {}

    def batches(self, order: NDArray[np.int64], bounds: Bounds) -> Any:
        """Return a ``tf.data.Dataset``; see `Feed.batches`."""
        self.order.assign(order[: bounds[-1][1]])
        if len(bounds) not in self._pipelines:
            self._pipelines[len(bounds)] = self._pipeline(len(bounds))
        return self._pipelines[len(bounds)]

    def each(self, order: NDArray[np.int64], bounds: Bounds) -> Iterator[tuple[Any, ...]]:
        """Yield batches; see `Feed.each`."""
        return iter(self.batches(order, bounds))

    def _pipeline(self, n_batches: int) -> Any:
        import tensorflow as tf

        def gather(index: Any) -> Any:
            rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
            return tuple(tf.gather(array, rows) for array in self.arrays)

        options = tf.data.Options()
        # As in Keras' own pipeline for arrays: rewriting the graph would copy the features that it holds.
        options.experimental_optimization.apply_default_optimizations = False
        if self.threads is not None:
            options.threading.private_threadpool_size = self.threads
        batches = tf.data.Dataset.range(n_batches).map(gather, num_parallel_calls=tf.data.AUTOTUNE)
        return batches.with_options(options).prefetch(tf.data.AUTOTUNE)


class ResidentFeed(Feed):
    """Arrays that stay on the device and are gathered there.

    Parameters
    ----------
    arrays : tuple of arrays
        On the device.
    take : callable (arrays, rows) -> tuple of arrays
        Gathers rows of all of them.
    """

    def __init__(self, arrays: tuple[Any, ...], take: Callable[[tuple[Any, ...], Any], Any]) -> None:
        self.arrays, self.take = arrays, take

    def batches(self, order: NDArray[np.int64], bounds: Bounds) -> Any:
        """Return a ``keras.utils.PyDataset``; see `Feed.batches`."""
        return _Batches(self, order.astype(np.int32), bounds)

    def each(self, order: NDArray[np.int64], bounds: Bounds) -> Iterator[tuple[Any, ...]]:
        """Yield batches; see `Feed.each`."""
        batches = self.batches(order, bounds)
        return (batches[index] for index in range(len(bounds)))


class _Batches(keras.utils.PyDataset):
    """An epoch of a `ResidentFeed`; without workers, as gathering on the device is only a call."""

    def __init__(self, feed: ResidentFeed, order: NDArray[np.int32], bounds: Bounds) -> None:
        super().__init__(workers=1, use_multiprocessing=False)
        self.feed, self.order, self.bounds = feed, order, bounds

    def __len__(self) -> int:
        return len(self.bounds)

    def __getitem__(self, index: int) -> Any:
        start, stop = self.bounds[index]
        return self.feed.take(self.feed.arrays, self.order[start:stop])


def _to_jax(arrays: Sequence[NDArray[Any]]) -> tuple[Any, ...]:
    import jax.numpy as jnp

    return tuple(jnp.asarray(array) for array in arrays)


def _to_torch(arrays: Sequence[NDArray[Any]]) -> tuple[Any, ...]:
    # A copy: torch warns of memory that it may not write to, and prepared data is read-only.
    return tuple(keras.ops.convert_to_tensor(np.array(array)) for array in arrays)


def _jax_taker() -> Callable[[tuple[Any, ...], Any], Any]:
    import jax

    def take(arrays: tuple[Any, ...], rows: Any) -> tuple[Any, ...]:
        return tuple(array.at[rows].get(mode="promise_in_bounds") for array in arrays)

    compiled: Callable[[tuple[Any, ...], Any], Any] = jax.jit(take)
    return compiled


def _torch_taker() -> Callable[[tuple[Any, ...], Any], Any]:
    import torch

    def take(arrays: tuple[Any, ...], rows: NDArray[np.int32]) -> tuple[Any, ...]:
        index = torch.from_numpy(rows).to(arrays[0].device, non_blocking=True)
        return tuple(array.index_select(0, index) for array in arrays)

    return take


_TO_DEVICE: dict[str, Callable[[Sequence[NDArray[Any]]], tuple[Any, ...]]] = {
    "jax": _to_jax,
    "torch": _to_torch,
}
_TAKERS: dict[str, Callable[[], Callable[[tuple[Any, ...], Any], Any]]] = {
    "jax": _jax_taker,
    "torch": _torch_taker,
}
