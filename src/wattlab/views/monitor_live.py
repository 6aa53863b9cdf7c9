"""A watch in the terminal: a screen that is drawn anew, twice a second at most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.meter.clock import wall_s
from wattlab.monitor.trace import History
from wattlab.monitor.watch import Audience
from wattlab.views.monitor_screen import Facts, screen
from wattlab.views.terminal import make_console

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console
    from rich.live import Live

    from wattlab.meter.sensors.base import Absent
    from wattlab.monitor.sample import Sample

__all__ = ["LiveMonitor"]

# Drawing costs more than sampling: the eye needs no more, whatever the interval.
_DRAW_S: Final = 0.5
# What one sign of a curve stands for, where the interval is not longer.
_CURVE_S: Final = 1.0


class LiveMonitor(Audience):
    """Draws the newest sample on the whole screen of a terminal, twice a second at most.

    Parameters
    ----------
    interval_s : float
        Time between two samples. Unit: s.
    keys : str
        How to end, for the foot.
    absent : sequence of Absent
        Sensors that are not there.
    notes : callable, optional
        Returns what else the foot says.
    console : rich.console.Console, optional
        Standard output if left out.
    clock : callable, optional
        Seconds that only go forward.
    """

    def __init__(
        self,
        interval_s: float,
        keys: str,
        absent: Sequence[Absent] = (),
        notes: Callable[[], tuple[str, ...]] = tuple,
        console: Console | None = None,
        clock: Callable[[], float] = wall_s,
    ) -> None:
        self._interval_s, self._keys, self._notes, self._clock = interval_s, keys, notes, clock
        self._absent = tuple(map(str, absent))
        self._console = console or make_console()
        self._history = History(max(1, round(_CURVE_S / interval_s)))
        self._live: Live | None = None
        self._drawn_s = -_DRAW_S

    def show(self, sample: Sample) -> None:
        """Take a sample, and draw it if the last drawing is old enough."""
        self._history.add(sample.values())
        now_s = self._clock()
        # A hair less than the time between drawings, so that a deadline met early does not cost a whole round.
        if now_s - self._drawn_s >= _DRAW_S - self._interval_s / 2:
            self._drawn_s = now_s
            self._draw(sample)

    def _draw(self, sample: Sample) -> None:
        from rich.console import Group
        from rich.live import Live

        facts = Facts(self._interval_s, self._keys, self._notes(), self._absent)
        lines = screen(sample, self._history, facts, self._console.width, self._console.height)
        if self._live is None:
            self._live = Live(console=self._console, screen=True, auto_refresh=False, redirect_stdout=False)
            self._live.start()
        self._live.update(Group(*lines), refresh=True)

    def close(self) -> None:
        """Give the screen back; the next sample would take it again."""
        if self._live is not None:
            self._live.stop()
            self._live = None
