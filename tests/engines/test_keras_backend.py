"""What is Keras' own, on the backend that WATTLAB_TEST_ENGINE names; `test_keras_contract` runs this for each."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattlab.data.batches import batch_bounds
from wattlab.data.preparation import Prepared, PreparedPart, Transform
from wattlab.data.scaling import NoScaling
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.keras.backend import loaded_backend
from wattlab.engines.keras.engine import KerasEngine
from wattlab.engines.phases import PhaseClock, PhaseTimes, Untimed
from wattlab.errors import UnsupportedError, WeightsError
from wattlab.recipe import Recipe
from wattlab.recipe.engine import KerasChoice
from wattlab.recipe.schedule import StepValues

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.engines.base import BatchLog, Trainer

NAME, _, BACKEND = os.environ.get("WATTLAB_TEST_ENGINE", "").partition(":")
pytestmark = pytest.mark.skipif(NAME != "keras", reason="needs a process with one backend of Keras")
GRAPH = BACKEND in {"tensorflow", "jax"}
TENSORFLOW = BACKEND == "tensorflow"

SIZE, ROWS = 8, 28
RECIPE = """
name = "probe"
data = { dataset = "moons" }
network = { layers = [{ units = 6, activation = "tanh" }, { activation = "sigmoid" }] }
loss = { kind = "log-loss" }
optimizer = { kind = "momentum", learning_rate = 0.2, momentum = 0.8 }
training = { batch_size = 8 }
"""


def recipe(**changes: Any) -> Recipe:
    fields = {name.replace("__", "."): value for name, value in changes.items()}
    return Recipe.from_toml(RECIPE).with_changes(
        {"engine.name": "keras", "engine.backend": BACKEND, **fields}
    )


def bytes_of_data() -> Prepared:
    rng = np.random.default_rng(2)

    def part(count: int) -> PreparedPart:
        return PreparedPart(rng.integers(0, 256, (count, 5), np.uint8), rng.integers(0, 3, count))

    transform = Transform(NoScaling(), None, NoScaling(), 5)
    return Prepared(part(ROWS), None, part(11), transform, 1 / 255, 3, ("a", "b", "c"))


DATA = bytes_of_data()
ORDER = np.random.default_rng(3).permutation(ROWS)
COUNT = len(batch_bounds(ROWS, SIZE))
VALUES = StepValues(np.array([0.3, 0.2, 0.1, 0.05]), np.array([0.9, 0.8, 0.7, 0.6]))
MOMENTUM = {"schedule.kind": "one-cycle", "schedule.momentum": (0.6, 0.9)}


def begin(one: Recipe) -> Trainer:
    weights = initial_weights(one.network, Inputs(5), 3, 7)
    return KerasEngine().start(one, DATA, weights)


def epoch(trainer: Trainer, values: StepValues = VALUES) -> BatchLog:
    return trainer.train(ORDER, values)


def distance(one: Trainer, other: Trainer) -> float:
    theirs = other.weights()
    return max(float(np.abs(array - theirs[name]).max()) for name, array in one.weights().items())


@pytest.mark.skipif(not TENSORFLOW, reason="Keras runs several batches a call on TensorFlow only")
@pytest.mark.parametrize("per_call", [3, 4, 50])
@pytest.mark.parametrize("kind", ["momentum", "adam"])
def test_batches_in_one_call_are_the_same_steps(per_call: int, kind: str) -> None:
    changes = {"optimizer.kind": kind, "engine.precision": "float64", **MOMENTUM}
    single = begin(recipe(**changes))
    many = begin(recipe(**changes, engine__steps_per_execution=per_call))
    for _ in range(2):
        ones, together = epoch(single), epoch(many)
        np.testing.assert_allclose(together.cost, ones.cost, rtol=1e-12)
        assert together.n_correct == ones.n_correct
    assert distance(single, many) < 1e-12


def test_the_last_tick_is_the_number_of_batches() -> None:
    seen: list[int] = []
    trainer = begin(recipe(engine__steps_per_execution=3 if TENSORFLOW else 1))
    trainer.train(ORDER, VALUES, seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == COUNT


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_low_precision_is_near(precision: str) -> None:
    low = begin(recipe(engine__precision=precision, engine__emulated=True))
    full = begin(recipe(engine__precision="float64"))
    for _ in range(3):
        ours, exact = epoch(low), epoch(full)
    np.testing.assert_allclose(ours.cost, exact.cost, rtol=0.03)
    assert 0 < distance(low, full) < 0.05
    assert ours.n_skipped == 0
    assert all(array.dtype == np.float32 for array in low.weights().values())
    assert low.predict(DATA.test.features).dtype == np.float32
    assert low.facts()["dtype_policy"] == f"mixed_{precision}"


def overflowing(loss_scale: float | str = 1e30) -> Recipe:
    return recipe(
        engine__precision="float16", engine__emulated=True, engine__loss_scale=loss_scale, **MOMENTUM
    )


def test_steps_that_overflow_are_left_out_and_counted() -> None:
    trainer = begin(overflowing())
    before = trainer.weights()
    log = epoch(trainer)
    assert log.n_skipped == COUNT
    assert np.isfinite(log.cost).all()
    for name, array in trainer.weights().items():
        np.testing.assert_array_equal(array, before[name])
    assert trainer.state()["optimizer." + scale_name(trainer)] == np.float32(1e30)


def scale_name(trainer: Trainer) -> str:
    return next(name for name in trainer.state() if "scale" in name).removeprefix("optimizer.")


def test_a_dynamic_scale_is_halved_until_it_fits_and_rates_wait_meanwhile() -> None:
    trainer = begin(overflowing("dynamic"))
    state = trainer.state()
    scale = next(name for name in state if "scale" in name)
    state[scale] = np.array(2.0**10, np.float32)
    trainer.restore(state)
    # Only the first update has a rate: a step that is left out must not take it.
    values = StepValues(np.array([0.5, 0.0, 0.0, 0.0]), np.zeros(4))
    skipped = 0
    while not skipped:
        before = trainer.weights()
        state = trainer.state()
        state[scale] = np.array(4 * float(state[scale]), np.float32)
        trainer.restore(state)
        skipped = epoch(trainer, values).n_skipped
    assert 0 < skipped < COUNT
    assert any((array != before[name]).any() for name, array in trainer.weights().items())


def test_a_fixed_scale_changes_no_result() -> None:
    one, other = (begin(overflowing(scale)) for scale in (1.0, 8.0))
    np.testing.assert_allclose(epoch(one).cost, epoch(other).cost, rtol=1e-3)
    assert distance(one, other) < 1e-3


def by_definition(trainer: Trainer, labels: NDArray[np.int64], features: NDArray[Any]) -> float:
    outputs = trainer.predict(features).astype(np.float64)
    share = outputs[np.arange(len(labels)), labels] / outputs.sum(axis=1)
    return float(-np.log(share).mean())


def test_the_normalised_loss_is_its_definition_on_every_backend() -> None:
    trainer = begin(recipe(loss__kind="normalised-cross-entropy", training__batch_size="all"))
    expected = by_definition(trainer, DATA.train.labels, DATA.train.features)
    assert trainer.evaluate(DATA.train).loss == pytest.approx(expected, rel=1e-5)
    log = trainer.train(np.arange(ROWS), StepValues(np.array([0.1])))
    assert log.cost[0] == pytest.approx(expected, rel=1e-5)


def test_a_warm_up_leaves_the_next_epoch_as_it_is() -> None:
    warm, cold = begin(recipe(**MOMENTUM)), begin(recipe(**MOMENTUM))
    epoch(warm)
    epoch(cold)
    warm.warm_up()
    np.testing.assert_array_equal(epoch(warm).cost, epoch(cold).cost)


@pytest.mark.skipif(not GRAPH, reason="without a graph, every step runs the code of a step")
def test_an_epoch_after_the_warm_up_compiles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from wattlab.engines.keras.model import Network

    traced, step = [0], Network.train_step

    def counted(self: Any, *batch: Any) -> Any:
        traced[0] += 1
        return step(self, *batch)

    monkeypatch.setattr(Network, "train_step", counted)
    trainer = begin(recipe())
    trainer.warm_up()
    compiled = traced[0]
    assert compiled > 0
    for _ in range(2):
        epoch(trainer)
    assert traced[0] == compiled


def test_facts_are_what_is_in_effect() -> None:
    trainer = begin(recipe(engine__jit_compile="auto"))
    facts = trainer.facts()
    assert facts["backend"] == BACKEND == loaded_backend()
    assert isinstance(facts["threads"], int)
    assert facts["threads"] >= 1
    assert facts["device"] == "cpu"
    assert facts[BACKEND]
    assert facts["keras"]
    assert facts["jit_compile"] is (BACKEND == "jax")
    assert ("inter_threads" in facts) is (BACKEND == "tensorflow")


def test_another_number_of_threads() -> None:
    trainer = begin(recipe())
    threads = trainer.facts()["threads"]
    assert isinstance(threads, int)
    wanted = threads + 1
    if GRAPH:
        with pytest.raises(
            UnsupportedError, match=r"engine.threads is .* already runs with .* fresh process"
        ):
            begin(recipe(engine__threads=wanted))
        return
    engine, one = KerasEngine(), recipe(engine__threads=wanted)
    with engine.limit_threads(wanted):
        limited = engine.start(one, DATA, initial_weights(one.network, Inputs(5), 3, 7))
        assert limited.facts()["threads"] == wanted
    assert trainer.facts()["threads"] == threads


def test_another_backend_is_refused() -> None:
    begin(recipe())
    other = "jax" if BACKEND != "jax" else "tensorflow"
    one = recipe().with_changes({"engine.backend": other})
    with pytest.raises(UnsupportedError, match=f"already computes with {BACKEND}.*fresh process"):
        KerasEngine().check(one)


def test_an_absent_gpu_is_refused() -> None:
    one = recipe(engine__device="cuda:7")
    with pytest.raises(UnsupportedError, match=r"engine.device is 'cuda:7', but .* sees only cpu.* here"):
        KerasEngine().check(one)


def test_a_state_of_another_optimizer_is_refused() -> None:
    trainer = begin(recipe())
    with pytest.raises(WeightsError, match="another network, optimizer, backend"):
        trainer.restore(begin(recipe(optimizer__kind="adam")).state())


def test_compiled_by_request() -> None:
    if BACKEND == "torch":
        pytest.skip("torch.compile takes minutes")
    trainer, plain = (
        begin(recipe(engine__jit_compile=flag, engine__precision="float64")) for flag in (True, False)
    )
    assert trainer.facts()["jit_compile"] is True
    assert plain.facts()["jit_compile"] is False
    np.testing.assert_allclose(epoch(trainer).cost, epoch(plain).cost, rtol=1e-10)


def test_keras_gets_what_was_chosen() -> None:
    from wattlab.engines.keras.trainer import KerasTrainer

    changes: dict[str, Any] = {"engine__jit_compile": False, "engine__precision": "float64"}
    trainer = begin(recipe(**changes, engine__steps_per_execution=3 if TENSORFLOW else 1))
    assert isinstance(trainer, KerasTrainer)
    network, facts = trainer.network, trainer.facts()
    assert (network.jit_compile, facts["jit_compile"]) == (False, False)
    assert network.steps_per_execution == facts["steps_per_execution"] == (3 if TENSORFLOW else 1)
    assert {one.dtype_policy.name for one in network.layers if one.weights} == {"float64"}
    assert {str(one.dtype) for one in network.trainable_variables} == {"float64"}


# ---- TensorFlow's memory on a GPU, by a TensorFlow that is made up


def tensorflow_with(n_gpus: int, problem: Exception | None = None) -> Any:
    """Return what sets limits, and `seen`: what was set for which GPU."""
    seen: dict[int, Any] = {}

    def note(gpu: int, value: Any = None, *, enable: bool | None = None) -> None:
        if problem is not None:
            raise problem
        seen[gpu] = enable if value is None else value

    config = SimpleNamespace(
        list_physical_devices=lambda kind: list(range(n_gpus)),
        experimental=SimpleNamespace(set_memory_growth=note),
        LogicalDeviceConfiguration=lambda memory_limit: memory_limit,
        set_logical_device_configuration=note,
    )
    return SimpleNamespace(config=config, seen=seen)


LIMITS: dict[str, tuple[Any, dict[int, Any]]] = {
    "memory_growth": (True, {0: True, 1: True}),  # TensorFlow refuses to start where it differs between GPUs
    "memory_limit_MiB": (512, {1: [512]}),
}


def limit(field: str, tensorflow: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from wattlab.engines.keras.devices import limit_memory

    fields = {"name": "keras", "device": "cuda:1", field: LIMITS[field][0]}
    monkeypatch.setitem(sys.modules, "tensorflow", tensorflow)
    limit_memory(KerasChoice.model_validate(fields))


@pytest.mark.parametrize("field", LIMITS)
def test_memory_is_limited_as_tensorflow_wants_it_on_several_gpus(
    field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(recipe())
    tensorflow = tensorflow_with(2)
    limit(field, tensorflow, monkeypatch)
    assert tensorflow.seen == LIMITS[field][1]


@pytest.mark.parametrize("field", LIMITS)
@pytest.mark.parametrize("kind", [RuntimeError, ValueError])
def test_a_limit_that_tensorflow_refuses_is_told(
    field: str, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(recipe())
    with pytest.raises(
        UnsupportedError, match=rf"engine.{field} has to be set before.*: too late; .*fresh process"
    ):
        limit(field, tensorflow_with(2, kind("too late")), monkeypatch)


# ---- the phases of a step


def test_its_pieces_are_those_of_a_step_of_fit() -> None:
    from wattlab.engines.keras.arithmetic import array_of, to_numpy
    from wattlab.engines.keras.phases import make_pieces

    one = recipe(regularisation__l2=0.1)
    trainer: Any = begin(one)
    fitted: Any = begin(one)
    rows = np.arange(SIZE)
    log = fitted.train(rows, StepValues(np.array([0.3]), np.array([0.8])))
    with trainer.place():
        trainer.rates.begin(StepValues(np.array([0.3]), np.array([0.8])), 0)
        trainer.rates.at_batch(0)
        pieces, batch = make_pieces(trainer.network), next(trainer.feed.each(rows, [(0, SIZE)]))
        np.testing.assert_allclose(to_numpy(pieces.forward(batch)), log.cost, rtol=1e-5)
        found = pieces.update(pieces.gradient(batch))
    if BACKEND == "jax":  # gives back what it would assign: weights first
        weights = [np.asarray(array) for array in found[:4]]
    else:
        weights = [array_of(one) for one in trainer.network.trainable_variables]
    for ours, theirs in zip(weights, fitted.network.trainable_variables, strict=True):
        np.testing.assert_allclose(ours, array_of(theirs), rtol=1e-5)


def test_a_short_training_is_not_held_up_by_compiling_for_its_phases() -> None:
    trainer = begin(recipe())
    trainer.warm_up()
    epoch(trainer)
    times = trainer.phase_times(PhaseClock(), budget_s=0.001)
    assert isinstance(times, Untimed)
    assert "too short" in times.reason


def test_long_steps_are_not_taken_again_and_again_for_their_phases() -> None:
    trainer: Any = begin(recipe())
    trainer.warm_up()
    epoch(trainer)
    trainer._step_s = 100.0
    assert isinstance(trainer.phase_times(PhaseClock(), budget_s=60.0), Untimed)


def test_what_fit_takes_beyond_its_parts_is_its_own_loop() -> None:
    from wattlab.engines.keras.phases import as_phases

    seconds = {"nothing": 1.0, "forward": 3.0, "gradient": 7.0, "update": 2.0}
    parts = {name: np.full(3, one) for name, one in seconds.items()}
    times = as_phases(0.5, parts, 10.0)
    assert isinstance(times, PhaseTimes)
    assert {name: array.item() for name, array in times.seconds.items()} == {
        "data": 0.5, "forward": 2.0, "backward": 4.0, "optimizer": 1.0, "other": 2.5,
    }  # fmt: skip
    assert times.n_steps == 3
    quick = as_phases(0.5, parts, 7.0)
    assert isinstance(quick, PhaseTimes)
    assert "other" not in quick.seconds
    assert isinstance(as_phases(0.5, {**parts, "gradient": np.full(3, 2.9)}, 10.0), Untimed)
