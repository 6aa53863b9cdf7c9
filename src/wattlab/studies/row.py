"""What came out for each candidate of a study: estimates, verifications, trials, rows; frozen."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from wattlab.meter.quantity import Quantity
from wattlab.meter.statistics import Estimate

__all__ = ["Answer", "Frozen", "Row", "Trial", "Verdict", "Verification"]

Verdict = Literal["baseline", "control", "better", "worse", "unknown", "failed"]


class Frozen(BaseModel):
    """What all parts of a study share."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True)


class Answer(Frozen):
    """What the answers of all studies share; it shows itself in one line, not field by field."""

    listed: ClassVar[str] = "rows"
    """The field that lists what was tried."""
    schema_version: Literal[1] = 1
    wattlab_version: str
    id: str
    title: str
    """One line, such as "mnist-blog: native, torch, keras:jax"."""
    created_utc: str
    machine: dict[str, Any]

    def __repr__(self) -> str:
        count = f"{self.listed}: {len(getattr(self, self.listed))}"
        return f"{type(self).__name__}({self.title!r}, {count}; draw it: wattlab.draw(answer))"

    def __str__(self) -> str:
        return repr(self)


class Verification(Frozen):
    """Whether a candidate does the same work as the reference: losses and weights of the first steps."""

    label: str
    """The candidate."""
    reference: str
    """Who it was held against, such as "native in float64"."""
    precision: str
    """Number format in which the candidate computed."""
    steps: int
    loss_deviation: float | None
    """Largest relative deviation of the loss of a step; None where the candidate failed."""
    weight_deviation: float | None
    """Root mean square of the differences of a layer's weights and biases after the last step, over that of the
    weights and biases themselves; the largest of all layers, whether the steps were taken one a call or an epoch's in
    one call."""
    tolerance: float
    passed: bool
    computed: bool = True
    """Whether the candidate got through its steps; False where it was refused or failed, so nothing was compared."""
    message: str = ""
    """Why not, in a sentence; empty where it passed."""


class Trial(Frozen):
    """One training in a process of its own."""

    candidate: int
    """Index of its row."""
    round: int
    """0-based."""
    run_id: str | None
    """Folder of the run in the study's ``runs``; None where the trial failed."""
    failure: str | None = None
    """What it said before it ended, in a sentence or two."""
    foreign_load: float
    """Share of all cores that other processes kept busy just before the trial, from 0 to 1."""


class Row(Frozen):
    """What came out for one candidate, over all rounds."""

    label: str
    recipe: dict[str, Any]
    engine: dict[str, str | int | float | bool | None]
    """What the engine said that it really used, such as threads, versions and what was compiled."""
    score_name: Literal["accuracy", "R²"] | None = None
    epoch: Estimate | None = None
    """Seconds of an epoch's training, shuffling included, evaluation and compiling excluded; steady state."""
    samples: Estimate | None = None
    """Training samples per second of the same."""
    start_up: Estimate | None = None
    """Seconds from the start of the process to the first batch, data and compiling excluded."""
    compile: Estimate | None = None
    """Seconds of compiling before the first epoch."""
    total: Estimate | None = None
    """Seconds of the whole process."""
    score: Estimate | None = None
    """Score on the test part at the end."""
    peak_memory: Quantity | None = None
    """Largest resident memory of the process, median over the trials. Unit: B."""
    energy: Quantity | None = None
    """Gross energy of the whole process, median over the trials. Unit: J."""
    ratio: Estimate | None = None
    """Seconds of an epoch over those of the first candidate in the same round: less than 1 is faster."""
    verdict: Verdict
    verification: Verification | None = None
    failures: tuple[str, ...] = ()
    """Each failed trial in a sentence."""
    notes: tuple[str, ...] = ()
    """What a reader must know, such as rounds in which the machine was busy."""
