"""A study: many trials that answer one question; frozen and versioned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from wattlab.errors import RunError
from wattlab.meter.quantity import Quantity
from wattlab.records.run import Run

__all__ = ["Estimate", "Row", "Study", "Trial", "Verdict", "Verification", "check_machine"]

Verdict = Literal["baseline", "control", "better", "worse", "unknown", "failed"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True)


class Estimate(_Frozen):
    """The median of repeated measurements, and where the true median lies."""

    median: float
    low: float
    high: float
    unit: str
    """Such as "s", "1/s" or "B"; empty for ratios and scores."""
    n: int
    """Measurements."""
    level: float
    """Probability with which the interval covers the true median, by order statistics: 1 − 2⁻ⁿ⁺¹ at most."""


class Verification(_Frozen):
    """Whether a candidate does the same work as the reference: losses and weights of the first steps."""

    label: str
    """The candidate."""
    reference: str
    """Who it was held against, such as "native in float64"."""
    precision: str
    """Number format in which both computed."""
    steps: int
    loss_deviation: float | None
    """Largest relative deviation of the loss of a step; None where the candidate failed."""
    weight_deviation: float | None
    """Root mean square of the differences of a layer's weights and biases after the last step, over that of the
    weights and biases themselves; the largest of all layers."""
    tolerance: float
    passed: bool
    message: str = ""
    """Why not, in a sentence; empty where it passed."""


class Trial(_Frozen):
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


class Row(_Frozen):
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


class Study(_Frozen):
    """The answer to one question, with all it rests on."""

    schema_version: Literal[1] = 1
    wattlab_version: str
    id: str
    question: Literal["compare"]
    title: str
    """One line, such as "mnist-blog: native, torch, keras:jax"."""
    created_utc: str
    machine: dict[str, Any]
    rounds: int
    """Rounds that were planned."""
    complete: bool
    """Whether every trial was run."""
    rows: tuple[Row, ...]
    """The first is the baseline."""
    trials: tuple[Trial, ...]
    notes: tuple[str, ...] = ()

    def __getitem__(self, label: str) -> Row:
        """Return the row of that label."""
        for row in self.rows:
            if row.label == label:
                return row
        raise KeyError(label)

    def to_json(self) -> str:
        """Return one JSON object."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str, source: str) -> Study:
        """Read a study back; `source` names it in errors.

        Raises
        ------
        wattlab.errors.RunError
            If it is damaged, or of a schema version that this wattlab does not know.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            place = ".".join(str(key) for key in error.errors()[0]["loc"])
            msg = f"{source} is no study that this wattlab can read, at {place}: {error.errors()[0]['msg']}"
            raise RunError(msg) from error

    @classmethod
    def load(cls, folder: Path | str) -> Study:
        """Read a study from its folder, and make sure that one machine measured all of it.

        Parameters
        ----------
        folder : path
            With ``study.json`` and ``runs``.

        Raises
        ------
        wattlab.errors.RunError
            If it is not there or damaged, or if a run in it comes from another machine than the study.
        """
        path = Path(folder) / "study.json"
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            msg = f"{str(path)!r} cannot be read ({error}); a study that was killed is finished by: "
            msg += f"wattlab compare --resume {folder}"
            raise RunError(msg) from error
        study = cls.from_json(text, str(path))
        for trial in study.trials:
            if trial.run_id is not None:
                check_machine(Run(Path(folder) / "runs" / trial.run_id), str(study.machine.get("id")))
        return study


def check_machine(run: Run, machine_id: str) -> None:
    """Raise `wattlab.errors.RunError` unless a run was measured on the machine of that id."""
    found = run.record.machine
    if found.get("id") != machine_id:
        msg = (
            f"run {run.id!r} was measured on another machine ({found.get('line') or found.get('id')}) than the "
            f"study (id {machine_id}): results of different machines do not compare; measure all on one"
        )
        raise RunError(msg)
