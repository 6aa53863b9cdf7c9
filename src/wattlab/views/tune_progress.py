"""A search watched from the terminal: a line for each trial that is over; the best so far and the budget left."""

from __future__ import annotations

import sys
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Final

from wattlab.records.card import format_score
from wattlab.studies.tune.observer import TuneObserver
from wattlab.studies.tune.wording import cost_text
from wattlab.units import format_seconds
from wattlab.views.terminal import make_console, suited, tell, write_line

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import Console
    from rich.live import Live
    from rich.table import Table

    from wattlab.studies.observer import TrialState
    from wattlab.studies.tune.answer import Goal, Spent, TunedTrial
    from wattlab.studies.tune.observer import TuneOutlook

__all__ = ["LiveTuneProgress", "PlainTuneProgress", "make_tune_observer"]

_STYLES: Final = {
    "reached": "green",
    "done": "green",
    "failed": "red",
    "refused": "red",
    "too slow": "dim",
    "stopped": "dim",
}
_MOST_BAR: Final = 24
_WIDE: Final = 120
"""Columns where nothing is known of the terminal."""
_LEAST: Final = 24
"""Characters of a trial that are shown, however narrow the terminal is."""


def make_tune_observer(*, quiet: bool) -> TuneObserver:
    """Return who shows a search on standard error: nobody, a live line in a terminal, or plain lines.

    Parameters
    ----------
    quiet : bool
        Show nothing.

    Examples
    --------
    >>> type(make_tune_observer(quiet=True)).__name__
    'TuneObserver'
    """
    return suited(TuneObserver, LiveTuneProgress, PlainTuneProgress, quiet=quiet)


class PlainTuneProgress(TuneObserver):
    """Prints a line for each trial and each repetition that is over.

    Parameters
    ----------
    file : text file, optional
        Standard error if left out.
    """

    def __init__(self, file: TextIO | None = None) -> None:
        self._file = file or sys.stderr
        self._goal: Goal = "time"

    def searching(self, outlook: TuneOutlook) -> None:
        """Say what is looked for."""
        self._goal = outlook.goals[0]
        write_line(self._file, _headline(outlook))

    def preparing(self, text: str) -> None:
        """Print it."""
        write_line(self._file, text)

    def tried(self, trial: TunedTrial, best: TunedTrial | None, spent: Spent) -> None:
        """Print what came of it, the best so far, and the budget left."""
        aside = f"  [{_best(best, self._goal)}, {_left(spent)}]"
        room = get_terminal_size((_WIDE, 0)).columns - len(aside)
        write_line(self._file, f"{_cut(_tried(trial, self._goal), room)}{aside}")

    def repeating(self, n_candidates: int, seeds: int) -> None:
        """Say what comes next."""
        write_line(self._file, _repeating(n_candidates, seeds))

    def trial(self, label: str, number: int, rounds: int, state: TrialState, seconds: float | None) -> None:
        """Print a repetition once it is over, and that it waits."""
        if state != "running":
            room = get_terminal_size((_WIDE, 0)).columns
            write_line(self._file, _repeated(label, number, rounds, state, seconds, room))

    def warning(self, text: str) -> None:
        """Print it."""
        write_line(self._file, f"warning: {text}")


class LiveTuneProgress(TuneObserver):
    """Keeps one line up to date: the budget as a bar, what runs now, the best so far; what is over scrolls above it.

    Nothing is drawn between two reports: a thread that redraws would disturb what is being measured.

    Parameters
    ----------
    console : rich.console.Console, optional
        Standard error if left out.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or make_console(stderr=True)
        self._live: Live | None = None
        self._goal: Goal = "time"
        self._spent_s, self._budget_s = 0.0, 1.0
        self._best = ""

    def searching(self, outlook: TuneOutlook) -> None:
        """Say what is looked for, and show the bar."""
        self._goal = outlook.goals[0]
        self._spent_s, self._budget_s = outlook.spent_s, outlook.budget_s
        tell(self._console, _headline(outlook), "dim")
        self._show("preparing")

    def preparing(self, text: str) -> None:
        """Print it above the line."""
        tell(self._console, text, "dim")

    def trying(self, number: int, label: str, spent: Spent) -> None:
        """Show what runs."""
        self._spent_s = spent.total_s
        self._show(f"trial {number} runs: {label}")

    def tried(self, trial: TunedTrial, best: TunedTrial | None, spent: Spent) -> None:
        """Print what came of it above the line."""
        self._spent_s, self._best = spent.total_s, _best(best, self._goal)
        tell(
            self._console, _cut(_tried(trial, self._goal), self._console.width), _STYLES.get(trial.state, "")
        )
        self._show("")

    def repeating(self, n_candidates: int, seeds: int) -> None:
        """Say what comes next."""
        tell(self._console, _repeating(n_candidates, seeds), "dim")

    def trial(self, label: str, number: int, rounds: int, state: TrialState, seconds: float | None) -> None:
        """Show what runs; print what is over above the line."""
        line = _repeated(label, number, rounds, state, seconds, self._console.width)
        if seconds is not None:
            self._spent_s += seconds
            tell(self._console, line, "red" if state == "failed" else "")
        self._show(line)

    def warning(self, text: str) -> None:
        """Print it above the line."""
        tell(self._console, f"warning: {text}", "yellow")

    def ended(self) -> None:
        """Let go of the line."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _show(self, now: str) -> None:
        from rich.live import Live

        if self._live is None:
            self._live = Live(
                console=self._console, auto_refresh=False, redirect_stdout=False, transient=True
            )
            self._live.start()
        self._live.update(self._row(now), refresh=True)

    def _row(self, now: str) -> Table:
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        done_s = min(self._spent_s, self._budget_s)
        width = min(_MOST_BAR, self._console.width // 5)
        left = f"{format_seconds(max(0.0, self._budget_s - self._spent_s))} left"
        row = Table.grid(padding=(0, 2))
        # What runs may be long: it is cut short, and nothing else.
        row.add_column(min_width=width)
        row.add_column(no_wrap=True, min_width=len(left))
        row.add_column(no_wrap=True, overflow="ellipsis")
        bar = ProgressBar(self._budget_s, done_s, width=width)
        row.add_row(bar, left, Text("  ".join(filter(None, (self._best, now)))))
        return row


def _headline(outlook: TuneOutlook) -> str:
    resumed = f", {outlook.n_done} trials are over already" if outlook.n_done else ""
    left = f" ({format_seconds(outlook.spent_s)} of it spent)" if outlook.spent_s else ""
    return f"{outlook.title}; budget {format_seconds(outlook.budget_s)}{left}{resumed}; in {outlook.folder}"


def _tried(trial: TunedTrial, goal: Goal) -> str:
    """Return a trial that is over in one line: its outcome, cost and score, and what it was."""
    cost = trial.cost.get(goal)
    figures = [] if cost is None or goal == "accuracy" else [cost_text(goal, cost)]
    figures += [] if trial.told_score is None else [format_score(trial.told_score)]
    if cost is None and trial.wall_s:
        figures.append(
            f"{trial.epochs} epoch{'' if trial.epochs == 1 else 's'} in {format_seconds(trial.wall_s)}"
        )
    reason = [f"{trial.reason}:"] if trial.state in {"failed", "refused", "too slow"} and trial.reason else []
    return "  ".join((f"trial {trial.number}", trial.state, *figures, *reason, trial.label))


def _best(best: TunedTrial | None, goal: Goal) -> str:
    cost = None if best is None else best.cost.get(goal)
    if best is None or cost is None:
        return "no result yet"
    return f"best {cost_text(goal, cost)} (trial {best.number})"


def _left(spent: Spent) -> str:
    return f"{format_seconds(max(0.0, spent.budget_s - spent.total_s))} left"


def _repeating(n_candidates: int, seeds: int) -> str:
    several = "s are" if n_candidates > 1 else " is"
    return f"{n_candidates} candidate{several} repeated over {seeds} seed{'' if seeds == 1 else 's'}"


def _repeated(
    label: str, number: int, rounds: int, state: TrialState, seconds: float | None, room: int
) -> str:
    took = "" if seconds is None else f" after {format_seconds(seconds)}"
    said = "waits for a quiet machine" if state == "waiting" else f"{state}{took}"
    head, tail = f"seed {number}/{rounds}  ", f"  {said}"
    return f"{head}{_cut(label, room - len(head) - len(tail))}{tail}"


def _cut(text: str, room: int) -> str:
    """Return a text, or what fits of it."""
    room = max(room, _LEAST)
    return text if len(text) <= room else f"{text[: room - 1]}…"
