"""The clock of the phases, what it finds, and what engines do that cannot show it their steps."""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from wattlab.engines import phases
from wattlab.engines.native.cuda_graph import StepGraph
from wattlab.engines.native.queued_loop import QueuedLoop
from wattlab.engines.native.setup import Setup
from wattlab.engines.native.trainer import NativeTrainer
from wattlab.engines.phases import FUSED, PhaseClock, PhaseTimes, Untimed, repeated
from wattlab.engines.sklearn.phases import shown_to

# Relative: tests are no package that could be found by its name.
from .test_native_torch import FakeCuda, epochs

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.data.preparation import Prepared
    from wattlab.recipe import Recipe

PARTS = ("data", "forward", "backward")


def ticking() -> Callable[[], float]:
    """Return a clock that is one second later at each look."""
    seconds = count()
    return lambda: float(next(seconds))


def step(clock: PhaseClock, number: int) -> None:
    clock.begin(number)
    for phase in PARTS:
        clock.lap(phase)
    clock.end("optimizer")


def found(clock: PhaseClock) -> PhaseTimes:
    times = clock.times()
    assert isinstance(times, PhaseTimes)
    return times


# ---- the clock


def test_only_chosen_steps_are_timed_and_waited_for() -> None:
    waits: list[int] = []
    clock = PhaseClock(lambda: waits.append(1), ticking())
    clock.choose([1, 3])
    for number in range(5):
        step(clock, number)
    assert len(waits) == 2 * 5
    assert found(clock).n_steps == 2
    assert {name: array.tolist() for name, array in found(clock).seconds.items()} == {
        name: [1.0, 1.0] for name in (*PARTS, "optimizer")
    }


def test_a_phase_that_comes_back_adds_up() -> None:
    clock = PhaseClock(now_s=ticking())
    clock.choose([0])
    clock.begin(0)
    for phase in (*PARTS, *PARTS):  # two blocks of a batch
        clock.lap(phase)
    clock.end("optimizer")
    assert found(clock).seconds["forward"].tolist() == [2.0]
    assert found(clock).shares()["optimizer"] == pytest.approx(1 / 7)


def test_a_step_that_is_not_ended_is_not_counted() -> None:
    clock = PhaseClock(now_s=ticking())
    clock.choose([0, 2])
    clock.begin(0)
    clock.lap("data")
    for number in (1, 2):  # the loss of step 0 was no finite number, and another call began
        step(clock, number)
    assert found(clock).n_steps == 1
    assert found(clock).seconds["data"].tolist() == [1.0]


def test_a_call_of_several_steps_gives_their_mean() -> None:
    clock = PhaseClock(now_s=ticking())
    clock.choose([7])
    for steps in (range(5), range(5, 9)):
        clock.begin_call(steps)
        for phase in PARTS * 4:
            clock.lap(phase)
        clock.end("optimizer")
    assert found(clock).n_steps == 4
    assert found(clock).seconds["forward"].tolist() == [1.0]
    assert found(clock).seconds["optimizer"].tolist() == [0.25]


def test_nothing_timed_is_no_zero() -> None:
    clock = PhaseClock()
    step(clock, 0)
    assert clock.times() == Untimed("the training ended before a step was timed")


def test_a_library_that_shows_no_phase_leaves_them_untimed() -> None:
    clock = PhaseClock()
    clock.choose([0])
    clock.begin(0)
    clock.lap("other")
    clock.end("data")
    times = clock.times()
    assert isinstance(times, Untimed)
    assert "backward, forward, optimizer" in times.reason


def test_shares_are_medians_so_that_one_interrupted_step_does_not_count() -> None:
    seconds = {"data": np.array([1.0, 1.0, 1.0]), "forward": np.array([3.0, 300.0, 3.0])}
    assert PhaseTimes(seconds, 3, "measured").shares() == {"data": 0.25, "forward": 0.75}


def test_what_is_one_call_is_divided_by_its_parts_and_is_then_a_model() -> None:
    whole = PhaseTimes({FUSED: np.array([6.0, 12.0]), "optimizer": np.array([1.0, 2.0])}, 2, "measured")
    divided = whole.divided({"data": 0.1, "forward": 0.2, "backward": 0.3}, "how")
    assert (divided.how, divided.note, divided.n_steps) == ("modelled", "how", 2)
    np.testing.assert_allclose(divided.seconds["backward"], [3.0, 6.0])
    assert list(divided.seconds) == [*PARTS, "optimizer"]


def test_pieces_are_repeated_and_the_first_round_is_left_out() -> None:
    calls: list[str] = []
    pieces = {"data": lambda: calls.append("d"), "forward": lambda: calls.append("f")}
    seconds = repeated(pieces, times=3, calls=2)
    assert "".join(calls) == "ddff" * 4
    assert {name: array.shape for name, array in seconds.items()} == {"data": (3,), "forward": (3,)}


def slow_rounds(monkeypatch: pytest.MonkeyPatch, *lengths_s: float) -> Callable[[], object]:
    """Return a piece whose calls take so long, one after the other, by the clock of the budget."""
    now_s, lengths = [0.0], iter(lengths_s)

    def piece() -> None:
        now_s[0] += next(lengths)

    monkeypatch.setattr(phases, "perf_counter", lambda: now_s[0])
    return piece


@pytest.mark.parametrize(("budget_s", "samples"), [(100.0, 5), (17.0, 5), (16.5, 4), (13.0, 1), (0.5, 1)])
def test_as_many_samples_are_taken_as_fit(
    budget_s: float, samples: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece = slow_rounds(monkeypatch, 12.0, *[1.0] * 5)  # the first one loads or compiles
    assert len(repeated({"data": piece}, times=5, budget_s=budget_s)["data"]) == samples


# ---- CUDA graphs, on a card that the processor plays


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_replayed_steps_are_timed_by_graphs_of_their_pieces(
    precision: str,
    recipe: Callable[..., Recipe],
    data: Callable[..., Prepared],
    trainer: Callable[[Recipe, Prepared], NativeTrainer],
) -> None:
    emulated = {"engine__emulated": True} if precision == "float16" else {}
    changes = {"engine__arrays": "torch", "engine__precision": precision, **emulated}
    chosen = recipe(optimizer__kind="adam", training__batch_size=10, **changes)
    made, cuda, waits = trainer(chosen, data(27)), FakeCuda(), list[int]()
    setup = Setup.of(chosen, made.data, made.weights(), made.arrays)
    loop = QueuedLoop(setup, torch.device("cpu"), partial(StepGraph, cuda=cuda))
    loop.synchronize = lambda: waits.append(1)  # type: ignore[method-assign]
    ours = NativeTrainer(setup, loop)
    epochs(ours, 1)
    before, recorded = ours.state(), cuda.calls.count("capture")
    times = ours.phase_times(PhaseClock(), budget_s=60.0)
    assert isinstance(times, PhaseTimes)
    assert (times.how, cuda.calls.count("capture") - recorded) == ("modelled", 4)
    assert list(times.seconds) == [*PARTS, "optimizer"]
    assert len(waits) == 6 * (1 + 5)  # rounds, and edges in each
    for name, array in before.items():
        np.testing.assert_array_equal(ours.state()[name], array, err_msg=name)
    short = ours.phase_times(PhaseClock(), budget_s=0.1)
    assert isinstance(short, Untimed)
    assert "CUDA graphs" in short.reason
    loop._step_s = 0.5
    assert isinstance(ours.phase_times(PhaseClock(), budget_s=3.0), Untimed)
    fewer = ours.phase_times(PhaseClock(), budget_s=6.5)
    assert isinstance(fewer, PhaseTimes)
    assert fewer.n_steps == 5 * 2  # of half a second, and a round that does not count


# ---- scikit-learn's private methods


class Optimizer:
    def update_params(self, params: Any, grads: Any) -> None:
        pass


class Estimator:
    """As much of an MLPClassifier as is watched."""

    def __init__(self) -> None:
        self._optimizer = Optimizer()

    def _forward_pass(self, activations: Any) -> Any:
        return activations

    def _backprop(self, x: Any) -> Any:
        return self._forward_pass(x)

    def partial_fit(self) -> None:
        self._backprop(1)
        self._optimizer.update_params([], grads=[])


class Renamed(Estimator):
    """A version of scikit-learn to come: the forward pass has another name."""

    _forward_pass = property()

    def _backprop(self, x: Any) -> Any:
        return x


def fit(estimator: Estimator) -> PhaseTimes | Untimed:
    clock = PhaseClock(now_s=ticking())
    clock.choose([0])
    clock.begin(0)
    clock.lap("data")
    with shown_to(clock, estimator):
        estimator.partial_fit()
    clock.end("other")
    return clock.times()


def test_the_methods_of_scikit_learn_are_shown_and_come_back() -> None:
    estimator = Estimator()
    times = fit(estimator)
    assert isinstance(times, PhaseTimes)
    assert {name: array.item() for name, array in times.seconds.items()} == {
        "data": 1, "forward": 1, "backward": 2, "optimizer": 2, "other": 2,
    }  # fmt: skip
    assert set(vars(estimator)) == {"_optimizer"}
    assert vars(estimator._optimizer) == {}


def test_a_scikit_learn_that_calls_them_otherwise_is_untimed_and_still_fits() -> None:
    times = fit(Renamed())
    assert isinstance(times, Untimed)
    assert "forward" in times.reason
