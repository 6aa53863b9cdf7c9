"""The answer of a sweep: a row for every cell; frozen and versioned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import Field

from wattlab.cluster.step_report import DataUsed, StepFailure, StepReport, StepsAsked  # noqa: TC001 (pydantic)
from wattlab.meter.quantity import Quantity  # noqa: TC001 (pydantic reads it)
from wattlab.meter.statistics import Estimate  # noqa: TC001 (pydantic reads it)
from wattlab.studies.answer_file import read_answer
from wattlab.studies.data_kind import DataKind  # noqa: TC001 (pydantic reads it)
from wattlab.studies.row import Answer, Frozen
from wattlab.studies.sweep.asked import value_text
from wattlab.studies.sweep.statistics import Mean  # noqa: TC001 (pydantic reads it)

__all__ = ["ANSWER", "State", "Sweep", "SweepRow", "SweepTrial", "SweepVerdict", "TrainedCell"]

ANSWER = "sweep.json"
"""File that holds it, in the study's folder."""

State = Literal["timed", "refused", "out of memory", "timed out", "crashed", "not run"]
SweepVerdict = Literal["baseline", "better", "worse", "unknown", "none"]


class SweepTrial(Frozen):
    """One process that timed the steps of one cell."""

    cell: int
    round: int
    """0-based."""
    report: StepReport | None
    """None where it failed."""
    failure: StepFailure | None = None
    foreign_load: float
    """Share of all cores that other processes kept busy just before, from 0 to 1."""


class TrainedCell(Frozen):
    """One whole training of one cell."""

    cell: int
    seed: int
    """Of the recipe."""
    score: float | None
    """On the test part after the last epoch; None where it failed."""
    score_name: Literal["accuracy", "R²"] | None = None
    epochs: int = 0
    wall: Quantity | None = None
    """Of the whole process. Unit: s."""
    energy: Quantity | None = None
    """Of the whole process. Unit: J."""
    failure: str | None = None


class SweepRow(Frozen):
    """What came out for one cell, over all rounds."""

    values: dict[str, str]
    """Those of the fields that vary, in words."""
    label: str
    batch_size: int | Literal["all"]
    state: State
    engine: dict[str, str | int | float | bool | None] = Field(default={})
    """What the engine said that it really used."""
    step: Estimate | None = None
    """Time of a step. Unit: s."""
    samples: Estimate | None = None
    """Training samples per second at that time."""
    ratio: Estimate | None = None
    """Time of a step over that of the baseline at the same batch size, in the same round: below 1 is faster."""
    verdict: SweepVerdict = "none"
    """better or worse: the whole interval of the ratio is on one side of 1; none: nothing to hold it against."""
    compiling: Quantity | None = None
    """What an engine does once before the first step, such as compiling; not in `step`. Unit: s."""
    n_steps: int = 0
    """Steps that were timed, in all rounds."""
    peak_memory: Quantity | None = None
    """Largest resident memory of the process, median over the rounds. Unit: B."""
    device_memory: Quantity | None = None
    """Most memory of a card that was allocated. Unit: B."""
    device_reserved: Quantity | None = None
    """Most memory of a card that the library kept for itself. Unit: B."""
    processor_use: Quantity | None = None
    """Share of the cores that it may use. Unit: 1."""
    card_use: Quantity | None = None
    """Share of the time in which the card was busy. Unit: 1."""
    energy: Quantity | None = None
    """Gross energy of a sample's training, median over the rounds. Unit: J."""
    score: Mean | None = None
    """Score on the test part after `Sweep.epochs`, over the seeds."""
    score_change: Mean | None = None
    """Score less that of the baseline's training with the same seed."""
    failures: tuple[str, ...] = ()
    """Why it was refused or failed, in sentences."""
    notes: tuple[str, ...] = ()


class Sweep(Answer):
    """Every combination of some values, by the cost of a training step."""

    question: Literal["sweep"] = "sweep"
    recipe: str
    """Name of the recipe."""
    fields: dict[str, tuple[str, ...]]
    """Values in words, by field."""
    batch_field: str | None
    """Under which name the batch size varies; None: it does not."""
    baseline: dict[str, str]
    """Values of the baseline, but for the batch size."""
    asked: StepsAsked
    rounds: int
    """Rounds that were planned."""
    complete: bool
    """Whether every trial was run."""
    epochs: int | None
    """Of the trainings that tell the accuracy; None: there are none."""
    score_name: Literal["accuracy", "R²"] | None = None
    data: DataUsed | None
    """What the steps learned from; None where none was timed."""
    data_kind: DataKind | None = None
    """Whether those samples are real or synthetic, be it that the recipe asks for such; None as above."""
    rows: tuple[SweepRow, ...]
    step_times_s: dict[str, tuple[tuple[float, ...], ...]]
    """By label, for each round that was finished, the time of a step in each block. Unit: s."""
    trainings: tuple[TrainedCell, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def n_timed(self) -> int:
        """Cells of which a step was timed."""
        return sum(row.step is not None for row in self.rows)

    def row(self, **values: object) -> SweepRow:
        """Return the first row with these values; KeyError if there is none."""
        wanted = {name: value_text(value) for name, value in values.items()}
        for row in self.rows:
            if wanted.items() <= row.values.items():
                return row
        raise KeyError(wanted)

    def to_json(self) -> str:
        """Return one JSON object."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def load(cls, folder: Path | str) -> Sweep:
        """Read an answer from the study's folder.

        Raises
        ------
        wattlab.errors.RunError
            If it is not there, damaged, or of a schema version that this wattlab does not know.
        """
        return read_answer(Path(folder) / ANSWER, cls, "sweep", "wattlab sweep")
