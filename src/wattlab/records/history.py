"""The course of a training, by epoch and by batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from wattlab.engines.base import BatchLog

__all__ = ["EPOCH_COLUMNS", "History", "HistoryWriter"]

EPOCH_COLUMNS = {
    "learning_rate": "learning rate of the epoch's last step",
    "momentum": "momentum of the epoch's last step, where the schedule cycles it",
    "mean_batch_cost": "mean of the batches' costs, regularisation included",
    "train_cost": "cost of the whole training part after the epoch, regularisation included",
    "train_regularisation_share": "share of regularisation in train_cost",
    "train_score": "accuracy (R²) on the training part, from the batches or a full pass",
    "test_score": "accuracy (R²) on the test part",
    "test_cost": "loss on the test part, without regularisation",
    "validation_score": "accuracy (R²) on the validation part",
    "validation_cost": "loss on the validation part, without regularisation",
    "shuffle_s": "seconds for drawing the order of the samples",
    "batches_s": "seconds for the batches",
    "evaluation_s": "seconds for all evaluations after the epoch",
    "skipped_steps": "steps whose update was left out because a gradient overflowed in float16",
    "elapsed_s": "seconds from the start of the process to the end of the epoch's evaluations",
    "energy_J": "gross energy from the start of the process to the same moment, in joules",
}
"""Columns with one number an epoch; NaN where it was not asked for."""

_BATCH_COLUMNS = ("batch_cost", "batch_regularisation", "batch_mean_abs_error")
_LAYER_COLUMNS = ("mean_abs_weight", "forward_s", "backward_s")


@dataclass(frozen=True)
class History:
    """Arrays by name.

    Columns of `EPOCH_COLUMNS` have shape (n_epochs,); ``batch_cost``, ``batch_regularisation`` and
    ``batch_mean_abs_error`` (n_epochs, n_batches); ``mean_abs_weight``, ``forward_s`` and ``backward_s``
    (n_epochs, n_layers).

    Parameters
    ----------
    arrays : dict of float64 arrays
    """

    arrays: Mapping[str, NDArray[np.float64]]

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        return self.arrays[name]

    @property
    def n_epochs(self) -> int:
        """Number of finished epochs."""
        return len(self.arrays["learning_rate"])

    def known(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return 1-based epochs and values of a column, without the epochs in which it was not found."""
        values = self.arrays[name]
        rows = np.flatnonzero(np.isfinite(values))
        return rows + 1, values[rows]

    def __repr__(self) -> str:
        return f"History({self.n_epochs} epochs: {', '.join(self.arrays)})"


@dataclass
class HistoryWriter:
    """Collects one epoch after the other.

    Parameters
    ----------
    n_layers : int
        Layers with weights.
    """

    n_layers: int
    _columns: dict[str, list[object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in (*EPOCH_COLUMNS, *_BATCH_COLUMNS, *_LAYER_COLUMNS):
            self._columns.setdefault(name, [])

    @property
    def n_epochs(self) -> int:
        """Number of epochs collected."""
        return len(self._columns["learning_rate"])

    def append(
        self,
        values: Mapping[str, float],
        log: BatchLog,
        mean_abs_weight: Sequence[float] | NDArray[np.floating],
    ) -> None:
        """Add an epoch; columns that `values` does not name are NaN."""
        for name in EPOCH_COLUMNS:
            self._columns[name].append(float(values.get(name, np.nan)))
        self._columns["batch_cost"].append(log.cost)
        self._columns["batch_regularisation"].append(log.regularisation)
        self._columns["batch_mean_abs_error"].append(log.mean_abs_error)
        self._columns["mean_abs_weight"].append(np.asarray(mean_abs_weight, np.float64))
        self._columns["forward_s"].append(log.forward_s)
        self._columns["backward_s"].append(log.backward_s)

    def last(self, name: str) -> float:
        """Return the newest known value of a column, NaN if there is none."""
        known = [value for value in self._columns[name] if isinstance(value, float) and np.isfinite(value)]
        return known[-1] if known else float("nan")

    def history(self, n_epochs: int | None = None) -> History:
        """Return what was collected as arrays, of the first `n_epochs` only if that is given."""
        arrays = {name: np.array(rows[:n_epochs], np.float64) for name, rows in self._columns.items()}
        if not len(arrays["learning_rate"]):
            arrays |= {name: np.zeros((0, 0)) for name in _BATCH_COLUMNS}
            arrays |= {name: np.zeros((0, self.n_layers)) for name in _LAYER_COLUMNS}
        return History(arrays)

    @classmethod
    def continuing(cls, arrays: Mapping[str, NDArray[np.float64]], n_layers: int) -> HistoryWriter:
        """Return a writer that goes on where saved arrays end."""
        columns: dict[str, list[object]] = {}
        for name, rows in arrays.items():
            columns[name] = list(rows) if rows.ndim > 1 else [float(value) for value in rows]
        return cls(n_layers, columns)
