"""Studies that nobody ran: rows and verifications with numbers known by heart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from wattlab.meter import measured, missing, modelled
from wattlab.meter.statistics import Estimate
from wattlab.recipe import Recipe
from wattlab.studies.row import Row, Trial, Verdict, Verification
from wattlab.studies.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable


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
