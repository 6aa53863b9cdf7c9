"""A search for a batch size watched from the terminal: a line for each process that is over."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wattlab.studies.batch_size.observer import SearchObserver
from wattlab.units import format_bytes, format_quantity, format_rate
from wattlab.views.terminal import make_console, suited, tell, write_line

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import Console
    from rich.live import Live

    from wattlab.studies.batch_size.plan import BatchSizePlan
    from wattlab.studies.batch_size.probe import Probe

__all__ = ["LiveSearchProgress", "PlainSearchProgress", "make_search_observer"]


def make_search_observer(*, quiet: bool) -> SearchObserver:
    """Return who shows a search on standard error: nobody, a live line in a terminal, or plain lines.

    Parameters
    ----------
    quiet : bool
        Show nothing.

    Examples
    --------
    >>> type(make_search_observer(quiet=True)).__name__
    'SearchObserver'
    """
    return suited(SearchObserver, LiveSearchProgress, PlainSearchProgress, quiet=quiet)


class PlainSearchProgress(SearchObserver):
    """Prints a line for each process that is over.

    Parameters
    ----------
    file : text file, optional
        Standard error if left out.
    """

    def __init__(self, file: TextIO | None = None) -> None:
        self._file = file or sys.stderr

    def started(self, plan: BatchSizePlan, n_done: int) -> None:
        """Say where is looked."""
        write_line(self._file, _headline(plan, n_done))

    def probed(self, probe: Probe) -> None:
        """Print what came of it."""
        write_line(self._file, _line(probe))


class LiveSearchProgress(SearchObserver):
    """Keeps one line that says what runs now; what is over scrolls above it.

    Nothing is drawn between two reports: a thread that redraws would disturb what is being measured.

    Parameters
    ----------
    console : rich.console.Console, optional
        Standard error if left out.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or make_console(stderr=True)
        self._live: Live | None = None

    def started(self, plan: BatchSizePlan, n_done: int) -> None:
        """Say where is looked."""
        from rich.live import Live

        tell(self._console, _headline(plan, n_done), "dim")
        self._live = Live(console=self._console, auto_refresh=False, redirect_stdout=False, transient=True)
        self._live.start()

    def waiting(self, size: int) -> None:
        """Show it."""
        self._show(f"batch size {size} waits for a quiet machine")

    def probing(self, size: int, attempt: int) -> None:
        """Show it."""
        self._show(f"batch size {size} runs{' once more' if attempt > 1 else ''}")

    def _show(self, now: str) -> None:
        from rich.text import Text

        if self._live is not None:
            self._live.update(Text(now), refresh=True)

    def probed(self, probe: Probe) -> None:
        """Print what came of it above the line."""
        tell(self._console, _line(probe), "" if probe.fits else "red")

    def ended(self) -> None:
        """Let go of the line."""
        if self._live is not None:
            self._live.stop()
            self._live = None


def _headline(plan: BatchSizePlan, n_done: int) -> str:
    limit = "" if plan.memory_B is None else f", within {format_bytes(plan.memory_B)}"
    resumed = f", {n_done} processes are over already" if n_done else ""
    return f"batch sizes of {plan.title}: up to {plan.most}{limit}{resumed}"


def _line(probe: Probe) -> str:
    head = f"batch size {probe.size}{' once more' if probe.attempt > 1 else ''}  {probe.outcome}"
    if not probe.fits or probe.rate is None:
        return f"{head}: {probe.reason}"
    memory = "" if probe.memory.value is None else f"  {format_bytes(probe.memory.value)}"
    energy = "" if probe.energy.value is None else f"  {format_quantity(probe.energy.value, 'J')}/sample"
    return f"{head}  {format_rate(probe.rate.median)}{memory}{energy}"
