"""What the figure of a sweep shows, computed once and drawn by matplotlib or plotly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab.units import significant
from wattlab.views.study_cells import step_unit
from wattlab.views.sweep_tables import SHORT, spread_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.studies.sweep.answer import Sweep, SweepRow
    from wattlab.studies.sweep.statistics import Mean

__all__ = ["Point", "Series", "SweepChart", "SweepPanel", "sweep_chart"]

_MANY_TIMES: Final = 8.0
_DECADE: Final = 10.0
_SPREAD: Final = 0.14
"""From the first series to the last, in places: a few percent where sizes double, so that points stand at theirs."""
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
    shift : float
        By how much it stands beside the place that all share, so that no interval covers another.
    points : tuple of Point
    lost : tuple of (int, str)
        Places where something was tried in vain, and how it ended: "OOM", "timed out", "failed".
    """

    name: str
    number: int
    shift: float
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
    from_zero : bool
        The y axis begins at 0: lengths compare.
    most : float or None
        Largest value that there can be, where the least is 0: the y axis ends there.
    """

    title: str
    y_label: str
    series: tuple[Series, ...]
    log: bool = False
    line: float | None = None
    from_zero: bool = False
    most: float | None = None


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
        _scores(answer, along),
    )
    known = tuple(panel for panel in panels if any(one.points for one in panel.series))
    return SweepChart(answer.title, along.replace("_", " "), _places(answer, along), known)


def _places(answer: Sweep, along: str) -> tuple[str, ...]:
    """Return what stands along x, numbers by their size."""
    texts = answer.fields[along]
    return tuple(sorted(texts, key=int)) if all(text.isdecimal() for text in texts) else texts


def _times(answer: Sweep, along: str) -> SweepPanel:
    unit, factor = step_unit(answer.rows)

    def times(row: SweepRow) -> Values | None:
        found = row.step
        return None if found is None else (found.median * factor, found.low * factor, found.high * factor)

    return _panel(answer, along, "Time per step", unit, times, lost=True)


def _ratios(answer: Sweep, along: str) -> SweepPanel:
    title = f"Ratio to {', '.join(answer.baseline.values())}"
    label = "ratio; below 1 is faster"
    panel = _panel(answer, along, title, label, _ratio)
    points = [point for one in panel.series for point in one.points]
    log = _spans(
        min((one.low for one in points), default=1.0), max((one.high for one in points), default=1.0)
    )
    label += " (logarithmic)" if log else ""
    return panel._replace(line=1.0, from_zero=False, log=log, y_label=label)


def _spans(least: float, most: float) -> bool:
    """Return whether positive values span more than a decade."""
    return 0 < least * _DECADE < most


def _scores(answer: Sweep, along: str) -> SweepPanel:
    name = answer.score_name or "score"
    several = next((row.score for row in answer.rows if row.score is not None and row.score.n > 1), None)
    label = name if several is None else f"{name}; bars:\n{_bars(several)}"
    most = 1.0 if name == "accuracy" else None
    panel = _panel(answer, along, f"Test {name}", label, lambda row: _score(row, most))
    return panel._replace(y_label=label, log=False, from_zero=False, most=most)


def _bars(mean: Mean) -> str:
    return spread_text(mean) if mean.level else f"range of {mean.n} seeds"


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


def _score(row: SweepRow, most: float | None) -> Values | None:
    """Return a score; the interval of one that has bounds ends at them."""
    found = row.score
    if found is None:
        return None
    if most is None:
        return found.mean, found.low, found.high
    return found.mean, max(found.low, 0.0), min(found.high, most)


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
    # What was refused everywhere would be a name without a point.
    names = list(dict.fromkeys(_name(row, along) for row in answer.rows if row.state != "refused"))
    series = tuple(
        Series(name, number, _shift(number, len(names)), *_cells(answer, along, name, values, lost=lost))
        for number, name in enumerate(names)
    )
    log = _is_wide([point for one in series for point in one.points])
    return SweepPanel(title, f"{y_label} (logarithmic)" if log else y_label, series, log, from_zero=not log)


def _name(row: SweepRow, along: str) -> str:
    return " · ".join(text for name, text in row.values.items() if name != along)


def _shift(number: int, count: int) -> float:
    return 0.0 if count < 2 else _SPREAD * (number / (count - 1) - 0.5)


def _cells(
    answer: Sweep, along: str, name: str, values: Callable[[SweepRow], Values | None], *, lost: bool
) -> tuple[tuple[Point, ...], tuple[tuple[int, str], ...]]:
    """Return the points of a series, and where something was tried in vain."""
    rows = [row for row in answer.rows if _name(row, along) == name]
    places = [_places(answer, along).index(row.values[along]) for row in rows]
    points = tuple(
        Point(place, *found, significant(found[0]))
        for place, row in zip(places, rows, strict=True)
        if (found := values(row)) is not None
    )
    missed = (
        (place, SHORT[row.state])
        for place, row in zip(places, rows, strict=True)
        if lost and row.step is None and row.state not in {"not run", "refused"}
    )
    return points, tuple(missed)


def _is_wide(points: Sequence[Point]) -> bool:
    least = min((point.value for point in points), default=1.0)
    return least > 0 and max(point.value for point in points) / least > _MANY_TIMES if points else False
