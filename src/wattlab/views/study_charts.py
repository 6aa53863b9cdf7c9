"""What the figure of a study shows, computed once and drawn by matplotlib or plotly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab.studies.tables import interval_text, time_unit
from wattlab.units import significant
from wattlab.views.colours import BLUE, GREEN, ORANGE, PHASES, PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.meter.statistics import Estimate
    from wattlab.studies.row import Row, Verdict
    from wattlab.studies.study import Study

__all__ = ["SEGMENTS", "VERDICTS", "Mark", "Panel", "Segment", "StudyChart", "VerdictLook", "study_chart"]

_FEW_TIMES: Final = 5.0
_MANY_TIMES: Final = 20.0
_NEGLIGIBLE: Final = 0.002

SEGMENTS: Final = {"start-up": PHASES["start-up"], "compile": GREEN, "data, training, evaluation": ORANGE}
"""Parts of a process and their colours."""


class VerdictLook(NamedTuple):
    """How a verdict is drawn: by colour and by shape, for those who cannot tell the colours apart.

    Attributes
    ----------
    colour : str
        As ``#rrggbb``.
    marker : str
        As matplotlib names it.
    symbol : str
        As plotly names it.
    """

    colour: str
    marker: str
    symbol: str


VERDICTS: Final[dict[Verdict, VerdictLook]] = {
    "baseline": VerdictLook(PLAIN, "D", "diamond"),
    "control": VerdictLook(PLAIN, "o", "circle"),
    "better": VerdictLook(BLUE, "<", "triangle-left"),
    "worse": VerdictLook(ORANGE, ">", "triangle-right"),
    "unknown": VerdictLook("#c766a0", "s", "square"),
    "failed": VerdictLook("#d1495b", "X", "x"),
}


class Mark(NamedTuple):
    """One candidate's value and interval in a panel.

    Attributes
    ----------
    row : int
        Which of the candidates, from 0.
    value, low, high : float
    text : str
        What stands beside it.
    detail : str
        Its interval in words.
    """

    row: int
    value: float
    low: float
    high: float
    text: str
    detail: str


class Segment(NamedTuple):
    """One part of a candidate's process.

    Attributes
    ----------
    row : int
        Which of the candidates, from 0.
    name : str
        A key of `SEGMENTS`.
    start_s, length_s : float
    """

    row: int
    name: str
    start_s: float
    length_s: float


class Panel(NamedTuple):
    """One pair of axes, with the candidates from top to bottom.

    Attributes
    ----------
    title, x_label : str
    marks : tuple of Mark
    low, high : float
        Ends of the x axis.
    log : bool
        Logarithmic x axis.
    line : float or None
        Where a line crosses all candidates.
    band : tuple of float or None
        The control's interval: what is inside may be noise.
    segments : tuple of Segment
        Instead of marks.
    """

    title: str
    x_label: str
    marks: tuple[Mark, ...]
    low: float
    high: float
    log: bool = False
    line: float | None = None
    band: tuple[float, float] | None = None
    segments: tuple[Segment, ...] = ()


class StudyChart(NamedTuple):
    """The figure of a study.

    Attributes
    ----------
    title : str
    caption : str
        What is drawn besides; empty for nothing.
    labels : tuple of str
        All candidates.
    verdicts : tuple of str
        Theirs.
    panels : tuple of Panel
        Seconds per epoch, ratio to the first, whole process: those for which anything is known.
    """

    title: str
    caption: str
    labels: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    panels: tuple[Panel, ...]


def study_chart(study: Study) -> StudyChart:
    """Return what the figure of a study shows."""
    panels = _epochs(study), _ratios(study), _processes(study)
    return StudyChart(
        study.title,
        "The band in the ratios is the control's interval." if _band(study) else "",
        tuple(row.label for row in study.rows),
        tuple(row.verdict for row in study.rows),
        tuple(panel for panel in panels if panel.marks or panel.segments),
    )


def _marks(
    rows: Sequence[Row], estimate: Callable[[Row], Estimate | None], factor: float = 1.0, unit: str = ""
) -> tuple[Mark, ...]:
    marks = []
    for place, row in enumerate(rows):
        found = estimate(row)
        if found is not None:
            ends = (found.median * factor, found.low * factor, found.high * factor)
            interval = interval_text(found, factor) or "one measurement, no interval"
            marks.append(Mark(place, *ends, f"{significant(ends[0])} {unit}".strip(), interval))
    return tuple(marks)


def _epochs(study: Study) -> Panel:
    unit, factor = time_unit(study.rows)
    marks = _marks(study.rows, lambda row: row.epoch, factor, unit)
    low, high, log = _ends(marks, _MANY_TIMES)
    title = "Time per epoch" + (" (logarithmic)" if log else "")
    return Panel(title, f"{unit} per epoch", marks, low if log else 0.0, high, log)


def _ratios(study: Study) -> Panel:
    """Return the ratios; the first candidate's is 1, and stands there to be seen."""
    marks = _marks(study.rows, lambda row: row.ratio if row.verdict != "baseline" else None)
    marks = tuple(mark._replace(text=f"{mark.text} {study.rows[mark.row].verdict}") for mark in marks)
    first = (
        [Mark(0, 1.0, 1.0, 1.0, "1 baseline", "by definition")] if study.rows and study.rows[0].epoch else []
    )
    if not marks:
        return Panel("", "", (), 0.0, 1.0)
    low, high, log = _ends([*first, *marks], _FEW_TIMES)
    title = f"Ratio to {study.rows[0].label}" + (" (logarithmic)" if log else "")
    band = _band(study)
    return Panel(title, "ratio; left of 1 is faster", (*first, *marks), low, high, log, line=1.0, band=band)


def _band(study: Study) -> tuple[float, float] | None:
    controls = [row.ratio for row in study.rows if row.verdict == "control" and row.ratio]
    return (controls[0].low, controls[0].high) if controls and controls[0].n > 1 else None


def _ends(marks: Sequence[Mark], most: float) -> tuple[float, float, bool]:
    """Return both ends of an axis that holds all intervals; logarithmic where they span more than `most` times."""
    least = min((mark.low for mark in marks), default=0.0)
    greatest = max((mark.high for mark in marks), default=1.0)
    if least > 0 and greatest / least > most:
        room = (greatest / least) ** 0.06
        return least / room, greatest * room, True
    room = 0.08 * (greatest - least) or 0.08 * abs(greatest) or 1.0
    return least - room, greatest + room, False


def _processes(study: Study) -> Panel:
    segments = tuple(
        segment for place, row in enumerate(study.rows) if row.total for segment in _segments(place, row)
    )
    longest_s = max((one.start_s + one.length_s for one in segments), default=1.0)
    return Panel("The whole process", "seconds", (), 0.0, 1.04 * longest_s, segments=segments)


def _segments(place: int, row: Row) -> list[Segment]:
    """Return start-up, compiling and the rest, whose medians need not add up to that of the whole."""
    total_s = row.total.median if row.total else 0.0
    known = {"start-up": row.start_up, "compile": row.compile}
    lengths = {name: part.median for name, part in known.items() if part}
    lengths["data, training, evaluation"] = max(0.0, total_s - sum(lengths.values()))
    segments, start_s = [], 0.0
    for name, length_s in lengths.items():
        if length_s > _NEGLIGIBLE * total_s:
            segments.append(Segment(place, name, start_s, length_s))
        start_s += length_s
    return segments
