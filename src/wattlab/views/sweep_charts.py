"""What the figure of a sweep shows, computed once and drawn by matplotlib or plotly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab.units import significant
from wattlab.views.sweep_tables import SHORT, step_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.studies.sweep.answer import Sweep, SweepRow

__all__ = ["Point", "Series", "SweepChart", "SweepPanel", "sweep_chart"]

_MANY_TIMES: Final = 8.0
_MIB: Final = 2.0**20

Values = tuple[float, float, float]


class Point(NamedTuple):
    """A cell in a panel.

    Attributes
    ----------
    place : int
        Which place along x, from 0.
    value, low, high : float
    text : str
        In words.
    """

    place: int
    value: float
    low: float
    high: float
    text: str


class Series(NamedTuple):
    """The cells that have all values in common but that along x.

    Attributes
    ----------
    name : str
    number : int
        Decides colour and marker, the same in all panels.
    points : tuple of Point
    lost : tuple of (int, str)
        Places where there is no value, and why: "OOM", "refused".
    """

    name: str
    number: int
    points: tuple[Point, ...]
    lost: tuple[tuple[int, str], ...] = ()


class SweepPanel(NamedTuple):
    """One pair of axes.

    Attributes
    ----------
    title, y_label : str
    series : tuple of Series
    log : bool
        Logarithmic y axis.
    line : float or None
        Where a line crosses all places.
    """

    title: str
    y_label: str
    series: tuple[Series, ...]
    log: bool = False
    line: float | None = None


class SweepChart(NamedTuple):
    """The figure of a sweep.

    Attributes
    ----------
    title, x_label : str
    places : tuple of str
        What stands along x: batch sizes, or the values of the only field.
    panels : tuple of SweepPanel
        Those for which anything is known.
    """

    title: str
    x_label: str
    places: tuple[str, ...]
    panels: tuple[SweepPanel, ...]


def sweep_chart(answer: Sweep) -> SweepChart:
    """Return what the figure of a sweep shows.

    Along x is the batch size where it varies, else the field with the most values; all else tells the series apart.
    """
    along = answer.batch_field or max(answer.fields, key=lambda name: len(answer.fields[name]))
    panels = (
        _times(answer, along),
        _panel(answer, along, "Samples per second", "samples/s", _samples),
        _ratios(answer, along),
        _panel(answer, along, "Peak memory", "MiB", _memory),
        _panel(answer, along, f"Energy per sample ({_provenance(answer)})", "J", _energy),
        _panel(answer, along, f"Test {answer.score_name or 'score'}", answer.score_name or "score", _score),
    )
    known = tuple(panel for panel in panels if any(one.points for one in panel.series))
    return SweepChart(answer.title, along.replace("_", " "), answer.fields[along], known)


def _times(answer: Sweep, along: str) -> SweepPanel:
    unit, factor = step_unit(answer.rows)

    def times(row: SweepRow) -> Values | None:
        found = row.step
        return None if found is None else (found.median * factor, found.low * factor, found.high * factor)

    return _panel(answer, along, "Time per step", unit, times, lost=True)


def _ratios(answer: Sweep, along: str) -> SweepPanel:
    title = f"Ratio to {', '.join(answer.baseline.values())}"
    return _panel(answer, along, title, "ratio; below 1 is faster", _ratio)._replace(line=1.0)


def _ratio(row: SweepRow) -> Values | None:
    return None if row.ratio is None else (row.ratio.median, row.ratio.low, row.ratio.high)


def _samples(row: SweepRow) -> Values | None:
    return None if row.samples is None else (row.samples.median, row.samples.low, row.samples.high)


def _memory(row: SweepRow) -> Values | None:
    """Return the memory of the card where one computes, else that of the process. Unit: MiB."""
    on_card = row.device_memory if row.device_memory and not row.device_memory.is_missing else None
    found = on_card or row.peak_memory
    return None if found is None or found.value is None else (found.value / _MIB,) * 3


def _energy(row: SweepRow) -> Values | None:
    if row.energy is None or row.energy.value is None:
        return None
    return (row.energy.value, *(row.energy.interval or (row.energy.value,) * 2))


def _score(row: SweepRow) -> Values | None:
    return None if row.score is None else (row.score.mean, row.score.low, row.score.high)


def _provenance(answer: Sweep) -> str:
    kinds = dict.fromkeys(row.energy.provenance for row in answer.rows if row.energy)
    return ", ".join(kinds) or "missing"


def _panel(
    answer: Sweep,
    along: str,
    title: str,
    y_label: str,
    values: Callable[[SweepRow], Values | None],
    *,
    lost: bool = False,
) -> SweepPanel:
    names = list(dict.fromkeys(_name(row, along) for row in answer.rows))
    series = tuple(
        _series(answer, along, name, number, values, lost=lost) for number, name in enumerate(names)
    )
    log = _is_wide([point for one in series for point in one.points])
    return SweepPanel(title, f"{y_label} (logarithmic)" if log else y_label, series, log)


def _name(row: SweepRow, along: str) -> str:
    return " · ".join(text for name, text in row.values.items() if name != along)


def _series(
    answer: Sweep,
    along: str,
    name: str,
    number: int,
    values: Callable[[SweepRow], Values | None],
    *,
    lost: bool,
) -> Series:
    rows = [row for row in answer.rows if _name(row, along) == name]
    places = [answer.fields[along].index(row.values[along]) for row in rows]
    points = tuple(
        Point(place, *found, significant(found[0]))
        for place, row in zip(places, rows, strict=True)
        if (found := values(row)) is not None
    )
    missed = (
        (place, SHORT[row.state])
        for place, row in zip(places, rows, strict=True)
        if lost and row.step is None and row.state != "not run"
    )
    return Series(name, number, points, tuple(missed))


def _is_wide(points: Sequence[Point]) -> bool:
    least = min((point.value for point in points), default=1.0)
    return least > 0 and max(point.value for point in points) / least > _MANY_TIMES if points else False
