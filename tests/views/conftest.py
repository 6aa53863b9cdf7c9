"""Runs that nobody trained: complete folders, made by the library's own classes, with numbers known by heart."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pytest

from wattlab.engines.base import BatchLog
from wattlab.meter import Cost, Quantity, measured, missing, modelled
from wattlab.recipe import Recipe
from wattlab.records.history import HistoryWriter
from wattlab.records.record import DatasetFacts, RunCost, RunRecord
from wattlab.records.store import RunStore
from wattlab.studies.row import Estimate, Row, Trial, Verdict, Verification
from wattlab.studies.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.records.run import Run

N_BATCHES = 4
CLASSES = ("cat", "dog", "emu")
CONFUSION = ((8, 2, 0), (1, 9, 0), (0, 0, 0))


class MakeRun(Protocol):
    def __call__(
        self,
        name: str = ...,
        *,
        epochs: int = ...,
        changes: dict[str, Any] | None = ...,
        columns: dict[str, float] | None = ...,
        **facts: Any,
    ) -> Run: ...


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Write a run: `changes` of the recipe, constant `columns` of the history, other `facts` of the record."""

    def make(
        name: str = "first",
        *,
        epochs: int = 6,
        changes: dict[str, Any] | None = None,
        columns: dict[str, float] | None = None,
        **facts: Any,
    ) -> Run:
        recipe = Recipe.named("digits").with_changes({"training.epochs": max(1, epochs), **(changes or {})})
        open_run = RunStore(tmp_path / "runs").create(recipe, name)
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **history(epochs, columns or {}))
        open_run.write("history.npz", buffer.getvalue())
        return open_run.finish(a_record(name, recipe, epochs, facts))

    return make


class MakeStudy(Protocol):
    def __call__(self, rows: tuple[Row, ...] | None = ..., **facts: Any) -> Study: ...


class MakeRow(Protocol):
    def __call__(
        self, label: str = ..., verdict: Verdict = ..., epoch_s: float | None = ..., **facts: Any
    ) -> Row: ...


@pytest.fixture
def make_row() -> MakeRow:
    """Return a candidate's row, in which all follows from the seconds of an epoch but what `facts` says."""
    return a_row


class MakeVerification(Protocol):
    def __call__(self, label: str = ..., **facts: Any) -> Verification: ...


@pytest.fixture
def make_verification() -> MakeVerification:
    """Return a verification that passed, unless `facts` say otherwise."""
    return a_verification


@pytest.fixture
def make_estimate() -> Callable[..., Estimate]:
    """Return an estimate: median, relative half width of the interval, unit, and number of measurements."""
    return an_estimate


@pytest.fixture
def make_study() -> MakeStudy:
    """Return a study of eight rows with every verdict, or of the `rows` given."""

    def make(rows: tuple[Row, ...] | None = None, **facts: Any) -> Study:
        rows = study_rows() if rows is None else rows
        return Study(**{**study_facts(rows), **facts})

    return make


@pytest.fixture
def cost_of() -> Callable[[Quantity], RunCost]:
    """Return the cost of a run with the given energy."""
    return a_run_cost


def history(epochs: int, columns: dict[str, float]) -> dict[str, Any]:
    """Costs halve from epoch to epoch; every second epoch is tested."""
    writer = HistoryWriter(n_layers=2)
    for epoch in range(1, epochs + 1):
        cost = 8.0 * 0.5**epoch * np.arange(N_BATCHES, 0.0, -1.0)
        log = BatchLog(cost, 0.25 * cost, 0.1 * cost, None)
        values = {
            "learning_rate": 0.1,
            "mean_batch_cost": float(cost.mean()),
            "train_score": 1.0 - 0.3 / epoch,
            "test_score": 1.0 - 0.4 / epoch if epoch % 2 == 0 else float("nan"),
            "elapsed_s": 1.0 + 2.0 * epoch,
            "energy_J": 10.0 + 20.0 * epoch,
            **columns,
        }
        writer.append(values, log, [0.1 * epoch, 0.2 * epoch])
    return dict(writer.history().arrays)


def a_cost(wall_s: float, energy: Quantity | None = None) -> Cost:
    energy = energy or modelled(10.0 * wall_s, "J", "model:tdp", (5.0 * wall_s, 20.0 * wall_s), "made up")
    second = measured(wall_s, "s", "clock")
    return Cost(second, second, energy, energy, energy, measured(2.0**27, "B", "psutil"))


def a_record(name: str, recipe: Recipe, epochs: int, facts: dict[str, Any]) -> RunRecord:
    price = modelled(1e-6, "EUR", "model:tdp", None, "default of 2026-11")
    known: dict[str, Any] = {
        "wattlab_version": "0.1.0",
        "id": name,
        "recipe": recipe.model_dump(mode="json"),
        "created_utc": "2026-11-21T02:00:00+00:00",
        "stop_reason": "epochs",
        "epochs": epochs,
        "steps": epochs * N_BATCHES,
        "n_parameters": 1234,
        "score_name": "accuracy",
        "test_score": 0.85,
        "train_score": 0.95,
        "validation_score": None,
        "target": recipe.stop.target,
        "target_part": "test",
        "reached_target": None,
        "target_epoch": None,
        "time_to_target_s": None,
        "energy_to_target": None,
        "confusion": CONFUSION,
        "samples_per_s": 57_412.0,
        "cost": a_run_cost(price=price),
        "dataset": DatasetFacts(
            name="digits",
            source="scikit-learn",
            fingerprint="f" * 64,
            n_train=1437,
            n_validation=0,
            n_test=20,
            n_features=64,
            n_features_used=61,
            classes=CLASSES,
        ),
        "machine": {"id": "0badcafe", "line": "ACME 5950X · 16 cores · id 0badcafe"},
    }
    return RunRecord(**{**known, **facts})


def a_run_cost(energy: Quantity | None = None, price: Quantity | None = None) -> RunCost:
    price = price or modelled(1e-6, "EUR", "model:tdp")
    return RunCost(
        total=a_cost(14.0, energy),
        start_up=a_cost(1.0),
        data=a_cost(2.0),
        training=a_cost(7.0),
        evaluation=a_cost(3.0),
        price=price,
        co2e=price.times(1000.0, "g"),
    )


BASELINE_S = 0.0931


def an_estimate(median: float, spread: float = 0.02, unit: str = "s", n: int = 5) -> Estimate:
    half = abs(median) * spread * (n > 1)
    return Estimate(
        median=median, low=median - half, high=median + half, unit=unit, n=n, level=1.0 - 2.0 ** (1 - n)
    )


def a_row(
    label: str = "native", verdict: Verdict = "baseline", epoch_s: float | None = BASELINE_S, **facts: Any
) -> Row:
    found = re.search(r"(native|torch|keras|sklearn)(?::(\w+))?", label)
    name, backend = found.groups() if found else ("native", None)
    changes = {"engine.name": name} | ({"engine.backend": backend} if name == "keras" else {})
    known: dict[str, Any] = {
        "label": label,
        "recipe": Recipe.named("digits").with_changes(changes).model_dump(mode="json"),
        "engine": {"threads": 2, "device": "cpu", "precision": "float32", name: "1.2.3"},
        "verdict": verdict,
    }
    if epoch_s is not None:
        known |= measured_facts(label, verdict, epoch_s) | {"verification": a_verification(label)}
    return Row(**{**known, **facts})


def measured_facts(label: str, verdict: str, epoch_s: float) -> dict[str, Any]:
    return {
        "score_name": "accuracy",
        "epoch": an_estimate(epoch_s),
        "samples": an_estimate(60_000 / epoch_s, unit="1/s"),
        "start_up": an_estimate(4.21 if ":" in label else 0.43),
        "compile": an_estimate(1.77 if ":" in label else 0.0),
        "total": an_estimate((7.1 if ":" in label else 0.9) + 40 * epoch_s),
        "score": an_estimate(0.9741, 0.001, ""),
        "peak_memory": measured(2.0**27 * (6.3 if ":" in label else 1.4), "B", "psutil"),
        "energy": modelled(400.0 * epoch_s, "J", "model:tdp", (200.0 * epoch_s, 800.0 * epoch_s)),
        "ratio": None if verdict == "baseline" else an_estimate(epoch_s / BASELINE_S, 0.04, ""),
    }


def a_verification(label: str = "native", **facts: Any) -> Verification:
    known: dict[str, Any] = {
        "label": label,
        "reference": "native in float64",
        "precision": "float64",
        "steps": 5,
        "loss_deviation": 2.2e-16,
        "weight_deviation": 3.4e-15,
        "tolerance": 1e-9,
        "passed": True,
    }
    return Verification(**{**known, **facts})


OUT_OF_MEMORY = "ran out of memory: the process was ended by the system after it had taken 14.8 GiB"


OTHER_WORK = "its losses deviate by 1.3e-02 from those of native, more than the tolerance of 1e-09"


def study_rows() -> tuple[Row, ...]:
    refused = a_verification(
        "keras:torch", loss_deviation=0.0131, weight_deviation=0.2, passed=False, message=OTHER_WORK
    )
    busy = "other processes kept the machine busy: 41% in round 2"
    return (
        a_row(),
        a_row("native (again)", "control", 0.0934),
        a_row("torch", "worse", 0.144),
        a_row("torch:compiled", "unknown", 0.0949),
        a_row("keras:tensorflow", "worse", 1.47, notes=(busy,)),
        a_row("keras:jax", "failed", None, failures=(OUT_OF_MEMORY,) * 5),
        a_row("keras:torch", "failed", None, verification=refused, failures=(OTHER_WORK,)),
        a_row("sklearn", "better", 0.0512, energy=missing("J", "the sensor went away")),
    )


def study_facts(rows: tuple[Row, ...]) -> dict[str, Any]:
    return {
        "wattlab_version": "0.1.0",
        "id": "mnist-blog-compare-20261121-0457",
        "question": "compare",
        "title": f"mnist-blog: {', '.join(row.label for row in rows if row.verdict != 'control')}",
        "created_utc": "2026-11-21T04:57:00+00:00",
        "machine": {"id": "0badcafe", "line": "ACME 5950X · 16 cores · id 0badcafe"},
        "rounds": 5,
        "complete": True,
        "rows": rows,
        "trials": tuple(
            Trial(candidate=place, round=number, run_id=None, foreign_load=0.02)
            for place in range(len(rows))
            for number in range(5)
        ),
        "notes": ("Energy is modelled from the processor's load: the ranking is by time.",),
    }
