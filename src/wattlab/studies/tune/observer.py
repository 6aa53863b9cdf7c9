"""What a search tells whoever watches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wattlab.studies.observer import StudyObserver

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.studies.tune.answer import Goal, Spent, TunedTrial

__all__ = ["TuneObserver", "TuneOutlook"]


@dataclass(frozen=True)
class TuneOutlook:
    """What lies ahead when a search starts or is resumed.

    Parameters
    ----------
    title : str
        One line, such as "mnist: least time to a validation accuracy of 0.978".
    goals : tuple of str
        By what is ranked; the first decides.
    target : float or None
        Score to reach.
    budget_s, spent_s : float
        The whole, and what an interrupted search has spent. Unit: s.
    n_done : int
        Trials that an interrupted search has.
    folder : Path
        Where all is kept.
    """

    title: str
    goals: tuple[Goal, ...]
    target: float | None
    budget_s: float
    spent_s: float
    n_done: int
    folder: Path


class TuneObserver(StudyObserver):
    """Watches a search; every method may be overridden, none has to be.

    The repetitions of the final candidates are told as a study's trials are: see `StudyObserver.trial`.
    """

    def searching(self, outlook: TuneOutlook) -> None:
        """Take note that a search is about to begin, or to go on."""

    def trying(self, number: int, label: str, spent: Spent) -> None:
        """Take note that a trial has begun."""

    def tried(self, trial: TunedTrial, best: TunedTrial | None, spent: Spent) -> None:
        """Take note that a trial is over; `best` is the best so far by the first goal, be it this one."""

    def repeating(self, n_candidates: int, seeds: int) -> None:
        """Take note that the search is over, and the best candidates are repeated over seeds."""
