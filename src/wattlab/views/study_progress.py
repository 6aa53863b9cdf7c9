"""A study watched from the terminal: a live line above which finished trials scroll, or plain lines."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wattlab.meter.clock import wall_s
from wattlab.studies.observer import StudyObserver
from wattlab.studies.tables import format_deviation
from wattlab.units import format_seconds
from wattlab.views.terminal import make_console, suited, tell, write_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from rich.console import Console
    from rich.live import Live
    from rich.table import Table

    from wattlab.studies.observer import StudyPlan, TrialState
    from wattlab.studies.row import Verification

__all__ = ["LiveStudyProgress", "PlainStudyProgress", "make_study_observer"]

_OVER: Final = {"finished", "failed"}
_MOST_BAR: Final = 24


def make_study_observer(quiet: bool = False) -> StudyObserver:  # noqa: FBT001, FBT002 (the one thing it is asked)
    """Return who shows a study on standard error: nobody, a live line, or plain lines.

    Parameters
    ----------
    quiet : bool
        Show nothing.

    Examples
    --------
    >>> type(make_study_observer(quiet=True)).__name__
    'StudyObserver'
    """
    return suited(StudyObserver, LiveStudyProgress, PlainStudyProgress, quiet=quiet)


class _Pace:
    """How many trials are over, and how long the others may take."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began_s: float | None = None
        self._first_round: int | None = None
        self._told = False
        self.n_over = 0

    def add(self, number: int, state: TrialState) -> bool:
        """Take note of a trial in a round; return whether it is the first after the first round that was seen."""
        if self._began_s is None or self._first_round is None:
            self._began_s, self._first_round = self._clock(), number
        self.n_over += state in _OVER
        is_next = number > self._first_round and not self._told
        self._told |= is_next
        return is_next

    def left(self, plan: StudyPlan) -> str:
        """Return the time left if the trials to come take as long as those that are over."""
        left = plan.n_trials - plan.n_done - self.n_over
        if not self.n_over or self._began_s is None or left <= 0:
            return ""
        return f"{format_seconds((self._clock() - self._began_s) / self.n_over * left)} left"


class PlainStudyProgress(StudyObserver):
    """Prints a line for each candidate that was verified and for each trial that is over.

    Parameters
    ----------
    file : text file, optional
        Standard error if left out.
    clock : callable, optional
        Seconds that only go forward.
    """

    def __init__(self, file: TextIO | None = None, clock: Callable[[], float] = wall_s) -> None:
        self._file = file or sys.stderr
        self._plan: StudyPlan | None = None
        self._pace = _Pace(clock)

    def started(self, plan: StudyPlan) -> None:
        """Say what will be done."""
        self._plan = plan
        write_line(self._file, _headline(plan))
        for label, reason in plan.refused.items():
            write_line(self._file, f"refused  {label}: {reason}")

    def preparing(self, text: str) -> None:
        """Print it."""
        write_line(self._file, text)

    def timing(self, n_trials: int) -> None:
        """Count only the trials of candidates that were verified."""
        if self._plan is not None:
            self._plan = replace(self._plan, n_trials=n_trials)

    def verified(self, verification: Verification) -> None:
        """Print how it went."""
        write_line(self._file, _verified(verification))

    def trial(self, label: str, number: int, rounds: int, state: TrialState, seconds: float | None) -> None:
        """Print it once it is over, and that it waits; after the first round also the time left."""
        if self._pace.add(number, state) and self._plan is not None:
            write_line(self._file, f"about {self._pace.left(self._plan)}")
        if state != "running":
            write_line(self._file, _trial(label, number, rounds, state, seconds))

    def warning(self, text: str) -> None:
        """Print it."""
        write_line(self._file, f"warning: {text}")


class LiveStudyProgress(StudyObserver):
    """Keeps one line up to date: bar, what runs now, and the time left; what is over scrolls above it.

    Nothing is drawn between two reports: a thread that redraws would disturb what is being measured.

    Parameters
    ----------
    console : rich.console.Console, optional
        Standard error if left out.
    clock : callable, optional
        Seconds that only go forward.
    """

    def __init__(self, console: Console | None = None, clock: Callable[[], float] = wall_s) -> None:
        self._console = console or make_console(stderr=True)
        self._live: Live | None = None
        self._plan: StudyPlan | None = None
        self._pace = _Pace(clock)

    def started(self, plan: StudyPlan) -> None:
        """Show an empty bar."""
        from rich.live import Live

        self._plan = plan
        self._tell(_headline(plan), "dim")
        for label, reason in plan.refused.items():
            self._tell(f"refused  {label}: {reason}", "red")
        self._live = Live(console=self._console, auto_refresh=False, redirect_stdout=False, transient=True)
        self._live.start()

    def preparing(self, text: str) -> None:
        """Print it."""
        self._tell(text, "dim")

    def timing(self, n_trials: int) -> None:
        """Count only the trials of candidates that were verified."""
        if self._plan is not None:
            self._plan = replace(self._plan, n_trials=n_trials)

    def verifying(self, label: str, precision: str) -> None:
        """Show it."""
        self._show(f"verifying {label} in {precision}")

    def verified(self, verification: Verification) -> None:
        """Print how it went above the line."""
        self._tell(_verified(verification), "green" if verification.passed else "red")

    def trial(self, label: str, number: int, rounds: int, state: TrialState, seconds: float | None) -> None:
        """Show what runs; print what is over above the line."""
        self._pace.add(number, state)
        if state in _OVER:
            self._tell(_trial(label, number, rounds, state, seconds), "red" if state == "failed" else "")
        self._show(_trial(label, number, rounds, state, seconds))

    def warning(self, text: str) -> None:
        """Print it above the line."""
        self._tell(f"warning: {text}", "yellow")

    def ended(self) -> None:
        """Let go of the line."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _tell(self, line: str, style: str) -> None:
        tell(self._console, line, style)

    def _show(self, now: str) -> None:
        if self._live is not None and self._plan is not None:
            self._live.update(self._row(self._plan, now), refresh=True)

    def _row(self, plan: StudyPlan, now: str) -> Table:
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        done = plan.n_done + self._pace.n_over
        row = Table.grid(padding=(0, 2))
        row.add_column()
        row.add_column(no_wrap=True)
        row.add_column(no_wrap=True, overflow="ellipsis")
        bar = ProgressBar(plan.n_trials or 1, done, width=min(_MOST_BAR, self._console.width // 5))
        count = f"{done}/{plan.n_trials}" if plan.n_trials else ""
        row.add_row(bar, count, Text("  ".join(part for part in (now, self._pace.left(plan)) if part)))
        return row


def _headline(plan: StudyPlan) -> str:
    candidates = f"{len(plan.labels)} candidate{'' if len(plan.labels) == 1 else 's'}"
    if not plan.rounds:
        return f"{plan.title}: {candidates} to verify"
    resumed = f", {plan.n_done} of them done" if plan.n_done else ""
    rounds = f"{plan.rounds} round{'' if plan.rounds == 1 else 's'}"
    return f"{plan.title}: {candidates}, {rounds}, {plan.n_trials} trials{resumed}"


def _verified(one: Verification) -> str:
    if not one.computed:
        return f"not verified  {one.label} in {one.precision}"  # why is in the answer
    if not one.passed:
        return f"not verified  {one.label} in {one.precision}: {one.message}"
    deviations = {"loss": one.loss_deviation, "weights": one.weight_deviation}
    found = [
        f"{name} within {format_deviation(value)}" for name, value in deviations.items() if value is not None
    ]
    return f"verified  {one.label} in {one.precision}: {', '.join(found)} after {one.steps} steps"


def _trial(label: str, number: int, rounds: int, state: TrialState, seconds: float | None) -> str:
    said = {
        "waiting": "waits for a quiet machine",
        "running": "runs",
        "finished": "finished",
        "failed": "failed",
    }
    spent = f" after {format_seconds(seconds)}" if seconds is not None else ""
    return f"round {number}/{rounds}  {label} {said[state]}{spent}"
