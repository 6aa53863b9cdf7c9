"""Static figures with matplotlib, without a display and without pyplot's global state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from wattlab.insight.mistakes.confusion import recorded_confusions
from wattlab.views.colours import PLAIN, dash_of, look, run_colour
from wattlab.views.drawing import GREY, GRID, INK, LINE, save_png
from wattlab.views.tables import all_charts, run_labels

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from wattlab.insight.mistakes.confusion import Confusion
    from wattlab.records.run import Run
    from wattlab.views.chart import Chart, Panel

__all__ = ["draw_chart", "draw_confusion", "save_figures"]

_STYLES: Final[dict[str, Literal["-", "--", "-.", ":"]]] = {
    "solid": "-",
    "dash": "--",
    "dashdot": "-.",
    "dot": ":",
}
_WIDTH_IN: Final = 5.2
_HEIGHT_IN: Final = 3.7
_MOST_NUMBERS: Final = 26


def save_figures(runs: Sequence[Run], folder: Path) -> list[Path]:
    """Write every figure of one or several runs as PNG files.

    Parameters
    ----------
    runs : sequence of Run
        Several are drawn into the same axes.
    folder : Path
        Made if it does not exist; older figures of the same names are replaced.

    Returns
    -------
    list of Path
        One for each chart, then one confusion matrix for each run that classifies.

    Raises
    ------
    wattlab.errors.RunError
        If there is no run, or they do not have the same kind of score.
    wattlab.errors.StorageError
        If the folder cannot be written.
    """
    labels = run_labels(runs)
    figures = {chart.name: draw_chart(chart, labels) for chart in all_charts(runs)}
    for run, matrix in recorded_confusions(runs).items():
        name = "confusion" if len(runs) == 1 else f"confusion-{run + 1}"
        figures[name] = draw_confusion(matrix, labels[run])
    paths = {name: folder / f"{name}.png" for name in figures}
    for name, path in paths.items():
        save_png(figures[name], path)
    return list(paths.values())


def draw_chart(chart: Chart, labels: Sequence[str]) -> Figure:
    """Draw all panels of a chart.

    Parameters
    ----------
    chart : Chart
        What `wattlab.views.tables` computed.
    labels : sequence of str
        Names of all runs.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    columns = min(2, len(chart.panels))
    rows = -(-len(chart.panels) // columns)
    figure = Figure((_WIDTH_IN * max(columns, 1.4), _HEIGHT_IN * rows + 0.8), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat[len(chart.panels) :]:
        axes.set_axis_off()
    for axes, panel in zip(grid.flat, chart.panels, strict=False):
        _draw_panel(axes, panel, len(labels))
    if len(labels) == 1:
        figure.suptitle(f"{chart.title} · {labels[0]}", color=INK)
    else:
        _run_legend(figure, labels, chart.title)
    figure.supxlabel(chart.caption, x=0.01, ha="left", fontsize=8, color=GREY)
    return figure


def _draw_panel(axes: Axes, panel: Panel, n_runs: int) -> None:
    for curve in panel.curves:
        colour, dash = look(panel, curve, n_runs)
        # Epochs are few and each of them counts; thousands of batches are one texture.
        width = 0.8 if panel.is_dense else (1.9 if dash == "solid" else 1.3)
        marker = "o" if len(curve.x) == 1 else ""
        axes.plot(curve.x, curve.y, color=colour, linestyle=_STYLES[dash], linewidth=width, marker=marker)
    if panel.log:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
    if not panel.curves:
        axes.text(0.5, 0.5, "nothing was recorded", transform=axes.transAxes, ha="center", color=GREY)
    _draw_targets(axes, panel)
    _dress(axes, panel)
    _part_legend(axes, panel, n_runs)


def _draw_targets(axes: Axes, panel: Panel) -> None:
    for target in panel.targets:
        axes.axhline(target, color=INK, linestyle=":", linewidth=1.2)
        text = f"target\n{target:g}" if len(panel.targets) == 1 else f"{target:g}"
        place = axes.get_yaxis_transform()
        axes.text(1.01, target, text, transform=place, va="center", fontsize=8, color=INK)


def _dress(axes: Axes, panel: Panel) -> None:
    axes.set_title(panel.title, loc="left", fontsize=11, color=INK)
    axes.set_xlabel(panel.x_label, color=GREY)
    axes.set_ylabel(panel.y_label, color=GREY)
    if panel.low is not None:
        axes.set_ylim(panel.low, panel.high)
    axes.grid(visible=True, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=GREY, labelsize=9)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(LINE)


def _part_legend(axes: Axes, panel: Panel, n_runs: int) -> None:
    """Name the parts of a panel that has several: by colour, or by dash where colours mean runs."""
    from matplotlib.lines import Line2D

    if len(panel.parts) < 2:
        return
    first = {curve.part: curve for curve in reversed(panel.curves)}
    handles = [
        Line2D(
            [],
            [],
            label=part,
            color=look(panel, first[part], n_runs).colour if n_runs == 1 else PLAIN,
            linestyle=_STYLES[dash_of(panel, part) if n_runs > 1 else "solid"],
        )
        for part in panel.parts
    ]
    axes.legend(handles=handles, frameon=False, fontsize=9, loc="best", labelcolor=INK)


def _run_legend(figure: Figure, labels: Sequence[str], title: str) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=run_colour(run), linewidth=3, label=label) for run, label in enumerate(labels)
    ]
    columns = max(1, min(len(labels), int(90 // max(len(label) + 6 for label in labels))))
    legend = figure.legend(
        handles=handles,
        title=title,
        title_fontsize=12,
        loc="outside upper center",
        ncols=columns,
        frameon=False,
        fontsize=9,
        labelcolor=INK,
    )
    legend.get_title().set_color(INK)


def draw_confusion(matrix: Confusion, label: str) -> Figure:
    """Draw a confusion matrix: blue what is right, orange what is wrong, each by its own scale.

    Parameters
    ----------
    matrix : Confusion
        Of the test part.
    label : str
        Name of the run.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import numpy as np
    from matplotlib.figure import Figure

    n_classes = len(matrix.classes)
    size = float(np.clip(2.2 + 0.45 * n_classes, 4.8, 14.0))
    figure = Figure((size + 0.6, size), layout="constrained")
    axes = figure.subplots()
    diagonal = np.eye(n_classes, dtype=bool)
    worst = float(matrix.shares[~diagonal].max(initial=0.0)) or 1.0
    right = np.ma.masked_where(~diagonal | (matrix.counts == 0), matrix.shares)
    wrong = np.ma.masked_where(diagonal | (matrix.counts == 0), matrix.shares)
    # The darkest shades stay unused: numbers are written upon them.
    axes.imshow(right, cmap="Blues", vmin=0.0, vmax=1.8)
    axes.imshow(wrong, cmap="Oranges", vmin=0.0, vmax=1.8 * worst)
    _write_counts(axes, matrix)
    names = [name if len(name) <= 14 else f"{name[:13]}…" for name in matrix.classes]
    rotation = 0 if max(map(len, names)) <= 3 else 90
    axes.set_xticks(range(n_classes), names, rotation=rotation, fontsize=9, color=GREY)
    axes.set_yticks(range(n_classes), names, fontsize=9, color=GREY)
    axes.set_xlabel("predicted class", color=GREY)
    axes.set_ylabel("true class", color=GREY)
    axes.set_title(f"Test samples · {label}", loc="left", fontsize=11, color=INK)
    axes.tick_params(length=0)
    axes.spines[:].set_color(LINE)
    return figure


def _write_counts(axes: Axes, matrix: Confusion) -> None:
    if len(matrix.classes) > _MOST_NUMBERS:
        return
    for (row, column), count in ((place, matrix.counts[place]) for place in _places(len(matrix.classes))):
        if count:
            axes.text(column, row, f"{count}", ha="center", va="center", fontsize=8, color=INK)


def _places(n_classes: int) -> list[tuple[int, int]]:
    return [(row, column) for row in range(n_classes) for column in range(n_classes)]
