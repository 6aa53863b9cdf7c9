"""The figure of a study as PNG, with matplotlib, without a display and without pyplot's global state."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Final

from wattlab.units import format_seconds
from wattlab.views import study_notes
from wattlab.views.colours import PLAIN
from wattlab.views.drawing import GREY, INK, dress_rows, make_logarithmic, save_png
from wattlab.views.study_charts import SEGMENTS, VERDICTS, study_chart

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from wattlab.studies.row import Verdict
    from wattlab.studies.study import Study
    from wattlab.views.study_charts import Mark, Panel, StudyChart

__all__ = ["draw_study", "save_study_figure"]

_WIDTH_IN: Final = 12.0
_NAME: Final = 30


def save_study_figure(study: Study, path: Path) -> None:
    """Write the figure of a study as a PNG file; its folder is made if it does not exist.

    Raises
    ------
    wattlab.errors.StorageError
        If the file cannot be written.
    """
    save_png(draw_study(study), path)


def draw_study(study: Study) -> Figure:
    """Draw time per epoch and ratio side by side, and the whole process below.

    Parameters
    ----------
    study : Study
        One in which nothing was measured gives a figure that says so.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    chart = study_chart(study)
    marked = [panel for panel in chart.panels if panel.marks]
    stacked = [panel for panel in chart.panels if panel.segments]
    height_in = 0.9 + 0.36 * len(chart.labels)
    figure = Figure((_WIDTH_IN, 1.5 + height_in * (bool(marked) + len(stacked))), layout="constrained")
    rows = figure.subfigures(max(1, bool(marked) + len(stacked)), 1, squeeze=False)[:, 0]
    if not chart.panels:
        _say_nothing(rows[0].subplots())
    if marked:
        grid = rows[0].subplots(1, len(marked), squeeze=False, sharey=True)[0]
        for axes, panel in zip(grid, marked, strict=True):
            _draw_marks(axes, panel, chart)
    for row, panel in zip(rows[len(rows) - len(stacked) :], stacked, strict=True):
        _draw_segments(row.subplots(), panel, chart)
    figure.suptitle(fill(chart.title, 110), color=INK, fontsize=13)
    figure.supxlabel(_foot(study, chart), x=0.01, ha="left", fontsize=8, color=GREY)
    return figure


def _foot(study: Study, chart: StudyChart) -> str:
    reading = " ".join((*study_notes.reading(study), chart.caption)).strip()
    lines = (reading, study_notes.circumstances(study), study_notes.machine(study))
    return "\n".join(fill(line, 190) for line in lines if line)


def _say_nothing(axes: Axes) -> None:
    axes.set_axis_off()
    axes.text(0.5, 0.5, "nothing was measured", transform=axes.transAxes, ha="center", color=GREY)


def _draw_marks(axes: Axes, panel: Panel, chart: StudyChart) -> None:
    if panel.band:
        axes.axvspan(*panel.band, color=PLAIN, alpha=0.2, linewidth=0)
    if panel.line is not None:
        axes.axvline(panel.line, color=INK, linewidth=1.0, linestyle="--")
    for mark in panel.marks:
        _draw_mark(axes, mark, chart.verdicts[mark.row])
    if panel.log:
        make_logarithmic(axes)
    axes.set_xlim(panel.low, panel.high)
    _dress(axes, panel, chart)
    texts = {mark.row: mark.text for mark in panel.marks}
    for row, verdict in enumerate(chart.verdicts):
        _write_beside(axes, row, texts.get(row, "failed" if verdict == "failed" else "–"), verdict)


def _draw_mark(axes: Axes, mark: Mark, verdict: Verdict) -> None:
    look = VERDICTS[verdict]
    axes.errorbar(
        mark.value,
        mark.row,
        xerr=[[mark.value - mark.low], [mark.high - mark.value]],
        color=look.colour,
        marker=look.marker,
        markersize=6,
        markerfacecolor="white" if verdict == "control" else look.colour,
        capsize=5,
        linewidth=1.8,
    )


def _write_beside(axes: Axes, row: int, text: str, verdict: Verdict) -> None:
    """Write to the right of the axes, where nothing is drawn."""
    colour = VERDICTS[verdict].colour if verdict == "failed" else INK
    place = axes.get_yaxis_transform()
    axes.text(1.02, row, text, transform=place, va="center", fontsize=9, color=colour)


def _draw_segments(axes: Axes, panel: Panel, chart: StudyChart) -> None:
    from matplotlib.patches import Patch

    for one in panel.segments:
        axes.barh(one.row, one.length_s, left=one.start_s, height=0.6, color=SEGMENTS[one.name])
    axes.set_xlim(panel.low, panel.high)
    _dress(axes, panel, chart)
    ends_s = {one.row: one.start_s + one.length_s for one in panel.segments}
    for row, verdict in enumerate(chart.verdicts):
        text = format_seconds(ends_s[row]) if row in ends_s else ("failed" if verdict == "failed" else "–")
        _write_beside(axes, row, text, verdict)
    drawn = {one.name for one in panel.segments}
    handles = [Patch(color=colour, label=name) for name, colour in SEGMENTS.items() if name in drawn]
    axes.legend(
        handles=handles,
        frameon=False,
        fontsize=9,
        labelcolor=INK,
        ncols=len(handles),
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
    )


def _dress(axes: Axes, panel: Panel, chart: StudyChart) -> None:
    axes.set_title(panel.title, loc="left", fontsize=11, color=INK)
    dress_rows(axes, [fill(label, _NAME) for label in chart.labels], panel.x_label, label_size=9)
