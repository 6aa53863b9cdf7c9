"""The budget of a study: what is spent, what is left, and what is set aside for repetitions and the test."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal

from wattlab.meter.clock import wall_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wattlab.studies.tune.answer import Spent

__all__ = ["RESERVED", "Budget", "Phase"]

Phase = Literal["preparing", "search", "finals", "opening"]
RESERVED: Final = 0.3
"""Share of the budget that is set aside for repetitions and the test until it is known what these take."""
_MOST_RESERVED: Final = 0.5
_MARGIN: Final = 1.15
"""Repetitions may take so many times as long as the trials did."""


class Budget:
    """Counts the wall time of a study's phases, those of earlier sessions included.

    Parameters
    ----------
    spent : Spent
        By earlier sessions.
    keep : callable
        Given what is spent, writes it down.
    clock : callable, optional
        Seconds that only go forward.
    """

    def __init__(
        self, spent: Spent, keep: Callable[[Spent], None], clock: Callable[[], float] = wall_s
    ) -> None:
        self._spent, self._keep, self._clock = spent, keep, clock
        self._phase: Phase | None = None
        self._since_s = 0.0

    @contextmanager
    def phase(self, name: Phase) -> Iterator[None]:
        """Count what happens inside the block to a phase."""
        self._phase, self._since_s = name, self._clock()
        try:
            yield
        finally:
            self.note()
            self._phase = None

    def note(self) -> None:
        """Write down what is spent, so that a crash loses little."""
        self._spent, self._since_s = self.spent, self._clock()
        self._keep(self._spent)

    def reserve(self, finals_s: float | None) -> None:
        """Set aside what repetitions and test will take. Unit: s.

        Parameters
        ----------
        finals_s : float or None
            As far as the trials tell; None: not yet known.
        """
        total_s = self._spent.budget_s
        wanted_s = RESERVED * total_s if finals_s is None else _MARGIN * finals_s
        self._spent = self._spent.model_copy(update={"reserved_s": min(wanted_s, _MOST_RESERVED * total_s)})

    @property
    def spent(self) -> Spent:
        """What is spent until now."""
        if self._phase is None:
            return self._spent
        name = f"{self._phase}_s"
        now_s = getattr(self._spent, name) + self._clock() - self._since_s
        return self._spent.model_copy(update={name: now_s})

    @property
    def spent_s(self) -> float:
        """All of it. Unit: s."""
        return self.spent.total_s

    @property
    def left_s(self) -> float:
        """What is left of the whole budget; below 0 where it was exceeded. Unit: s."""
        return self._spent.budget_s - self.spent_s

    @property
    def search_left_s(self) -> float:
        """What is left to the search. Unit: s."""
        return self.left_s - self._spent.reserved_s
