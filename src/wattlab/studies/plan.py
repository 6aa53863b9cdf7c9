"""What a study is going to do: written first, so that what was interrupted can be gone on with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from wattlab.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Entry", "Plan", "PlannedCandidate", "line_up", "round_order"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True)


class PlannedCandidate(_Frozen):
    """One way to train."""

    label: str
    recipe: str
    """As TOML."""
    refusal: str = ""
    """Why it cannot run; empty where it can."""

    def read(self) -> Recipe:
        """Return the recipe."""
        return Recipe.from_toml(self.recipe, self.label)


class Plan(_Frozen):
    """All that decides what a study runs, and in which order."""

    schema_version: Literal[1] = 1
    wattlab_version: str
    id: str
    question: Literal["compare"] = "compare"
    title: str
    created_utc: str
    machine: dict[str, Any]
    candidates: tuple[PlannedCandidate, ...]
    rounds: int
    order_seed: int
    """Decides in which order the candidates run in each round."""
    verify_steps: int
    """First steps that are held against the reference; 0: none."""
    timeout_s: float | None = None
    """Longest time that a trial may take."""
    notes: tuple[str, ...] = ()

    @property
    def machine_id(self) -> str:
        """Who measured: results of another machine do not belong here."""
        return str(self.machine["id"])


@dataclass(frozen=True)
class Entry:
    """A row of the study to be.

    Parameters
    ----------
    label : str
    candidate : int
        Index in the plan.
    control : bool
        It is the baseline once more, to show the noise.
    refusal : str
        Why it is not timed; empty where it is.
    """

    label: str
    candidate: int
    control: bool = False
    refusal: str = ""


def line_up(plan: Plan, refusals: Mapping[int, str]) -> tuple[Entry, ...]:
    """Return the rows: the first candidate that can run, its control, the others, and what cannot run at the end.

    Parameters
    ----------
    plan : Plan
        Its candidates.
    refusals : mapping of int to str
        By index of the candidate, why it is not to be timed; those of the plan are added.
    """
    every = {index: one.refusal for index, one in enumerate(plan.candidates) if one.refusal} | dict(refusals)
    rows = [
        Entry(one.label, index, refusal=every.get(index, "")) for index, one in enumerate(plan.candidates)
    ]
    timed = [row for row in rows if not row.refusal]
    control = [Entry(f"{row.label} (again)", row.candidate, control=True) for row in timed[:1]]
    return (*timed[:1], *control, *timed[1:], *(row for row in rows if row.refusal))


def round_order(seed: int, number: int, n_rows: int) -> list[int]:
    """Return in which order the rows run in a 0-based round: pure, so a resumed study keeps it.

    Examples
    --------
    >>> sorted(round_order(seed=0, number=3, n_rows=4))
    [0, 1, 2, 3]
    """
    return [int(row) for row in np.random.default_rng([seed, number]).permutation(n_rows)]
