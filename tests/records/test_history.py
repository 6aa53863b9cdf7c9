"""The course of a training as arrays, whole, in part, and continued."""

from __future__ import annotations

import numpy as np

from wattlab.engines.base import BatchLog
from wattlab.records.history import EPOCH_COLUMNS, HistoryWriter


def log(base: float, n_batches: int = 3, n_layers: int = 0) -> BatchLog:
    batches = base + np.arange(n_batches) / 10
    return BatchLog(batches, batches / 2, batches / 4, None, np.full(n_layers, base), np.full(n_layers, base))


def filled(n_epochs: int) -> HistoryWriter:
    writer = HistoryWriter(n_layers=2)
    for epoch in range(n_epochs):
        values = {"learning_rate": 0.1 + epoch, "elapsed_s": float(epoch)}
        writer.append(
            values | ({"test_score": epoch / 10} if epoch % 2 else {}), log(epoch), [epoch, epoch + 1]
        )
    return writer


def test_every_column_has_one_row_an_epoch() -> None:
    history = filled(4).history()
    assert history.n_epochs == 4
    for name in EPOCH_COLUMNS:
        assert history[name].shape == (4,)
    assert history["batch_cost"].shape == history["batch_regularisation"].shape == (4, 3)
    assert history["batch_mean_abs_error"][2].tolist() == (log(2).mean_abs_error).tolist()
    assert history["mean_abs_weight"].tolist() == [[0, 1], [1, 2], [2, 3], [3, 4]]
    assert history["forward_s"].shape == (4, 0)
    assert all(array.dtype == np.float64 for array in history.arrays.values())


def test_what_was_not_asked_for_is_nan_and_left_out_of_the_known() -> None:
    history = filled(4).history()
    assert np.isnan(history["test_score"]).tolist() == [True, False, True, False]
    assert np.isnan(history["validation_score"]).all()
    epochs, scores = history.known("test_score")
    assert (epochs.tolist(), scores.tolist()) == ([2, 4], [0.1, 0.3])
    assert filled(4).last("test_score") == 0.3
    assert np.isnan(filled(4).last("validation_score"))


def test_the_first_epochs_alone() -> None:
    part, whole = filled(4).history(2), filled(2).history()
    for name, array in whole.arrays.items():
        np.testing.assert_array_equal(part[name], array)


def test_no_epoch_at_all_still_has_every_column() -> None:
    history = filled(0).history()
    assert history.n_epochs == 0
    assert (history["test_score"].shape, history["batch_cost"].shape) == ((0,), (0, 0))
    assert history["mean_abs_weight"].shape == (0, 2)


def test_a_writer_goes_on_where_arrays_end() -> None:
    whole = filled(4).history()
    for stop in range(4):
        writer = HistoryWriter.continuing(filled(stop).history().arrays, n_layers=2)
        assert writer.n_epochs == stop
        for epoch in range(stop, 4):
            values = {"learning_rate": 0.1 + epoch, "elapsed_s": float(epoch)}
            writer.append(
                values | ({"test_score": epoch / 10} if epoch % 2 else {}), log(epoch), [epoch, epoch + 1]
            )
        for name, array in whole.arrays.items():
            np.testing.assert_array_equal(writer.history()[name], array)
