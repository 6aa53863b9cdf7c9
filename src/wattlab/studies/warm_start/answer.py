"""The answer of a study of warm starts; frozen and versioned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar, Literal

from wattlab.meter.quantity import Quantity  # noqa: TC001 (pydantic reads it)
from wattlab.meter.statistics import Estimate  # noqa: TC001 (pydantic reads it)
from wattlab.studies.answer_file import read_answer
from wattlab.studies.row import Answer, Frozen
from wattlab.studies.trainings.censored import CensoredRatio  # noqa: TC001 (pydantic reads it)
from wattlab.studies.trainings.to_target import ToTarget  # noqa: TC001 (pydantic reads it)
from wattlab.studies.trainings.trained import Trained  # noqa: TC001 (pydantic reads it)
from wattlab.studies.warm_start.plan import Base  # noqa: TC001 (pydantic reads it)

__all__ = ["ANSWER", "StageRow", "WarmStarts", "Way"]

ANSWER = "warm-start.json"
"""File that holds it, in the study's folder."""


class StageRow(Frozen):
    """One stage before the last, over all seeds."""

    label: str
    epochs: int
    n: int
    """Trainings that came to their end."""
    wall: Quantity | None
    """Of the whole process, median. Unit: s."""
    energy: Quantity | None
    """As `wall`. Unit: J."""
    start_up: Quantity | None
    """Share of `wall` that the start of the process, data and compiling take, median. Unit: 1."""
    score: float | None
    """On the judged part after its last epoch, median."""
    n_at_target: int
    """Trainings that had the target's score at their end already."""
    how: str = ""
    """How the weights that it began with were carried over; empty for drawn ones."""


class Way(Frozen):
    """What the target takes in one way, over all seeds."""

    label: str
    kind: Literal["cold", "last stage", "all stages"]
    to_target: ToTarget | None
    """None: nothing was trained."""
    time_ratio: CensoredRatio | None = None
    """Time to the target over that of the cold start, by seed; None for the cold start itself."""
    energy_ratio: CensoredRatio | None = None
    """As `time_ratio`; also None where an energy is missing."""
    score: Estimate | None = None
    """Best score on the judged part."""
    how: str = ""
    """How the weights that it began with were carried over."""


class WarmStarts(Answer):
    """A cold start against a warm one, to the same target."""

    listed: ClassVar[str] = "stages"
    question: Literal["warm-start"] = "warm-start"
    recipe: str
    """Name of the recipe."""
    recipe_toml: str
    """That recipe as it was trained cold."""
    target: float
    part: Literal["test", "validation"]
    """On which the target was judged."""
    score_name: Literal["accuracy", "R²"] | None
    seeds: int
    complete: bool
    """Whether every training was run."""
    base: Base | None
    labels: tuple[str, ...]
    """Of the trainings: the cold one, then all stages."""
    stages: tuple[StageRow, ...]
    """Those before the last."""
    ways: tuple[Way, ...]
    """Cold; warm, the last stage alone; warm, all stages."""
    pays: Literal["yes", "no", "unknown"]
    """Whether the warm start, all stages and earlier runs included, takes less time to the target."""
    verdicts: tuple[str, ...]
    trainings: tuple[Trained, ...]
    notes: tuple[str, ...]

    def way(self, kind: str) -> Way:
        """Return the way of a kind."""
        return next(one for one in self.ways if one.kind == kind)

    @property
    def some_finished(self) -> bool:
        """Whether there is anything to compare: a cold training and a last stage that came to their end."""
        places = {one.candidate for one in self.trainings if one.has_result}
        return {0, len(self.labels) - 1} <= places

    def to_json(self) -> str:
        """Return one JSON object."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def load(cls, folder: Path | str) -> WarmStarts:
        """Read an answer from the study's folder.

        Raises
        ------
        wattlab.errors.RunError
            If it is not there, damaged, or of a schema version that this wattlab does not know.
        """
        return read_answer(Path(folder) / ANSWER, cls, "warm-start study", "wattlab warm-start")
