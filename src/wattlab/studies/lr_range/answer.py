"""The answer of a range test: curves, status, interval, suggestion, and what short trainings say; frozen, versioned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar, Literal

from wattlab.cluster.ramp_report import RampReport, ShortRuns  # noqa: TC001 (pydantic reads it)
from wattlab.meter.quantity import Quantity  # noqa: TC001 (pydantic reads it)
from wattlab.meter.statistics import Estimate  # noqa: TC001 (pydantic reads it)
from wattlab.studies.answer_file import read_answer
from wattlab.studies.lr_range.curve import Interval, Reading, Status  # noqa: TC001 (pydantic reads it)
from wattlab.studies.lr_range.pickers import Picker  # noqa: TC001 (pydantic reads it)
from wattlab.studies.lr_range.plan import LrRangePlan  # noqa: TC001 (pydantic reads it)
from wattlab.studies.row import Answer, Frozen
from wattlab.studies.sweep.statistics import Mean  # noqa: TC001 (pydantic reads it)

__all__ = ["ANSWER", "LrRange", "SeedRamp", "SeedRuns", "Suggestion", "Tried", "TriedVerdict", "Verified"]

ANSWER = "lr-range.json"
"""File that holds it, in the study's folder."""

TriedVerdict = Literal["suggestion", "clearly better", "clearly worse", "no clear difference", "diverged"]


class SeedRamp(Frozen):
    """One ramp, and how it is read."""

    seed: int
    report: RampReport | None
    """None where the process failed."""
    reading: Reading | None
    """None as above."""
    failure: str | None = None
    failed_wall: Quantity | None = None
    """Time of a process that failed; None if it did not. Unit: s."""


class SeedRuns(Frozen):
    """The short trainings of one seed in one round."""

    round: int
    """0 tries the suggestion and its neighbours; later ones go on where the best rate was the outermost."""
    seed: int
    runs: ShortRuns | None
    """None where the process failed."""
    failure: str | None = None
    failed_wall: Quantity | None = None
    """Time of a process that failed; None if it did not. Unit: s."""


class Suggestion(Frozen):
    """Which learning rates to take."""

    constant: float
    """For a constant rate, and as the first rate of a schedule that only falls; as the short trainings left it."""
    one_cycle_peak: float
    """For the highest rate of a one-cycle schedule."""
    by_rule: float
    """The constant rate before the short trainings had their say."""


class Tried(Frozen):
    """What the short trainings with one rate gave, over all seeds."""

    rate: float
    scores: tuple[float | None, ...]
    """On the held-out part, by seed; None where the training diverged."""
    score: Mean | None
    """Over the seeds that did not diverge; None if all did."""
    loss: Mean | None
    """On the held-out part, as above."""
    n_diverged: int
    change: Mean | None
    """Score less that of the suggested rate with the same seed; None for that rate itself, and without such pairs."""
    verdict: TriedVerdict


class Verified(Frozen):
    """Whether the suggestion holds in short trainings at constant rates."""

    steps: int
    """Updates of each."""
    held_out: str
    """Which samples judged, in words; never those of the test part."""
    n_held_out: int
    score_name: Literal["accuracy", "R²"]
    tried: tuple[Tried, ...]
    """By rate, smallest first."""
    holds: bool
    """Whether the suggested rate did not diverge, and no neighbour was clearly better."""
    chosen: float
    """The suggested rate where it holds, else the neighbour that takes its place."""


class LrRange(Answer):
    """Which learning rates are good for a recipe."""

    listed: ClassVar[str] = "ramps"
    question: Literal["lr-range"] = "lr-range"
    plan: LrRangePlan
    complete: bool
    """Whether every ramp and every short training was run."""
    status: Status | Literal["failed"]
    """Of most seeds; "failed" where no process gave a curve."""
    interval: Interval | None
    """Medians over the seeds of both ends; None where no curve fell."""
    interval_low: Estimate | None = None
    """The lower end over the seeds."""
    interval_high: Estimate | None = None
    """The upper end over the seeds; of a range that is too short, the largest rate tried."""
    picks: dict[Picker, Estimate]
    """What each picker says over the seeds; empty where no curve fell."""
    suggestion: Suggestion | None
    """None where no curve fell."""
    verified: Verified | None = None
    """None where nothing was verified."""
    ramps: tuple[SeedRamp, ...]
    """By seed."""
    short_runs: tuple[SeedRuns, ...] = ()
    """By round and seed."""
    wall: Quantity
    """Of all processes together. Unit: s."""
    energy: Quantity
    """Gross, of the same. Unit: J."""
    verdicts: tuple[str, ...] = ()
    """What came out, in sentences."""
    notes: tuple[str, ...] = ()
    """What a reader must know."""

    @property
    def usable(self) -> bool:
        """Whether there is something to suggest."""
        return self.suggestion is not None

    def to_json(self) -> str:
        """Return one JSON object."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def load(cls, folder: Path | str) -> LrRange:
        """Read an answer from the study's folder.

        Raises
        ------
        wattlab.errors.RunError
            If it is not there, damaged, or of a schema version that this wattlab does not know.
        """
        return read_answer(Path(folder) / ANSWER, cls, "learning-rate range test", "wattlab lr-range")
