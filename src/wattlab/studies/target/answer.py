"""The answer of a study of a target: a row for each recipe, and every training; frozen and versioned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from wattlab.meter.quantity import Quantity  # noqa: TC001 (pydantic reads it)
from wattlab.meter.statistics import Estimate  # noqa: TC001 (pydantic reads it)
from wattlab.studies.answer_file import read_answer
from wattlab.studies.row import Answer, Frozen
from wattlab.studies.trainings.censored import CensoredRatio  # noqa: TC001 (pydantic reads it)
from wattlab.studies.trainings.survival import SurvivalStep  # noqa: TC001 (pydantic reads it)
from wattlab.studies.trainings.to_target import ToTarget  # noqa: TC001 (pydantic reads it)
from wattlab.studies.trainings.trained import Trained  # noqa: TC001 (pydantic reads it)

__all__ = ["ANSWER", "State", "Target", "TargetRow", "TargetVerdict"]

ANSWER = "target.json"
"""File that holds it, in the study's folder."""

State = Literal["reached", "missed", "failed", "refused", "not run"]
TargetVerdict = Literal["baseline", "better", "worse", "no difference", "none"]


class TargetRow(Frozen):
    """What came out for one recipe, over its seeds."""

    label: str
    recipe: str
    """Name of the recipe."""
    state: State
    """reached: by one seed at least; failed: no training came to its end."""
    epochs: int
    """Longest training that it was allowed."""
    outcome: ToTarget | None = None
    """Success rate, time, energy and epochs to the target; None where nothing was trained."""
    best: float | None = None
    """Best score of all trainings, on the judged part."""
    missed_best: tuple[float, ...] = ()
    """Best score of each training that missed, as far as it is known, ascending."""
    test_score: Estimate | None = None
    """Score on the test part of those that reached the target, opened once at their end; only where the target is
    judged on another part."""
    time_ratio: CensoredRatio | None = None
    """Median time to the target over that of the first recipe: below 1 is faster."""
    energy_ratio: CensoredRatio | None = None
    """The same of the energy; only where all of it was measured."""
    verdict: TargetVerdict = "none"
    """By time; none: nothing to hold it against, or less than two seeds."""
    energy_verdict: TargetVerdict = "none"
    survival_time: tuple[SurvivalStep, ...] = ()
    """Share of the trainings that had not reached the target after so many seconds."""
    survival_energy: tuple[SurvivalStep, ...] = ()
    """The same after so many joules; empty where energy is missing for a training that reached it."""
    wall: Quantity | None = None
    """Of all its trainings, together. Unit: s."""
    energy: Quantity | None = None
    """As `wall`. Unit: J."""
    failures: tuple[str, ...] = ()
    """Why it was refused, or trainings of it failed, in sentences."""
    notes: tuple[str, ...] = ()


class Target(Answer):
    """Time, energy and epochs until recipes reach an accuracy."""

    question: Literal["target"] = "target"
    target: float
    """Accuracy to reach, or R² for regression."""
    score_name: Literal["accuracy", "R²"] | None = None
    """None where no training came to its end."""
    part: Literal["test", "validation"]
    """On which the target was judged."""
    seeds: int
    """Trainings that were planned of each recipe."""
    complete: bool
    """Whether nothing is left to train."""
    rows: tuple[TargetRow, ...]
    trainings: tuple[Trained, ...]
    """All that are over, by recipe and seed."""
    wall: Quantity
    """Of all trainings, together. Unit: s."""
    energy: Quantity
    """As `wall`. Unit: J."""
    verdicts: tuple[str, ...] = ()
    """What came out, in sentences."""
    notes: tuple[str, ...] = ()

    @property
    def n_finished(self) -> int:
        """Trainings that came to an end of their own, at the target or not."""
        return sum(one.has_result for one in self.trainings)

    def row(self, label: str) -> TargetRow:
        """Return the row of that label; KeyError if there is none."""
        for row in self.rows:
            if row.label == label:
                return row
        raise KeyError(label)

    def to_json(self) -> str:
        """Return one JSON object."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def load(cls, folder: Path | str) -> Target:
        """Read an answer from the study's folder.

        Raises
        ------
        wattlab.errors.RunError
            If it is not there, damaged, or of a schema version that this wattlab does not know.
        """
        return read_answer(Path(folder) / ANSWER, cls, "study of a target", "wattlab target")
