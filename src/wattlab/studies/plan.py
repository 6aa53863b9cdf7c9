"""What a study is going to do: written first, so that what was interrupted can be gone on with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from pydantic import BaseModel, ConfigDict

from wattlab import __version__
from wattlab.errors import RunError, UserError
from wattlab.machine.fingerprint import describe_machine
from wattlab.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Entry", "Plan", "PlannedCandidate", "check_conditions", "check_rounds", "line_up", "round_order"]


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
    """Longest time that one process, of a trial or a verification, may take."""
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


def check_rounds(rounds: int, order_seed: int) -> None:
    """Raise `wattlab.errors.UserError` unless there are rounds, and a seed that NumPy takes."""
    for name, value, least in (("rounds", rounds, 1), ("order_seed", order_seed, 0)):
        if value < least:
            msg = f"{name} is {value}; expected a whole number of at least {least}"
            raise UserError(msg)


class Planned(Protocol):
    """What every plan says about who measured."""

    @property
    def id(self) -> str:
        """Name of the study."""

    @property
    def machine(self) -> dict[str, Any]:
        """Facts about the machine."""

    @property
    def machine_id(self) -> str:
        """Its id."""

    @property
    def wattlab_version(self) -> str:
        """Which wattlab began the study."""


def check_conditions(plan: Planned) -> None:
    """Raise `wattlab.errors.RunError` where new trials would not compare with those that a study has."""
    here = describe_machine()
    if plan.machine_id != here.id:
        msg = (
            f"study {plan.id!r} was begun on another machine ({plan.machine.get('line', plan.machine_id)}); "
            f"this one is {here.one_line()}: results of different machines do not compare; begin anew here"
        )
        raise RunError(msg)
    cores = plan.machine.get("usable_cores")
    if cores != here.usable_cores:
        msg = (
            f"study {plan.id!r} was begun with {cores} usable cores, and here are {here.usable_cores}: results on "
            "different cores do not compare; give this process the same cores, or begin anew"
        )
        raise RunError(msg)
    if plan.wattlab_version != __version__:
        msg = (
            f"study {plan.id!r} was begun by wattlab {plan.wattlab_version}, and this is {__version__}: results of "
            "different versions do not compare; go on with that version, or begin anew"
        )
        raise RunError(msg)
