"""What earlier sessions of the same training achieved and spent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.errors import RunError
from wattlab.meter.cost import Cost
from wattlab.records.history import EPOCH_COLUMNS, HistoryWriter
from wattlab.records.starting_point import StartingPoint
from wattlab.training.judge import Judge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.engines.base import State
    from wattlab.recipe import Recipe
    from wattlab.records.checkpoint import Checkpoint

__all__ = ["Past"]

_KEYS = {"created_utc", "start_from", "fingerprint", "judge", "costs", "sessions"}


@dataclass
class Past:
    """Where a training stands when a session begins.

    Parameters
    ----------
    created_utc : str
        When the first session began.
    judge : Judge
    history : HistoryWriter
    start_from : str or None
        Run that gave the initial weights.
    start : StartingPoint or None
        How those were carried over, and what they had cost.
    state : dict of arrays, or None
        Trainer state after the last finished epoch; None at the very beginning.
    costs : dict of Cost
        By window, "total" among them, of all earlier sessions.
    sessions : int
        Number of earlier sessions.
    keep_weights : int
        Epochs between two whose weights are kept; 0: only the last are.
    """

    created_utc: str
    judge: Judge
    history: HistoryWriter
    start_from: str | None = None
    start: StartingPoint | None = None
    state: State | None = None
    costs: dict[str, Cost] = field(default_factory=dict)
    sessions: int = 0
    keep_weights: int = 0

    @classmethod
    def nothing(cls, recipe: Recipe, created_utc: str, start_from: str | None, keep_weights: int = 0) -> Past:
        """Return the past of a training that begins now."""
        history = HistoryWriter(len(recipe.network.weighted))
        return cls(created_utc, Judge(recipe.stop), history, start_from, keep_weights=keep_weights)

    @classmethod
    def of(cls, checkpoint: Checkpoint, recipe: Recipe, fingerprint: str) -> Past:
        """Return the past that a checkpoint holds.

        Raises
        ------
        wattlab.errors.RunError
            If the data is not what the training began with, or the checkpoint lacks something.
        """
        # Checkpoints from before float16 know no skipped steps.
        n_epochs = len(checkpoint.history.get("learning_rate", ()))
        history = {"skipped_steps": np.zeros(n_epochs), **checkpoint.history}
        lacking = (_KEYS - checkpoint.progress.keys()) | (EPOCH_COLUMNS.keys() - history.keys())
        if lacking:
            msg = (
                f"the checkpoint is damaged: it has no {', '.join(sorted(lacking))}; "
                "delete the folder and train again"
            )
            raise RunError(msg)
        progress = checkpoint.progress
        if progress["fingerprint"] != fingerprint:
            msg = (
                f"data set {recipe.data.dataset!r} has changed since the training began "
                "(its fingerprint differs); bring the old data back, or train anew"
            )
            raise RunError(msg)
        return cls(
            created_utc=progress["created_utc"],
            judge=Judge.from_dict(recipe.stop, progress["judge"]),
            history=HistoryWriter.continuing(history, len(recipe.network.weighted)),
            start_from=progress["start_from"],
            start=_start(progress.get("start")),
            state=dict(checkpoint.state),
            costs={name: Cost.from_dict(cost) for name, cost in progress["costs"].items()},
            sessions=progress["sessions"],
            keep_weights=progress.get("keep_weights", 0),  # older checkpoints keep none
        )

    def spent(self, window: str, now: Cost) -> Cost:
        """Return what earlier sessions and this one spent in a window together."""
        return self.costs[window] + now if window in self.costs else now

    @property
    def elapsed_s(self) -> float:
        """Wall seconds of all earlier sessions."""
        total = self.costs.get("total")
        return (total.wall.value or 0.0) if total else 0.0

    def progress(
        self, fingerprint: str, costs: Mapping[str, Cost], judge: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return what a checkpoint keeps beside state and history."""
        return {
            "created_utc": self.created_utc,
            "start_from": self.start_from,
            "start": None if self.start is None else self.start.model_dump(mode="json"),
            "fingerprint": fingerprint,
            "judge": judge,
            "costs": {name: cost.to_dict() for name, cost in costs.items()},
            "sessions": self.sessions + 1,
            "keep_weights": self.keep_weights,
        }


def _start(kept: Mapping[str, Any] | None) -> StartingPoint | None:
    """Return what a checkpoint says about the weights that the training began with; older ones say nothing."""
    return None if kept is None else StartingPoint.model_validate(kept)
