"""A training watched from the terminal: a live line, or plain lines where the output is no terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab.meter.clock import wall_s
from wattlab.training.observer import EpochReport, Observer, Plan
from wattlab.units import format_power, format_rate, format_seconds
from wattlab.views.terminal import make_console, suited, tell, write_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TextIO

    from rich.console import Console
    from rich.live import Live
    from rich.table import Table

    from wattlab.meter.quantity import Quantity

__all__ = ["LiveProgress", "PlainProgress", "make_observer"]

_LIVE_S: Final = 0.25
_PLAIN_S: Final = 1.0
_GAP: Final = 2
# Width of the bar by that of the terminal.
_BARS: Final = ((60, 6), (80, 8), (120, 10))
_WIDEST_BAR: Final = 30


def make_observer(quiet: bool = False) -> Observer:  # noqa: FBT001, FBT002 (the one thing it is asked)
    """Return who shows a training on standard error: nobody, a live line, or plain lines.

    Parameters
    ----------
    quiet : bool
        Show nothing.

    Examples
    --------
    >>> type(make_observer(quiet=True)).__name__
    'Observer'
    """
    return suited(Observer, LiveProgress, PlainProgress, quiet=quiet)


class PlainProgress(Observer):
    """Prints a line for each epoch, at most one a second, and always one for the last epoch.

    Parameters
    ----------
    file : text file, optional
        Standard error if left out.
    clock : callable, optional
        Seconds that only go forward.
    """

    def __init__(self, file: TextIO | None = None, clock: Callable[[], float] = wall_s) -> None:
        self._file = file or sys.stderr
        self._clock = clock
        self._told_s = -_PLAIN_S
        self._untold: EpochReport | None = None

    def started(self, plan: Plan) -> None:
        """Say what will be trained."""
        write_line(self._file, _headline(plan))

    def epoch(self, report: EpochReport) -> None:
        """Print the epoch, or keep it back if the last line is less than a second old."""
        now_s = self._clock()
        if now_s - self._told_s < _PLAIN_S:
            self._untold = report
            return
        self._told_s, self._untold = now_s, None
        write_line(self._file, _line(report))

    def warning(self, message: str) -> None:
        """Print it."""
        write_line(self._file, f"warning: {message}")

    def ended(self) -> None:
        """Print the last epoch if it was kept back."""
        if self._untold is not None:
            write_line(self._file, _line(self._untold))
            self._untold = None


class LiveProgress(Observer):
    """Keeps one line up to date: bar, epoch, time left, scores, loss, speed and power.

    The line is drawn by the training thread itself, at most four times a second, and not at all between two
    reports: a thread that redraws would cost time and energy that are not the training's.

    Parameters
    ----------
    console : rich.console.Console, optional
        Standard error if left out.
    clock : callable, optional
        Seconds that only go forward.
    """

    def __init__(self, console: Console | None = None, clock: Callable[[], float] = wall_s) -> None:
        self._console = console
        self._clock = clock
        self._live: Live | None = None
        self._plan: Plan | None = None
        self._report: EpochReport | None = None
        self._done = 0.0
        self._has_ended = False
        self._began_s = self._drawn_s = 0.0

    def started(self, plan: Plan) -> None:
        """Show an empty bar."""
        from rich.live import Live

        self._plan, self._done = plan, float(plan.first_epoch)
        self._console = self._console or make_console(stderr=True)
        tell(self._console, _headline(plan), "dim")
        self._live = Live(console=self._console, auto_refresh=False, redirect_stdout=False)
        self._began_s = self._clock()
        self._live.start()
        self._draw(self._began_s)

    def batches(self, epoch: int, done: int) -> None:
        """Move the bar within the epoch."""
        if self._plan is not None:
            self._done = epoch - 1 + done / self._plan.n_batches
            self._draw_if_due()

    def epoch(self, report: EpochReport) -> None:
        """Show what the epoch gave."""
        self._report, self._done = report, float(report.epoch)
        self._draw_if_due()

    def warning(self, message: str) -> None:
        """Print it above the line."""
        if self._console is not None:
            tell(self._console, f"warning: {message}", "yellow")

    def ended(self) -> None:
        """Draw once more what was reached, and let go of the line."""
        self._has_ended = True
        if self._live is not None:
            self._draw(self._clock())
            self._live.stop()
            self._live = None

    def _draw_if_due(self) -> None:
        now_s = self._clock()
        if now_s - self._drawn_s >= _LIVE_S:
            self._draw(now_s)

    def _draw(self, now_s: float) -> None:
        self._drawn_s = now_s
        if self._live is not None and self._plan is not None:
            self._live.update(self._row(self._plan, now_s), refresh=True)

    def _row(self, plan: Plan, now_s: float) -> Table:
        """Return bar and texts, as many as the terminal has room for."""
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        width = self._live.console.width if self._live is not None else 0
        bar = next((bar for most, bar in _BARS if width <= most), _WIDEST_BAR)
        grid = Table.grid(padding=(0, _GAP, 0, 0))
        grid.add_row(
            ProgressBar(plan.recipe.training.epochs, self._done, width=bar),
            *(
                Text(one.text, one.style, no_wrap=True)
                for one in _fitting(self._pieces(plan, now_s), width - bar)
            ),
        )
        return grid

    def _pieces(self, plan: Plan, now_s: float) -> list[_Piece]:
        """Return what stands behind the bar, from left to right."""
        running = self._done if self._has_ended else min(int(self._done) + 1, plan.recipe.training.epochs)
        pieces = [_Piece(0, f"epoch {int(running)}/{plan.recipe.training.epochs}", "bold")]
        report = self._report
        if report is not None:
            pieces += [
                _Piece(1 if name == "test" else 3, f"{name} {score:.4f}", "green")
                for name, score in _scores(report)
            ]
            pieces.append(_Piece(4, f"loss {report.loss:.4g}", ""))
            pieces.append(_Piece(6, format_rate(report.samples_per_s), "dim"))
            if not report.power.is_missing:
                style = "yellow" if report.power.provenance == "modelled" else ""
                pieces.append(_Piece(5, _power(report.power), style))
        return [*pieces, _Piece(2, self._time(plan, now_s), "")]

    def _time(self, plan: Plan, now_s: float) -> str:
        """Return the time until the last epoch; a target or patience may end it earlier."""
        spent_s = now_s - self._began_s
        done, left = self._done - plan.first_epoch, plan.recipe.training.epochs - self._done
        if self._has_ended:
            return f"in {format_seconds(spent_s)}"
        if done <= 0:
            return ""
        bound = "≤ " if plan.recipe.stop.target is not None or plan.recipe.stop.patience is not None else ""
        return f"{bound}{format_seconds(spent_s * left / done)} left"


class _Piece(NamedTuple):
    """A text behind the bar; the least important ones (of the highest rank) give way first."""

    rank: int
    text: str
    style: str


def _fitting(pieces: Sequence[_Piece], room: int) -> list[_Piece]:
    """Return the pieces for which there is room, in their order."""
    kept = [one for one in pieces if one.text]
    while len(kept) > 1 and sum(len(one.text) + _GAP for one in kept) > room:
        kept.remove(max(kept, key=lambda one: one.rank))
    return kept


def _headline(plan: Plan) -> str:
    batches = f"{plan.n_batches} batch{'es' if plan.n_batches != 1 else ''}"
    resumed = f" from epoch {plan.first_epoch + 1}" if plan.first_epoch else ""
    epochs = plan.recipe.training.epochs
    return (
        f"{plan.run_id}: {epochs} epochs of {batches}{resumed}, "
        f"{plan.n_samples:,} samples, {plan.n_parameters:,} parameters"
    )


def _line(report: EpochReport) -> str:
    parts = [f"epoch {report.epoch}/{report.epochs}", f"loss {report.loss:.4g}"]
    parts += [f"{name} {score:.4f}" for name, score in _scores(report)]
    parts.append(format_rate(report.samples_per_s))
    if not report.power.is_missing:
        parts.append(_power(report.power))
    return "  ".join([*parts, format_seconds(report.elapsed_s)])


def _scores(report: EpochReport) -> list[tuple[str, float]]:
    found = {"train": report.train_score, "validation": report.validation_score, "test": report.test_score}
    return [(name, score) for name, score in found.items() if score is not None]


def _power(power: Quantity) -> str:
    return f"{format_power(power.value or 0.0)} {power.provenance}"
