"""A learning-rate range test watched from the terminal: a line for each process that is over."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wattlab.studies.lr_range.observer import LrRangeObserver
from wattlab.views.lr_range_tables import rate_text, score_text
from wattlab.views.terminal import make_console, suited, tell, write_line

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import Console
    from rich.live import Live

    from wattlab.studies.lr_range.answer import SeedRamp, SeedRuns
    from wattlab.studies.lr_range.plan import LrRangePlan

__all__ = ["LiveLrRangeProgress", "PlainLrRangeProgress", "make_lr_range_observer"]


def make_lr_range_observer(*, quiet: bool) -> LrRangeObserver:
    """Return who shows a range test on standard error: nobody, a live line in a terminal, or plain lines.

    Parameters
    ----------
    quiet : bool
        Show nothing.

    Examples
    --------
    >>> type(make_lr_range_observer(quiet=True)).__name__
    'LrRangeObserver'
    """
    return suited(LrRangeObserver, LiveLrRangeProgress, PlainLrRangeProgress, quiet=quiet)


class PlainLrRangeProgress(LrRangeObserver):
    """Prints a line for each process that is over.

    Parameters
    ----------
    file : text file, optional
        Standard error if left out.
    """

    def __init__(self, file: TextIO | None = None) -> None:
        self._file = file or sys.stderr

    def started(self, plan: LrRangePlan, n_done: int) -> None:
        """Say what is tried."""
        write_line(self._file, _headline(plan, n_done))

    def ramped(self, ramp: SeedRamp) -> None:
        """Print what came of it."""
        write_line(self._file, _ramp(ramp))

    def tried(self, runs: SeedRuns) -> None:
        """Print what came of them."""
        write_line(self._file, _runs(runs))


class LiveLrRangeProgress(LrRangeObserver):
    """Keeps one line that says what runs now; what is over scrolls above it.

    Parameters
    ----------
    console : rich.console.Console, optional
        Standard error if left out.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or make_console(stderr=True)
        self._live: Live | None = None

    def started(self, plan: LrRangePlan, n_done: int) -> None:
        """Say what is tried."""
        from rich.live import Live

        tell(self._console, _headline(plan, n_done), "dim")
        self._live = Live(console=self._console, auto_refresh=False, redirect_stdout=False, transient=True)
        self._live.start()

    def ramping(self, seed: int) -> None:
        """Show it."""
        self._show(f"seed {seed}: the learning rate is raised step by step")

    def ramped(self, ramp: SeedRamp) -> None:
        """Print what came of it above the line."""
        tell(self._console, _ramp(ramp), "red" if ramp.failure else "")

    def trying(self, seed: int, rates: tuple[float, ...], steps: int) -> None:
        """Show it."""
        self._show(f"seed {seed}: {len(rates)} short trainings of {steps} steps")

    def tried(self, runs: SeedRuns) -> None:
        """Print what came of them above the line."""
        tell(self._console, _runs(runs), "red" if runs.failure else "")

    def _show(self, now: str) -> None:
        from rich.text import Text

        if self._live is not None:
            self._live.update(Text(now), refresh=True)

    def ended(self) -> None:
        """Let go of the line."""
        if self._live is not None:
            self._live.stop()
            self._live = None


def _headline(plan: LrRangePlan, n_done: int) -> str:
    ramp = plan.ramp
    resumed = f", {n_done} processes are over already" if n_done else ""
    seeds = f"{len(plan.seeds)} seed{'' if len(plan.seeds) == 1 else 's'}"
    span = f"{rate_text(ramp.low)} to {rate_text(ramp.high)} in {ramp.steps} steps"
    return f"learning rates of {plan.title}: {span}, {seeds}{resumed}"


def _ramp(ramp: SeedRamp) -> str:
    if ramp.reading is None:
        return f"seed {ramp.seed}  failed: {ramp.failure}"
    interval = ramp.reading.interval
    good = "" if interval is None else f": good from {rate_text(interval.low)} to {rate_text(interval.high)}"
    return f"seed {ramp.seed}  {ramp.reading.status}{good}  ({ramp.reading.n} steps)"


def _runs(one: SeedRuns) -> str:
    if one.runs is None:
        return f"seed {one.seed}  short trainings failed: {one.failure}"
    name = one.runs.score_name
    scores = (
        f"{rate_text(run.rate)} → {'diverged' if run.score is None else score_text(run.score, name)}"
        for run in one.runs.runs
    )
    return f"seed {one.seed}  short trainings, {name}: {', '.join(scores)}"
