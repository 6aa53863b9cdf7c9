"""What a command cost: each run, all of them together, on which machine; frozen and versioned."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from wattlab.errors import RunError
from wattlab.meter.cost import Cost
from wattlab.meter.quantity import Quantity

__all__ = ["SCHEMA_VERSION", "CommandRun", "Measurement"]

SCHEMA_VERSION = 1


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True)


class CommandRun(_Frozen):
    """One run of a command."""

    exit_code: int
    """128 more than the signal's number where a signal ended it, as shells have it."""
    signal: str | None = None
    """Name of that signal, such as "SIGKILL"."""
    interrupted_by: str | None = None
    """Name of the signal by which somebody asked for the end, whatever the command made of it."""
    cost: Cost
    """Energies are the machine's; processor time and memory are those of the command and its children."""
    processes: int = 1
    """The most that were seen to run at once."""
    left_running: tuple[str, ...] = ()
    """Names of the processes that outlived the command; what they cost later is not counted."""
    overhead: Quantity
    """Processor time that measuring took meanwhile. Unit: s."""

    @property
    def succeeded(self) -> bool:
        """Whether it came to its own end, with exit code 0."""
        return self.exit_code == 0 and self.interrupted_by is None


class Measurement(_Frozen):
    """What a command cost, in one run or over several."""

    schema_version: Literal[1] = 1
    wattlab_version: str
    command: tuple[str, ...]
    created_utc: str
    """When the first run began, ISO 8601."""
    machine: dict[str, Any]
    repeat: int
    """Runs that were asked for."""
    warm_up: int = 0
    """Runs before them, of which nothing was noted."""
    baseline_s: float = 0.0
    """How long the idle machine was to be measured first. Unit: s."""
    interval_s: float
    """Time between two samples. Unit: s."""
    runs: tuple[CommandRun, ...]
    """All that ended, in order; at least one."""
    counted: int
    """How many of them `cost` stands for."""
    level: float | None = None
    """Probability with which the interval of `cost.wall` covers the true median; None for a single run."""
    cost: Cost
    """Of the only run, or medians over the counted runs; peaks are the highest."""
    price: Quantity
    """Of the energy of `cost` and of the surcharges."""
    co2e: Quantity
    """As `price`."""
    surcharges: dict[str, Quantity] = {}
    """Energy beside that of `cost`, by name: lost in the power supply, spent by the building; empty where off."""
    notes: tuple[str, ...] = ()
    """What a reader must know, in sentences."""

    @property
    def exit_code(self) -> int:
        """Exit code of the last run."""
        return self.runs[-1].exit_code

    @property
    def complete(self) -> bool:
        """Whether all runs that were asked for have ended, and nobody interrupted them."""
        return len(self.runs) == self.repeat and self.runs[-1].interrupted_by is None

    def to_json(self) -> str:
        """Return one JSON object."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str, source: str) -> Measurement:
        """Read a measurement back; `source` names it in errors.

        Raises
        ------
        wattlab.errors.RunError
            If it is damaged, or of a schema version that this wattlab does not know.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            # numpy comes with it, and starts threads: not before somebody listens to signals.
            from wattlab.recipe.problems import first_finding

            msg = f"{source} is no measurement that this wattlab can read, {first_finding(error)}; measure again"
            raise RunError(msg) from error
