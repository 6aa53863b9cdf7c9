"""What a study of a target is going to do: written first, so that what was interrupted can be gone on with."""

from __future__ import annotations

from typing import Any, Literal

from wattlab.studies.row import Frozen
from wattlab.studies.trainings.rounds import Candidate  # noqa: TC001 (pydantic reads it)

__all__ = ["TargetPlan"]


class TargetPlan(Frozen):
    """All that decides what is trained, and in which order."""

    schema_version: Literal[1] = 1
    wattlab_version: str
    id: str
    title: str
    created_utc: str
    machine: dict[str, Any]
    candidates: tuple[Candidate, ...]
    """The first that can run is what the others are held against."""
    target: float
    """Accuracy to reach, or R² for regression."""
    part: Literal["test", "validation"]
    """On which it is judged."""
    seeds: int
    order_seed: int
    timeout_s: float | None = None
    """Longest time of one process; None: no limit. Unit: s."""
    notes: tuple[str, ...] = ()

    @property
    def machine_id(self) -> str:
        """Who measured: results of another machine do not belong here."""
        return str(self.machine["id"])
