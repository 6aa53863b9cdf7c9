"""What a session has spent so far, start-up before the meter included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.meter.cost import with_unseen

if TYPE_CHECKING:
    from wattlab.meter.cost import Cost
    from wattlab.meter.meter import Meter
    from wattlab.meter.quantity import Quantity
    from wattlab.training.past import Past
    from wattlab.training.start import Start

__all__ = ["WINDOWS", "Spending"]

WINDOWS = ("start-up", "data", "compile", "training", "evaluation")
"""Phases of a training, in order."""


class Spending:
    """Costs by phase, of this session and of all before it.

    Parameters
    ----------
    meter : Meter
        Running; its windows are named as in `WINDOWS`.
    start : Start
        When the session began.
    past : Past
        Earlier sessions.

    Notes
    -----
    What the session took before its meter ran, interpreter and imports, is taken at the mean power from there until
    now, where the training is about to begin: loading and preparing, too, keep few cores busy. It is the same whenever
    somebody asks, so that a target cannot have cost more than the whole training.
    """

    def __init__(self, meter: Meter, start: Start, past: Past) -> None:
        self.meter = meter
        self.start = start
        self.past = past
        self._first = meter.total()

    def elapsed_s(self) -> float:
        """Return wall seconds of all sessions up to now."""
        return self.past.elapsed_s + self.start.elapsed_s()

    def energy(self) -> Quantity:
        """Return the gross energy of all sessions up to now. Unit: J."""
        total = self.past.costs.get("total")
        share = self._unseen_s()[0] / self._first.wall.value if self._first.wall.value else 0.0
        now = with_unseen(self.meter.energy_since_start(), share, self._first.energy)
        return total.energy + now if total else now

    def costs(self) -> dict[str, Cost]:
        """Return the costs of all sessions up to now, by phase and as "total"."""
        now = self.meter.total()
        unseen_s = self._unseen_s()
        before = self._first.extended_by(*unseen_s)
        costs = {"total": self.past.spent("total", now.preceded_by(*unseen_s, like=self._first))}
        for window in WINDOWS:
            cost = self.meter[window] if window in self.meter.windows else now.extended_by(0.0, 0.0)
            costs[window] = self.past.spent(window, before + cost if window == "start-up" else cost)
        return costs

    def _unseen_s(self) -> tuple[float, float]:
        """Return wall seconds and processor time of this session before its meter ran."""
        wall_s, cpu_s = self.meter.started_s
        return wall_s - self.start.wall_s, cpu_s - self.start.cpu_s
