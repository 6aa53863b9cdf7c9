"""The answer of a study of super-convergence: both arms, what was chosen, the comparison; frozen and versioned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from wattlab.studies.answer_file import read_answer
from wattlab.studies.row import Answer
from wattlab.studies.superconvergence.comparing import Comparison  # noqa: TC001 (pydantic reads it)
from wattlab.studies.superconvergence.row import ArmRow  # noqa: TC001 (pydantic reads it)
from wattlab.studies.superconvergence.verdict import Verdict  # noqa: TC001 (pydantic reads it)
from wattlab.studies.trainings.trained import Trained  # noqa: TC001 (pydantic reads it)

__all__ = ["ANSWER", "Superconvergence"]

ANSWER = "superconvergence.json"
"""File that holds it, in the study's folder."""


class Superconvergence(Answer):
    """Whether one cycle with a large rate reaches a target earlier than a constant rate."""

    question: Literal["superconvergence"] = "superconvergence"
    recipe: str
    """Name of the recipe."""
    target: float
    part: Literal["test", "validation"]
    """On which the target is judged."""
    score_name: Literal["accuracy", "R²"] | None
    epochs: int
    """Longest training of both arms."""
    seeds: int
    complete: bool
    """Whether the search came to its end."""
    rows: tuple[ArmRow, ...]
    """In the order in which they were trained."""
    comparison: Comparison | None
    """None where an arm has nothing to compare."""
    verdict: Verdict
    verdicts: tuple[str, ...]
    """What came out, in sentences."""
    trainings: tuple[Trained, ...]
    """Their ``candidate`` is the place of the row."""
    notes: tuple[str, ...] = ()
    """What a reader must know."""

    def of(self, place: int) -> tuple[Trained, ...]:
        """Return the trainings of a row, by seed."""
        return tuple(one for one in self.trainings if one.candidate == place)

    @property
    def shown(self) -> tuple[int, ...]:
        """Places of the rows that the figures show: the best of each arm, by the seeds that compare.

        Where no cycle was chosen, the one that came nearest to the target stands for them.
        """
        chosen = [place for place, row in enumerate(self.rows) if row.chosen]
        fresh = [place for place in chosen if self.rows[place].fresh]
        return tuple(fresh or (chosen + self._nearest if len(chosen) == 1 else chosen))

    @property
    def _nearest(self) -> list[int]:
        scores = {
            place: row.best
            for place, row in enumerate(self.rows)
            if row.arm == "one-cycle" and row.best is not None
        }
        return [max(scores, key=scores.__getitem__)] if scores else []

    @property
    def usable(self) -> bool:
        """Whether any training gave a score."""
        return any(row.best is not None for row in self.rows)

    def to_json(self) -> str:
        """Return one JSON object."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def load(cls, folder: Path | str) -> Superconvergence:
        """Read an answer from the study's folder.

        Raises
        ------
        wattlab.errors.RunError
            If it is not there, damaged, or of a schema version that this wattlab does not know.
        """
        return read_answer(
            Path(folder) / ANSWER, cls, "study of super-convergence", "wattlab superconvergence"
        )
