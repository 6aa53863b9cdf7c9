"""When a training has done enough: target, patience, budgets."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.meter.quantity import Quantity
    from wattlab.recipe.recipe import Stop
    from wattlab.records.record import StopReason

__all__ = ["Judge"]


@dataclass
class Judge:
    """Follows the score on one part of the data, and what has been spent.

    Parameters
    ----------
    stop : Stop
        The recipe's conditions.
    """

    stop: Stop
    best: float = float("-inf")
    without_better: int = 0
    target_epoch: int | None = None
    time_to_target_s: float | None = None
    energy_to_target: dict[str, Any] | None = None

    def see(self, epoch: int, score: float, elapsed_s: float, energy: Quantity) -> None:
        """Note the score after a 1-based epoch, and what had been spent when it was known."""
        if score > self.best:
            self.best, self.without_better = score, 0
        else:
            self.without_better += 1
        if self.stop.target is not None and self.target_epoch is None and score >= self.stop.target:
            self.target_epoch = epoch
            self.time_to_target_s = elapsed_s
            self.energy_to_target = energy.to_dict()

    def verdict(self, elapsed_s: float, energy: Quantity) -> StopReason | None:
        """Return why to stop now, or None."""
        if self.target_epoch is not None and self.stop.at_target:
            return "target"
        if self.stop.patience is not None and self.without_better >= self.stop.patience:
            return "patience"
        if self.stop.time_budget_s is not None and elapsed_s >= self.stop.time_budget_s:
            return "time budget"
        budget_J = self.stop.energy_budget_J
        # What nobody counts any more cannot be kept within a budget.
        if budget_J is not None and (energy.value is None or energy.value >= budget_J):
            return "energy budget"
        return None

    @property
    def reached(self) -> bool | None:
        """Whether the target was reached; None if there is none."""
        return None if self.stop.target is None else self.target_epoch is not None

    def to_dict(self) -> dict[str, Any]:
        """Return what it has seen, as JSON knows it."""
        seen = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "stop"}
        seen["best"] = None if self.best == float("-inf") else self.best
        return seen

    @classmethod
    def from_dict(cls, stop: Stop, seen: Mapping[str, Any]) -> Judge:
        """Restore what `to_dict` returned."""
        best = float("-inf") if seen["best"] is None else seen["best"]
        return cls(stop, **{**seen, "best": best})
