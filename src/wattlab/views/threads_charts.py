"""What the figure of a study of threads shows, computed once and drawn by matplotlib or plotly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab.units import format_quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.studies.threads.answer import Threads, ThreadsRow

__all__ = ["ThreadLine", "ThreadPanel", "ThreadPoint", "ThreadsChart", "threads_chart"]

_SAMPLES: Final = 1000
"""What a figure counts by where nobody knows how many samples an epoch has."""
_WIDE: Final = 8.0
_SPREAD: Final = 0.12
"""From the first line to the last, in doublings of threads: intervals stand beside one another."""
_MILLI: Final = 1e-3

Values = tuple[float, float, float]


class ThreadPoint(NamedTuple):
    """One number of threads in a panel: its value, between low and high."""

    threads: int
    value: float
    low: float
    high: float
    text: str


class ThreadLine(NamedTuple):
    """One engine in a panel.

    Attributes
    ----------
    name : str
    number : int
        Decides colour and marker, the same in all panels.
    shift : float
        By which factor along x it stands beside the others.
    points : tuple of ThreadPoint
    ideal : tuple of (int, float)
        Number of threads and value if the work of one thread were shared out without loss; empty if one was not timed.
    """

    name: str
    number: int
    shift: float
    points: tuple[ThreadPoint, ...]
    ideal: tuple[tuple[int, float], ...] = ()


class ThreadPanel(NamedTuple):
    """One pair of axes: values against the number of threads."""

    title: str
    y_label: str
    lines: tuple[ThreadLine, ...]
    log: bool


class ThreadsChart(NamedTuple):
    """The figure.

    Attributes
    ----------
    title : str
    ticks : tuple of int
        Numbers of threads.
    cores : int
        That the process may use: beyond them threads wait for one another.
    panels : tuple of ThreadPanel
        Those for which anything is known.
    """

    title: str
    ticks: tuple[int, ...]
    cores: int
    panels: tuple[ThreadPanel, ...]


def threads_chart(answer: Threads) -> ThreadsChart:
    """Return what the figure shows: time of an epoch, and its energy, or its processor time where energy is modelled.

    Parameters
    ----------
    answer : Threads
        One in which nothing was timed gives a chart without panels.
    """
    samples = answer.epoch_samples or _SAMPLES
    each = "epoch" if answer.epoch_samples else f"{_SAMPLES} samples"
    time = _panel(answer, f"Time per {each}", "s", lambda row: _time(row, samples), lambda count: 1 / count)
    cost = (
        _panel(answer, f"Energy per {each} (measured)", "J", lambda row: _energy(row, samples), None)
        if answer.ranked_by_energy
        else _panel(answer, f"Processor time per {each}", "s", lambda row: _cpu(row, samples), lambda _: 1.0)
    )
    known = tuple(panel for panel in (time, cost) if any(line.points for line in panel.lines))
    return ThreadsChart(answer.title, answer.counts, answer.usable_cores, known)


def _time(row: ThreadsRow, samples: int) -> Values | None:
    rate = row.samples
    return None if rate is None else (samples / rate.median, samples / rate.high, samples / rate.low)


def _energy(row: ThreadsRow, samples: int) -> Values | None:
    if row.energy is None or row.energy.value is None:
        return None
    low, high = row.energy.interval or (row.energy.value,) * 2
    return row.energy.value * samples, low * samples, high * samples


def _cpu(row: ThreadsRow, samples: int) -> Values | None:
    if row.cpu is None or row.cpu.value is None:
        return None
    low, high = row.cpu.interval or (row.cpu.value,) * 2
    return row.cpu.value * samples, low * samples, high * samples


def _panel(
    answer: Threads,
    title: str,
    unit: str,
    values: Callable[[ThreadsRow], Values | None],
    ideal: Callable[[int], float] | None,
) -> ThreadPanel:
    """Return a panel; `ideal` says which share of one thread's value each number of threads would ideally have."""
    found = {
        name: {row.threads: one for row in answer.rows if row.series == name and (one := values(row))}
        for name in answer.series
    }
    medians = [one[0] for points in found.values() for one in points.values()]
    small = max(medians, default=1.0) < 0.1
    scale, label = (_MILLI, f"m{unit}") if small else (1.0, unit)
    lines = tuple(
        ThreadLine(
            name,
            number,
            _shift(number, len(found)),
            tuple(_point(count, one, scale, unit) for count, one in points.items()),
            _ideal(answer.counts, points, scale, ideal),
        )
        for number, (name, points) in enumerate(found.items())
        if points
    )
    drawn = [one.value for line in lines for one in line.points] + [
        y for line in lines for _, y in line.ideal
    ]
    log = bool(drawn) and min(drawn) > 0 and max(drawn) / min(drawn) > _WIDE
    return ThreadPanel(title, f"{label} (logarithmic)" if log else label, lines, log)


def _shift(number: int, count: int) -> float:
    return 1.0 if count < 2 else float(2 ** (_SPREAD * (number / (count - 1) - 0.5)))


def _point(count: int, values: Values, scale: float, unit: str) -> ThreadPoint:
    middle, low, high = (value / scale for value in values)
    return ThreadPoint(count, middle, low, high, format_quantity(values[0], unit))


def _ideal(
    counts: tuple[int, ...],
    points: dict[int, Values],
    scale: float,
    ideal: Callable[[int], float] | None,
) -> tuple[tuple[int, float], ...]:
    if ideal is None or 1 not in points or len(points) < 2:
        return ()
    return tuple((count, points[1][0] * ideal(count) / scale) for count in range(1, max(counts) + 1))
