"""The compiled pass against the NumPy pass."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from wattlab.data.batches import order
from wattlab.engines.native import compiled as passes
from wattlab.engines.native import compiled_loop, compiled_pieces, patience, sharing
from wattlab.engines.native.compiled_loop import CompiledLoop
from wattlab.engines.native.engine import NativeEngine
from wattlab.engines.phases import PhaseClock, PhaseTimes, Untimed
from wattlab.machine.threads import blas_threads
from wattlab.recipe.schedule import StepValues

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.data.preparation import Prepared
    from wattlab.engines.native.engine import NativeTrainer
    from wattlab.recipe import Recipe

pytest.importorskip("numba", reason="needs the extra 'compiled'")

# Each number of layers, and each format of the data, is compiled for a quarter of a minute: the contract of all engines
# takes many, and here are few others.
CASES = [
    ("sigmoid", "sigmoid", "log-loss"),
    ("tanh", "softmax", "cross-entropy"),
    ("relu", "softmax", "log-loss"),
    ("tanh", "sigmoid", "normalised-cross-entropy"),
    ("leaky-relu", "identity", "mse"),
    ("softmax", "tanh", "mse"),
    ("identity", "softmax", "mse"),
]


@pytest.mark.parametrize(("precision", "tolerance"), [("float64", 1e-10), ("float32", 3e-5)])
@pytest.mark.parametrize(("hidden", "output", "loss"), CASES)
@pytest.mark.parametrize("as_bytes", [True, False])
def test_compiled_and_numpy_train_alike(
    hidden: str,
    output: str,
    loss: str,
    precision: str,
    tolerance: float,
    as_bytes: bool,
    recipe: Callable[..., Recipe],
    data: Callable[..., Prepared],
    trainer: Callable[[Recipe, Prepared], NativeTrainer],
) -> None:
    layers = [{"units": 7, "activation": hidden}, {"activation": output}]
    samples = data(45, 6, as_bytes=as_bytes)
    if not as_bytes:
        part = type(samples.train)(samples.train.features.astype(precision), samples.train.labels)
        samples = type(samples)(part, None, part, samples.transform, None, 3, samples.classes)
    logs, flats = [], []
    for compiled in (False, True):
        chosen = recipe(
            network__layers=layers,
            loss={"kind": loss},
            engine__precision=precision,
            engine__compiled=compiled,
            training__batch_size=10,
            regularisation__l2=0.01,
            network__initial_biases="as-weights",
        )
        ours = trainer(chosen, samples)
        log = None
        for epoch in range(4):
            log = ours.train(order(0, epoch, 45), StepValues(np.full(5, 0.05)))
        logs.append(log)
        flats.append(ours.parameters.flat)
    assert flats[0].dtype == np.dtype(precision)
    np.testing.assert_allclose(flats[1], flats[0], rtol=tolerance, atol=tolerance)
    assert logs[0] is not None
    assert logs[1] is not None
    np.testing.assert_allclose(logs[1].cost, logs[0].cost, rtol=10 * tolerance)
    np.testing.assert_allclose(logs[1].mean_abs_error, logs[0].mean_abs_error, rtol=10 * tolerance)
    assert logs[1].n_correct == logs[0].n_correct


@pytest.mark.parametrize("block_rows", [512, 6])
@pytest.mark.parametrize("optimizer", ["sgd", "nesterov"])
def test_rows_shared_among_cores_give_the_gradient_of_the_whole(
    optimizer: str,
    block_rows: int,
    recipe: Callable[..., Recipe],
    data: Callable[..., Prepared],
    trainer: Callable[[Recipe, Prepared], NativeTrainer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    samples = data(95, 6, as_bytes=True)
    monkeypatch.setattr(sharing, "CALL_ROWS", 10)
    monkeypatch.setattr(sharing, "LOOP_ROWS", 10)
    monkeypatch.setattr(passes, "BLOCK_ROWS", block_rows)
    chosen = recipe(training__batch_size=40, engine__threads=3, optimizer__kind=optimizer)
    results = []
    for compiled in (False, True, True):
        ours = trainer(chosen.with_changes({"engine.compiled": compiled}), samples)
        assert isinstance(ours.loop, CompiledLoop) == (compiled and optimizer == "nesterov")
        assert ours.setup.shares == (3 if compiled else 1)
        logs = [ours.train(order(0, epoch, 95), StepValues(np.full(3, 0.1))) for epoch in range(3)]
        results.append((ours.parameters.flat, logs[-1].cost, logs[-1].n_correct))
    (plain, cost, correct), (shared, shared_cost, shared_correct), (again, _, _) = results
    np.testing.assert_allclose(shared, plain, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(shared_cost, cost, rtol=1e-10)
    assert shared_correct == correct
    np.testing.assert_array_equal(shared, again)


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("terms", [{}, {"l2": 0.02}, {"l1": 0.01, "l2": 0.02}])
@pytest.mark.parametrize("kind", ["momentum", "nesterov", "momentum-one-step", "adam"])
@pytest.mark.parametrize("regularised", [True, False])
def test_compiled_and_numpy_descend_alike(
    regularised: bool,
    kind: str,
    terms: dict[str, float],
    precision: str,
    recipe: Callable[..., Recipe],
    data: Callable[..., Prepared],
    trainer: Callable[[Recipe, Prepared], NativeTrainer],
) -> None:
    samples = data(40, 6, as_bytes=True)
    results = []
    for compiled in (False, True):
        hidden = {"units": 5, "activation": "tanh", "regularised": regularised}
        changes = {
            "network__layers": [hidden, {"activation": "softmax"}],
            "optimizer__kind": kind,
            "regularisation": terms,
            "engine__precision": precision,
        }
        ours = trainer(recipe(**changes, engine__compiled=compiled), samples)
        momenta = np.linspace(0.8, 0.95, 5)
        logs = [ours.train(order(0, epoch, 40), StepValues(np.full(5, 0.05), momenta)) for epoch in range(4)]
        results.append((ours.parameters.flat, logs[-1].regularisation, ours.state()))
    (plain, plain_terms, plain_state), (fused, fused_terms, fused_state) = results
    tolerance = 1e-11 if precision == "float64" else 1e-5
    np.testing.assert_allclose(fused, plain, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(fused_terms, plain_terms, rtol=10 * tolerance)
    assert fused_state["steps"] == plain_state["steps"] == 20
    assert (plain_terms[0] > 0) == bool(terms)


def test_cores_that_share_rows_have_products_of_their_own(recipe: Callable[..., Recipe]) -> None:
    engine = NativeEngine()
    shared = recipe(
        training__batch_size=500, optimizer__kind="momentum", engine__compiled=True, engine__threads=3
    )
    assert (engine.preferred_threads(shared), engine.library_threads(shared, 3)) == (None, 1)
    plain = shared.with_changes({"engine.compiled": False})
    assert engine.library_threads(plain, 3) == 3
    small = plain.with_changes({"training.batch_size": 32})
    assert engine.preferred_threads(small) == 1
    with engine.threads(shared):
        assert blas_threads() == 1


@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
def test_facts_tell_no_more_threads_than_compute(
    optimizer: str,
    recipe: Callable[..., Recipe],
    data: Callable[..., Prepared],
    trainer: Callable[[Recipe, Prepared], NativeTrainer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from numba import config

    monkeypatch.setattr(sharing, "CALL_ROWS", 16)
    cores = config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]  # made at run time
    chosen = recipe(training__batch_size=512, engine__compiled=True, optimizer__kind=optimizer)
    for threads in (1, 2, 32):
        one = chosen.with_changes({"engine.threads": threads})
        with NativeEngine().threads(one):
            ours = trainer(one, data(512))
            assert ours.setup.shares == threads
            assert ours.facts()["threads"] == min(threads, cores)


def test_steps_are_the_same_however_many_go_into_one_call(
    recipe: Callable[..., Recipe],
    data: Callable[..., Prepared],
    trainer: Callable[[Recipe, Prepared], NativeTrainer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen = recipe(optimizer__kind="momentum", engine__compiled=True, evaluation__train="batches")
    results = []
    for rows, ticks in ((8, [1, 2, 3]), (16, [2, 3]), (8192, [3])):
        monkeypatch.setattr(compiled_loop, "CALL_ROWS", rows)
        ours = trainer(chosen, data())
        seen: list[int] = []
        log = ours.train(order(0, 0, 24), StepValues(np.array([0.1, 0.2, 0.3])), seen.append)
        assert seen == ticks
        results.append((ours.parameters.flat, log.cost, log.n_correct, int(ours.state()["steps"])))
    for flat, cost, correct, steps in results[1:]:
        np.testing.assert_array_equal(flat, results[0][0])
        np.testing.assert_array_equal(cost, results[0][1])
        assert (correct, steps) == (results[0][2], 3)


def test_a_last_batch_shorter_than_there_are_shares_is_that_of_numpy(
    recipe: Callable[..., Recipe],
    data: Callable[..., Prepared],
    trainer: Callable[[Recipe, Prepared], NativeTrainer],
) -> None:
    chosen = recipe(training__batch_size=512, engine__threads=32, optimizer__kind="momentum")
    samples = data(512 + 20)
    flats = []
    for compiled in (False, True):
        ours = trainer(chosen.with_changes({"engine.compiled": compiled}), samples)
        ours.train(order(0, 0, 532), StepValues(np.full(2, 0.1)))
        flats.append(ours.parameters.flat)
    np.testing.assert_allclose(flats[1], flats[0], rtol=1e-10, atol=1e-12)


def test_warming_up_compiles_all_that_an_epoch_needs(
    recipe: Callable[..., Recipe],
    data: Callable[..., Prepared],
    trainer: Callable[[Recipe, Prepared], NativeTrainer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(compiled_loop, "CALL_ROWS", 16)
    ours = trainer(recipe(optimizer__kind="momentum", engine__compiled=True), data())
    ours.warm_up()
    before = len(compiled_loop._steps.signatures)
    ours.train(order(0, 0, 24), StepValues(np.full(3, 0.1)))
    assert len(compiled_loop._steps.signatures) == before


def test_a_loss_that_is_no_number_ends_the_compiled_steps(
    recipe: Callable[..., Recipe],
    data: Callable[..., Prepared],
    trainer: Callable[[Recipe, Prepared], NativeTrainer],
) -> None:
    ours = trainer(recipe(optimizer__kind="momentum", engine__compiled=True), data())
    with np.errstate(all="ignore"):
        log = ours.train(order(0, 0, 24), StepValues(np.array([0.1, np.inf, 0.1])))
    assert np.isfinite(log.cost[:2]).all()
    assert np.isnan(log.cost[2])
    assert int(ours.state()["steps"]) == 2


def test_the_fast_tanh_is_within_its_bound() -> None:
    from wattlab.engines.native.compiled_layers import _tanh32

    x = np.linspace(-12, 12, 20001, dtype=np.float32)
    found = np.array([_tanh32(value) for value in x])
    np.testing.assert_allclose(found, np.tanh(x.astype(np.float64)), atol=3e-7)


@pytest.mark.slow
def test_compiled_steps_come_from_the_cache_in_the_next_process(tmp_path: Path) -> None:
    """Shared passes inside cached steps need threads that numba alone would not start: it would crash."""
    start = "from wattlab.cli.main import main; main()"
    command = [
        sys.executable,
        "-c",
        start,
        "train",
        "digits",
        "--engine",
        "native:compiled",
        "--epochs",
        "1",
    ]
    for name in ("first", "second"):
        done = subprocess.run(
            [*command, "--quiet", "--json", "--name", name, "--runs", str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-500:]
        assert json.loads(done.stdout)["engine"]["compiled"] is True


def test_the_environment_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    seen: list[str | None] = []
    monkeypatch.setattr(patience, "get_num_threads", lambda: seen.append(os.environ.get("GOMP_SPINCOUNT")))
    patience.start_threads()
    assert "GOMP_SPINCOUNT" not in os.environ
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    patience.start_threads()
    assert seen == [patience.SPIN_COUNT, None]


@pytest.mark.parametrize("kind", ["momentum", "adam"])  # steps in one call, and a call for each pass
def test_pieces_that_are_timed_apart_are_those_compiled_already(
    kind: str,
    recipe: Callable[..., Recipe],
    data: Callable[..., Prepared],
    trainer: Callable[[Recipe, Prepared], NativeTrainer],
) -> None:
    ours = trainer(recipe(engine__compiled=True, optimizer__kind=kind, regularisation__l2=0.1), data(532))
    clock = PhaseClock()
    clock.choose([0])
    ours.train(order(0, 0, 532), StepValues(np.full(67, 0.1)), None, clock)
    names = ("gather", "activate", "cost_of", "output_delta", "times_derivative", "column_sums", "descend")
    functions = [getattr(compiled_pieces, name) for name in names]
    assert isinstance(ours.phase_times(clock, budget_s=compiled_pieces.LOADING_S), Untimed)
    before, state = [dict(one.stats.cache_misses) for one in functions], ours.state()
    times = ours.phase_times(clock, budget_s=1.0)
    assert isinstance(times, PhaseTimes)
    assert times.how == "modelled"
    assert [dict(one.stats.cache_misses) for one in functions] == before  # at most loaded
    for name, array in state.items():
        np.testing.assert_array_equal(ours.state()[name], array)
