"""Verification in real processes, as few as will do, and what happens when they fail."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import wattlab
from wattlab.cluster.local import Ended
from wattlab.cluster.probe import Probe, first_steps
from wattlab.engines.native.loop import BatchLoop
from wattlab.errors import UnsupportedError, UserError
from wattlab.recipe import Recipe
from wattlab.recipe.engine import NativeChoice
from wattlab.recipe.schedule import StepValues
from wattlab.studies import verify as verify_module
from wattlab.studies.observer import StudyObserver
from wattlab.studies.verify import Verifier

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wattlab.engines.base import BatchLog

    from .conftest import Watcher  # type: ignore[import-not-found,unused-ignore]


def test_native_agrees_with_itself_in_fresh_processes(tiny_recipe: Recipe, watcher: Watcher) -> None:
    found = wattlab.verify(tiny_recipe, engines=["native"], steps=4, observer=watcher)
    assert [(one.label, one.precision, one.steps, one.passed) for one in found] == [
        ("native", "float64", 4, True),
        ("native", "float32", 4, True),
    ]
    assert found[0].loss_deviation == 0
    assert found[1].loss_deviation is not None
    assert 0 < found[1].loss_deviation < 1e-6
    assert found[1].weight_deviation is not None
    assert 0 < found[1].weight_deviation < 1e-6
    assert watcher.told == [
        ("verified", "native", "float64", True),
        ("verified", "native", "float32", True),
        ("ended",),
    ]


class Processes:
    """Stands for processes: computes here, or fails as is asked."""

    def __init__(self) -> None:
        self.seen: list[Recipe] = []
        self.failure: Callable[[Recipe], Ended | None] = lambda _: None
        self.change: Callable[[Recipe, Probe], Probe] = lambda _, probe: probe

    def __call__(self, command: Sequence[str], log: Path, timeout_s: float | None) -> Ended:
        source, steps, out = command[-3:]
        recipe = Recipe.named(source)
        self.seen.append(recipe)
        ended = self.failure(recipe)
        if ended is not None:
            return ended
        from pathlib import Path

        self.change(recipe, first_steps(recipe, int(steps))).save(Path(out))
        return Ended(None, False, 0.1)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Processes:
    fake = Processes()
    monkeypatch.setattr(verify_module, "run_process", fake)
    return fake


def test_the_reference_is_computed_once_for_a_recipe(tiny_recipe: Recipe, processes: Processes) -> None:
    vary = {"engine.threads": [1, 2], "batch_size": [16, 32]}
    changes = {"engine.precision": "float64", "engine.input_delta": True}
    found = wattlab.verify(tiny_recipe, vary=vary, changes=changes)
    assert len(found) == 4
    assert all(one.passed for one in found)
    assert len(processes.seen) == 4 + 2
    references = [one for one in processes.seen if one.engine.threads is None]
    assert len(references) == 2
    assert {(one.engine.name, one.engine.precision) for one in references} == {("native", "float64")}


def test_other_work_is_found(tiny_recipe: Recipe, processes: Processes) -> None:
    def shifted(recipe: Recipe, probe: Probe) -> Probe:
        if recipe.engine.threads is None:
            return probe
        return replace(probe, costs=probe.costs + np.array([0, 0, 1e-6, 0, 0]))

    processes.change = shifted
    exact, own = wattlab.verify(tiny_recipe, changes={"engine.threads": 1})
    assert (exact.precision, exact.passed) == ("float64", False)
    assert "does not do the same work" in exact.message
    # In float32 that much may be rounding.
    assert (own.precision, own.passed) == ("float32", True)


def test_what_is_timed_is_verified(
    tiny_recipe: Recipe, processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = BatchLoop.run

    def forgetful(self: BatchLoop, order: Any, values: StepValues, *rest: Any) -> BatchLog:
        """Take the first rate for all steps of a call: right as long as a call has one."""
        first = StepValues(np.full_like(values.learning_rate, values.learning_rate[0]))
        return honest(self, order, first, *rest)

    monkeypatch.setattr(BatchLoop, "run", forgetful)
    changes = {"engine.precision": "float64", "schedule": {"kind": "cosine"}}
    (found,) = wattlab.verify(tiny_recipe, changes=changes)
    assert not found.passed
    assert "in one call as when it is timed" in found.message


def test_an_engine_without_float64_is_verified_in_its_own(
    tiny_recipe: Recipe, processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoFloat64:
        def preferred_threads(self, recipe: Recipe) -> int:
            return 1

        def check_recipe(self, recipe: Recipe) -> None:
            if recipe.engine.precision == "float64":
                raise UnsupportedError("it cannot do float64")

    monkeypatch.setattr(verify_module, "get_engine", lambda _: NoFloat64())
    (found,) = wattlab.verify(tiny_recipe)
    assert (found.precision, found.passed) == ("float32", True)


def test_a_process_that_refuses_float64_is_verified_in_its_own(
    tiny_recipe: Recipe, processes: Processes
) -> None:
    def refuse(recipe: Recipe) -> Ended | None:
        if recipe.engine.threads and recipe.engine.precision == "float64":
            return Ended("cuda cannot do float64", refused=True, wall_s=0.1)
        return None

    processes.failure = refuse
    found = wattlab.verify(tiny_recipe, changes={"engine.threads": 1})
    assert [one.precision for one in found] == ["float32"]
    # Where float64 is what was asked for, it is a failure.
    (found_64,) = wattlab.verify(tiny_recipe, changes={"engine.threads": 1, "engine.precision": "float64"})
    assert (found_64.passed, found_64.message) == (False, "cuda cannot do float64")


def test_a_crash_and_a_lost_file_are_failures(tiny_recipe: Recipe, processes: Processes) -> None:
    def crash(recipe: Recipe) -> Ended | None:
        if not recipe.engine.threads:
            return None
        exact = recipe.engine.precision == "float64"
        return (
            Ended("it crashed", refused=False, wall_s=0.1)
            if exact
            else Ended(None, refused=False, wall_s=0.1)
        )

    processes.failure = crash
    crashed, lost = wattlab.verify(tiny_recipe, changes={"engine.threads": 1})
    assert (crashed.passed, crashed.message, crashed.loss_deviation) == (False, "it crashed", None)
    assert not lost.passed
    assert "cannot be read" in lost.message


def test_a_reference_that_fails_is_told_once_for_each(tiny_recipe: Recipe, processes: Processes) -> None:
    processes.failure = lambda _: Ended("no data", refused=True, wall_s=0.1)
    found = wattlab.verify(tiny_recipe, vary={"engine.threads": [1, 2]})
    assert [one.message for one in found] == ["native in float64, the reference, failed: no data"] * 2
    assert len(processes.seen) == 1


def test_what_is_refused_is_not_verified(tiny_recipe: Recipe, processes: Processes) -> None:
    found = wattlab.verify(tiny_recipe, vary={"precision": ["float8", "float64"]})
    assert [one.passed for one in found] == [False, True]
    assert "float8" in found[0].message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"engines": ["abacus"]}, "no engine 'abacus'"),
        ({"engines": "native"}, "engines is 'native'"),
        ({"timeout_s": 0.0}, "timeout is 0 s"),
        ({"timeout_s": float("inf")}, "timeout is inf s"),
    ],
)
def test_a_wrong_question_is_refused(options: dict[str, Any], message: str, tiny_recipe: Recipe) -> None:
    with pytest.raises(UserError, match=message):
        wattlab.verify(tiny_recipe, **options)


def test_what_only_a_number_format_or_gpu_needs_is_not_asked_of_the_reference(
    tiny_recipe: Recipe, processes: Processes, tmp_path: Path
) -> None:
    changes = {"engine.precision": "float16", "engine.emulated": True, "engine.arrays": "torch"}
    pytest.importorskip("torch")
    found = wattlab.verify(tiny_recipe, changes={**changes, "engine.loss_scale": 128.0})
    assert [(one.precision, one.passed) for one in found] == [("float64", True), ("float16", True)]
    reference = processes.seen[0].engine
    assert reference == NativeChoice(precision="float64", arrays="numpy")
    graphs = tiny_recipe.with_changes({"engine.cuda_graphs": False})
    assert isinstance(Verifier(tmp_path, 1, None, StudyObserver())._reference(graphs), Probe)


def test_being_ended_is_an_interrupt(tiny_recipe: Recipe, processes: Processes) -> None:
    def end(recipe: Recipe) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    processes.failure = end
    with pytest.raises(KeyboardInterrupt):
        wattlab.verify(tiny_recipe)
