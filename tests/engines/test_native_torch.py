"""The native engine on torch tensors against the same on NumPy arrays, and what only tensors can do."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from wattlab.data.batches import order
from wattlab.engines.native import queued_loop, torch_arrays
from wattlab.engines.native.activations import ACTIVATIONS, activation_function
from wattlab.engines.native.choice import check_options, native_choice
from wattlab.engines.native.cuda_graph import StepGraph
from wattlab.engines.native.engine import NativeEngine
from wattlab.engines.native.queued_loop import QueuedLoop
from wattlab.engines.native.setup import Setup
from wattlab.engines.native.trainer import NativeTrainer
from wattlab.errors import MissingExtraError, UnsupportedError, WeightsError
from wattlab.recipe.schedule import StepValues

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wattlab.data.preparation import Prepared
    from wattlab.engines.base import BatchLog
    from wattlab.recipe import Recipe

    MakeRecipe = Callable[..., Recipe]
    MakeData = Callable[..., Prepared]
    MakeTrainer = Callable[[Recipe, Prepared], NativeTrainer]

N_SAMPLES = 27
TORCH = {"engine__arrays": "torch"}
HALF = {"bfloat16": {"engine__precision": "bfloat16", "engine__emulated": True}}
HALF["float16"] = {"engine__precision": "float16", "engine__emulated": True}
CASES = [
    ("sigmoid", "sigmoid", "log-loss"),
    ("tanh", "softmax", "cross-entropy"),
    ("sigmoid", "sigmoid", "normalised-cross-entropy"),
    ("relu", "softmax", "log-loss"),
    ("leaky-relu", "identity", "mse"),
    ("softmax", "tanh", "mse"),
    ("identity", "softmax", "mse"),
]
KINDS = ["sgd", "momentum", "nesterov", "momentum-one-step", "adagrad", "rmsprop", "adam", "adamw"]


def epochs(trainer: NativeTrainer, count: int = 3, rate: float = 0.05, *, cycles: bool = False) -> BatchLog:
    """Train some epochs and return the log of the last one."""
    n_samples, size = len(trainer.samples.labels), trainer.recipe.training.batch_size
    n_batches = 1 if size == "all" else -(-n_samples // size)
    momenta = np.linspace(0.7, 0.9, n_batches) if cycles else None
    values = StepValues(np.linspace(rate, rate / 2, n_batches), momenta)
    logs = [trainer.train(order(0, epoch, n_samples), values) for epoch in range(count)]
    return logs[-1]


def assert_alike(
    one: NativeTrainer, other: NativeTrainer, logs: tuple[BatchLog, BatchLog], rtol: float
) -> None:
    """Compare all that two trainings gave."""
    for name, array in one.weights().items():
        np.testing.assert_allclose(other.weights()[name], array, rtol=rtol, atol=rtol)
    for column in ("cost", "regularisation", "mean_abs_error"):
        np.testing.assert_allclose(getattr(logs[1], column), getattr(logs[0], column), rtol=rtol)
    part = one.data.test
    ours, theirs = one.evaluate(part), other.evaluate(part)
    assert theirs.loss == pytest.approx(ours.loss, rel=rtol)
    assert theirs.regularisation == pytest.approx(ours.regularisation, rel=rtol)
    np.testing.assert_allclose(other.predict(part.features), one.predict(part.features), rtol=rtol, atol=rtol)


@pytest.mark.parametrize(("precision", "rtol"), [("float64", 1e-11), ("float32", 1e-4)])
@pytest.mark.parametrize(("hidden", "output", "loss"), CASES)
@pytest.mark.parametrize("as_bytes", [True, False])
def test_tensors_and_numpy_train_alike(
    hidden: str,
    output: str,
    loss: str,
    precision: str,
    rtol: float,
    as_bytes: bool,
    recipe: MakeRecipe,
    data: MakeData,
    trainer: MakeTrainer,
) -> None:
    layers = [{"units": 7, "activation": hidden}, {"units": 5, "activation": hidden, "regularised": False}]
    chosen = recipe(
        network__layers=[*layers, {"activation": output}],
        loss={"kind": loss},
        engine__precision=precision,
        regularisation={"l1": 0.003, "l2": 0.01},
        network__initial_biases="as-weights",
    )
    samples = data(N_SAMPLES, 6, as_bytes=as_bytes, weighted=True)
    ours = trainer(chosen, samples), trainer(chosen.with_changes({"engine.arrays": "torch"}), samples)
    logs = epochs(ours[0]), epochs(ours[1])
    assert_alike(*ours, logs, rtol)
    assert logs[0].n_correct == logs[1].n_correct
    assert ours[1].weights()["layers.0.weights"].dtype == np.dtype(precision)


@pytest.mark.parametrize("cycles", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_every_optimizer_descends_alike(
    kind: str, cycles: bool, recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    changes = {"optimizer__kind": kind, "regularisation__l2": 0.02, "training__clip_norm": 0.3}
    ours = trainer(recipe(**changes), data(N_SAMPLES)), trainer(recipe(**changes, **TORCH), data(N_SAMPLES))
    logs = epochs(ours[0], cycles=cycles), epochs(ours[1], cycles=cycles)
    assert_alike(*ours, logs, 1e-10)
    assert ours[0].state().keys() == ours[1].state().keys()
    assert int(ours[1].state()["steps"]) == 12


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"identity"}))
def test_torchs_own_kernels_are_the_formulas(name: str) -> None:
    xp = torch_arrays.torch_arrays(torch.device("cpu"))
    assert name in xp.kernels
    z = torch.randn(6, 4, dtype=torch.float64)
    results = []
    for function in (ACTIVATIONS[name], activation_function(xp, name)):
        a, delta, scratch = (
            z.clone(),
            torch.arange(24.0, dtype=torch.float64).reshape(6, 4),
            torch.empty_like(z),
        )
        function.forward(xp, a, scratch)
        function.backward(xp, delta, a, scratch)
        results.append(torch.cat([a, delta]))
    torch.testing.assert_close(results[1], results[0], rtol=1e-12, atol=1e-12)


def test_long_batches_in_blocks_and_short_tallies_change_nothing(
    recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = recipe(training__batch_size=10, regularisation__l2=0.01, **TORCH)
    whole = trainer(chosen, data(N_SAMPLES))
    monkeypatch.setattr(torch_arrays, "ROWS_ON_CPU", 4)
    monkeypatch.setattr(queued_loop, "KEPT_OUTPUTS", 60)  # two batches of 10 rows and 3 outputs
    parts = trainer(chosen, data(N_SAMPLES))
    assert isinstance(parts.loop, QueuedLoop)
    assert (parts.loop.step.block_rows, parts.loop.span) == (4, 2)
    logs = epochs(whole), epochs(parts)
    assert_alike(whole, parts, logs, 1e-11)
    assert logs[0].n_correct == logs[1].n_correct


def test_regression_reports_r_squared(recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer) -> None:
    samples = data(N_SAMPLES)
    part = replace(samples.train, labels=samples.train.features @ np.ones((4, 2)))
    numbers = replace(samples, train=part, test=part, classes=None, n_outputs=2)
    chosen = recipe(network__layers=[{"activation": "identity"}], loss={"kind": "mse"})
    ours = trainer(chosen, numbers), trainer(chosen.with_changes({"engine.arrays": "torch"}), numbers)
    logs = epochs(ours[0]), epochs(ours[1])
    assert_alike(*ours, logs, 1e-10)
    assert logs[1].n_correct is None
    assert ours[1].evaluate(part).score == pytest.approx(ours[0].evaluate(part).score, rel=1e-10)


def test_the_delta_of_the_input_layer_and_layer_times(
    recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    plain = trainer(recipe(**TORCH), data(N_SAMPLES))
    full = trainer(recipe(engine__input_delta=True, engine__layer_times=True, **TORCH), data(N_SAMPLES))
    epochs(plain)
    log = epochs(full)
    np.testing.assert_array_equal(full.parameters.flat.numpy(), plain.parameters.flat.numpy())
    assert (log.forward_s > 0).all()
    assert (log.backward_s > 0).all()


def test_ticks_count_the_batches(recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer) -> None:
    ticks: list[int] = []
    ours = trainer(recipe(**TORCH), data(N_SAMPLES))
    ours.train(order(0, 0, N_SAMPLES), StepValues(np.full(4, 0.1)), ticks.append)
    assert ticks == [1, 2, 3, 4]


@pytest.mark.parametrize("precision", ["float32", *HALF])
def test_after_a_loss_without_end_the_log_is_nan(
    precision: str, recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    changes = HALF.get(precision, {"engine__precision": precision})
    ours = trainer(recipe(**changes, **TORCH), data(N_SAMPLES))
    weights = ours.weights()
    weights["layers.0.weights"][0, 0] = np.nan
    ours.load(weights)
    log = epochs(ours, 1)
    for column in (log.cost, log.regularisation, log.mean_abs_error):
        assert np.isnan(column).all()


# Formats of two bytes


@pytest.mark.parametrize("precision", HALF)
@pytest.mark.parametrize("as_bytes", [True, False])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_two_bytes_give_about_what_four_give(
    precision: str, as_bytes: bool, reduction: str, recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    samples = data(N_SAMPLES, 6, as_bytes=as_bytes, weighted=True)
    changes = {"loss__reduction": reduction, "regularisation__l2": 0.01, "training__batch_size": 10}
    exact = trainer(recipe(engine__precision="float32", **changes), samples)
    fixed = {"engine__loss_scale": 1024.0} if precision == "float16" else {}
    rough = trainer(recipe(**changes, **fixed, **HALF[precision]), samples)
    rate = 0.05 if reduction == "mean" else 0.005
    logs = epochs(exact, rate=rate), epochs(rough, rate=rate)
    assert_alike(exact, rough, logs, 0.03)
    assert logs[1].n_skipped == 0
    assert rough.predict(samples.test.features).dtype == np.float32
    for name, array in rough.weights().items():
        assert array.dtype == np.float32
        assert (array != exact.weights()[name]).any()


@pytest.mark.parametrize("precision", HALF)
def test_steps_too_small_for_two_bytes_add_up_in_the_master_weights(
    precision: str, recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    ours = trainer(recipe(**HALF[precision]), data(N_SAMPLES))
    before = ours.weights()["layers.0.weights"]
    epochs(ours, 1, rate=1e-5)
    after = ours.weights()["layers.0.weights"]
    format_ = getattr(torch, precision)
    changed = after != before
    kept = (torch.tensor(after).to(format_) == torch.tensor(before).to(format_)).numpy()
    assert changed.mean() > 0.9
    assert kept.mean() > 0.8


def test_the_gradient_of_the_biases_is_summed_in_four_bytes(
    recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    chosen = recipe(network__layers=[{"activation": "softmax"}], loss__reduction="sum", **HALF["bfloat16"])
    ours = trainer(chosen.with_changes({"training.batch_size": "all"}), data(2000))
    before = ours.weights()["layers.0.biases"]
    outputs = ours.predict(ours.data.train.features).astype(np.float64)
    targets = np.eye(3)[ours.data.train.labels]
    epochs(ours, 1, rate=1.0)
    found = before - ours.weights()["layers.0.biases"]
    np.testing.assert_allclose(found, (outputs - targets).sum(axis=0), rtol=1e-5, atol=1e-3)


# float16 and its loss scale


def test_a_factor_that_is_too_large_skips_every_step(
    recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    chosen = recipe(
        engine__loss_scale=1e30, optimizer__kind="adam", regularisation__l2=0.1, **HALF["float16"]
    )
    ours = trainer(chosen, data(N_SAMPLES))
    before = ours.state()
    ours.warm_up()
    log = epochs(ours, 1)
    after = ours.state()
    assert log.n_skipped == 4
    assert np.isfinite(log.cost).all()
    assert after.pop("loss_scale.good_steps") == before.pop("loss_scale.good_steps") == 0
    assert after["steps"] == 0
    for name, array in before.items():
        np.testing.assert_array_equal(after[name], array)
    assert ours.facts()["loss_scale"] == pytest.approx(1e30)
    assert ours.facts()["loss_scale_kind"] == "fixed"


def test_a_dynamic_factor_finds_its_place(recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer) -> None:
    samples = data(N_SAMPLES)
    part = replace(samples.train, features=samples.train.features * 30)
    samples = replace(samples, train=part, test=part)
    chosen = recipe(network__layers=[{"activation": "identity"}], loss={"kind": "mse"}, **HALF["float16"])
    ours = trainer(chosen, samples)
    logs = [epochs(ours, 1, rate=1e-5) for _ in range(5)]
    skipped = [log.n_skipped for log in logs]
    assert skipped[0] == 4
    assert skipped[-1] == 0
    assert all(np.isfinite(log.cost).all() for log in logs)
    assert logs[-1].cost.mean() < logs[0].cost.mean()
    assert ours.facts()["loss_scale"] == 2.0 ** (16 - sum(skipped))
    assert ours.facts()["loss_scale_kind"] == "dynamic"
    assert int(ours.state()["steps"]) == 20 - sum(skipped)


def test_a_restored_loss_scale_goes_on_bit_for_bit(
    recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    chosen = recipe(optimizer__kind="adam", **HALF["float16"])
    straight, resumed = trainer(chosen, data(N_SAMPLES)), trainer(chosen, data(N_SAMPLES))
    epochs(straight, 2)
    state = straight.state()
    state["loss_scale.factor"] = np.array(128.0)
    straight.restore(state)
    expected = epochs(straight, 2)
    resumed.restore(state)
    np.testing.assert_array_equal(epochs(resumed, 2).cost, expected.cost)
    for name, array in straight.state().items():
        np.testing.assert_array_equal(resumed.state()[name], array)
    assert resumed.facts()["loss_scale"] == 128
    assert resumed.state()["loss_scale.good_steps"] == 16


def test_a_state_of_another_format_is_refused(
    recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    state = trainer(recipe(**HALF["float16"]), data(N_SAMPLES)).state()
    with pytest.raises(WeightsError, match=r"holds 'loss_scale.factor': .* or precision; resume"):
        trainer(recipe(**HALF["bfloat16"]), data(N_SAMPLES)).restore(state)


@pytest.mark.parametrize("precision", ["float32", *HALF])
def test_warming_up_changes_nothing(
    precision: str, recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    changes = HALF.get(precision, {"engine__precision": precision})
    warm, cold = (
        trainer(recipe(optimizer__kind="adam", **changes, **TORCH), data(N_SAMPLES)) for _ in range(2)
    )
    warm.warm_up()
    for name, array in cold.state().items():
        np.testing.assert_array_equal(warm.state()[name], array)
    np.testing.assert_array_equal(epochs(warm).cost, epochs(cold).cost)


# A step that is recorded and replayed


class Tape(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch declares no types here
    """Records what a step asks of torch, and does it again: what is not in a tensor stays as it was."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # as above
        self.calls: list[tuple[Any, Any, Any, Any]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        assert "local_scalar" not in str(func), "a step must not wait for the device"
        assert "nonzero" not in str(func), "a step must not wait for the device"
        result = func(*args, **(kwargs or {}))
        self.calls.append((func, args, kwargs or {}, result))
        return result

    def replay(self) -> None:
        for func, args, kwargs, result in self.calls:
            for old, new in zip(tree_leaves(result), tree_leaves(func(*args, **kwargs)), strict=True):
                if isinstance(old, torch.Tensor) and old is not new:
                    old.copy_(new)


class FakeStream:
    def __init__(self, calls: list[str]) -> None:
        self.calls = calls

    def wait_stream(self, other: FakeStream) -> None:
        self.calls.append("wait")


class FakeCuda:
    """What `StepGraph` uses of torch.cuda, on the processor."""

    CUDAGraph = Tape

    def __init__(self) -> None:
        self.calls: list[str] = []

    def Stream(self) -> FakeStream:
        return FakeStream(self.calls)

    current_stream = Stream

    def stream(self, stream: FakeStream) -> AbstractContextManager[None]:
        self.calls.append("side stream")
        return nullcontext()

    @contextmanager
    def graph(self, graph: Tape, stream: FakeStream, capture_error_mode: str) -> Iterator[None]:
        assert capture_error_mode == "thread_local"
        self.calls.append("capture")
        with graph:
            yield


def recording(made: NativeTrainer, cuda: FakeCuda, recipe: Recipe) -> NativeTrainer:
    """Return a trainer like `made` whose steps are recorded."""
    arrays = made.arrays
    with arrays.scope():
        weights = made.weights()
        setup = Setup.of(recipe, made.data, weights, arrays)
        return NativeTrainer(setup, QueuedLoop(setup, torch.device("cpu"), partial(StepGraph, cuda=cuda)))


@pytest.mark.parametrize("cycles", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("precision", ["float64", "float32", *HALF])
def test_a_replayed_step_is_the_step(
    precision: str, kind: str, cycles: bool, recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    changes = HALF.get(precision, {"engine__precision": precision})
    terms = {"regularisation": {"l1": 0.001, "l2": 0.01}, "training__clip_norm": 0.5}
    chosen = recipe(optimizer__kind=kind, training__batch_size=10, **changes, **terms, **TORCH)
    eager = trainer(chosen, data(N_SAMPLES))
    cuda = FakeCuda()
    replayed = recording(eager, cuda, chosen)
    replayed.warm_up()
    assert cuda.calls == ["wait", "side stream", "wait", "capture"]
    logs = epochs(eager, cycles=cycles), epochs(replayed, cycles=cycles)
    assert_alike(eager, replayed, logs, {"float64": 1e-10, "float32": 1e-5}.get(precision, 1e-3))
    assert logs[0].n_correct == logs[1].n_correct
    assert int(replayed.state()["steps"]) == 9
    assert replayed.facts()["cuda_graphs"] is True
    assert cuda.calls.count("capture") == (2 if cycles else 1)


def test_a_replayed_step_is_skipped_on_the_device(
    recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    chosen = recipe(optimizer__kind="adam", engine__loss_scale=1e30, **HALF["float16"])
    ours = recording(trainer(chosen, data(24)), FakeCuda(), chosen)
    ours.warm_up()
    before = ours.parameters.flat.clone()
    log = epochs(ours, 1)
    assert log.n_skipped == 3
    assert int(ours.update.steps) == 0
    torch.testing.assert_close(ours.parameters.flat, before, rtol=0, atol=0)


def test_a_replayed_step_finds_its_values_by_the_updates_that_were_applied(
    recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    low = {**HALF["float16"], "loss__reduction": "sum", "training__batch_size": 2}
    chosen = recipe(optimizer={"kind": "adamw", "learning_rate": 0.1}, **low, **TORCH)
    eager = trainer(chosen, data(22))
    replayed = recording(eager, FakeCuda(), chosen)
    replayed.warm_up()
    rates, decays = np.linspace(0.01, 0.2, 11), np.linspace(0.5, 0.1, 11)
    values, rows = StepValues(rates, None, decays), order(0, 0, 22)
    logs = [one.train(rows, values) for one in (eager, replayed)]
    assert 0 < logs[0].n_skipped < 11
    assert_alike(eager, replayed, (logs[0], logs[1]), 1e-3)
    one_by_one, applied = trainer(chosen, data(22)), 0
    for first in range(0, 22, 2):
        log = one_by_one.train(rows[first : first + 2], values.part(applied, applied + 1))
        applied += 1 - log.n_skipped
    for name, array in one_by_one.weights().items():
        np.testing.assert_array_equal(eager.weights()[name], array)
    assert int(replayed.update.steps) == applied == 11 - logs[1].n_skipped


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can use")
@pytest.mark.parametrize("precision", ["float64", "float32", "tf32", *HALF])
def test_a_step_recorded_on_a_gpu_is_the_step(
    precision: str, recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    changes = {"engine__precision": precision, "engine__emulated": True, "engine__device": "cuda"}
    chosen = recipe(optimizer__kind="adam", training__batch_size=10, training__clip_norm=0.5, **changes)
    eager = trainer(chosen.with_changes({"engine.cuda_graphs": False}), data(N_SAMPLES))
    replayed = trainer(chosen, data(N_SAMPLES))
    assert [one.facts()["cuda_graphs"] for one in (eager, replayed)] == [False, True]
    replayed.warm_up()
    logs = epochs(eager, cycles=True), epochs(replayed, cycles=True)
    assert_alike(eager, replayed, logs, {"float64": 1e-10, "float32": 1e-5}.get(precision, 1e-3))
    assert int(replayed.state()["steps"]) == 9


def test_tf32_is_set_for_the_time_being_only(monkeypatch: pytest.MonkeyPatch) -> None:
    matmul: Any = torch.backends.cuda.matmul
    monkeypatch.setattr(torch.cuda, "device", lambda _: nullcontext())
    before = matmul.fp32_precision
    for tf32, expected in ((True, "tf32"), (False, "ieee")):
        with torch_arrays._scope(torch.device("cuda:0"), tf32=tf32):
            assert matmul.fp32_precision == expected
        assert matmul.fp32_precision == before


# Choices


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"arrays": "numpy", "precision": "bfloat16"}, r"engine\.arrays is 'numpy', which has no bfloat16"),
        ({"arrays": "numpy", "device": "cuda"}, r"engine\.arrays is 'numpy', which cannot use .*'cuda'"),
        ({"arrays": "torch", "compiled": True}, r"engine\.compiled is for NumPy arrays"),
        ({"precision": "bfloat16", "compiled": True}, r"engine\.compiled is for NumPy arrays"),
        ({"device": "cuda", "layer_times": True}, r"engine\.layer_times needs engine\.device = 'cpu'"),
        ({"cuda_graphs": False}, r"engine\.cuda_graphs = false changes nothing"),
        ({"loss_scale": 8.0}, r"engine\.loss_scale is 8\.0, but engine\.precision = 'float64' needs none"),
    ],
)
def test_options_that_cannot_work_are_refused(
    changes: dict[str, Any], message: str, recipe: MakeRecipe
) -> None:
    chosen = recipe(**{f"engine__{name}": value for name, value in changes.items()})
    with pytest.raises(UnsupportedError, match=message):
        check_options(native_choice(chosen))


def test_options_that_work_are_let_through(recipe: MakeRecipe) -> None:
    for changes in ({}, TORCH, {"engine__loss_scale": 8.0, **HALF["float16"]}, HALF["bfloat16"]):
        NativeEngine().check(recipe(**changes))


def test_a_recipe_for_another_engine_is_refused(recipe: MakeRecipe) -> None:
    with pytest.raises(UnsupportedError, match=r"engine\.name is 'torch', but this is the native engine"):
        NativeEngine().check(recipe(engine={"name": "torch"}))


def test_a_missing_torch_names_the_command(recipe: MakeRecipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wattlab.engines.devices.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"engine\.arrays = 'torch'.*pip install 'wattlab\[torch\]'"):
        NativeEngine().check(recipe(**TORCH))


def threads_of_torch() -> int:
    """Return torch's own number, as a new thread takes it; a limit on OpenMP alone holds for the present one only."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(torch.get_num_threads).result()


def test_facts_tell_the_threads_in_use(recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer) -> None:
    NativeEngine().check(recipe(**TORCH))
    ours = trainer(recipe(**TORCH), data(N_SAMPLES))
    before = torch.get_num_threads()
    for count in (1, before + 1):
        with NativeEngine().threads(recipe(engine__threads=count, training__batch_size=64, **TORCH)):
            assert ours.facts()["threads"] == threads_of_torch() == count
        assert threads_of_torch() == before
    with pytest.raises(RuntimeError, match="inside"), NativeEngine().limit_threads(before + 1):
        raise RuntimeError("inside")
    assert threads_of_torch() == before
    assert ours.facts()["arrays"] == "torch"
    assert ours.facts()["torch"] == torch.__version__
    assert "loss_scale" not in ours.facts()


def test_numpy_arrays_need_no_torch() -> None:
    program = "import sys, wattlab.engines.native.engine; print('torch' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
