"""A boundary as a chart: regions, the line, margins, support vectors, samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from wattlab.views.plots.class_looks import class_colours, class_points
from wattlab.views.plots.marks import Chart, Line, Panel, Points, Regions
from wattlab.views.plots.plot import make_plot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.insight.boundary import Boundary
    from wattlab.insight.boundary.result import Samples
    from wattlab.views.plots.marks import Mark
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["boundary_panel", "legend_place", "plot_boundary", "sample_marks"]

_FEW: Final = 4


def plot_boundary(found: Boundary, *, theme: ThemeName = "light") -> Plot[Boundary]:
    """Draw where a classifier changes its answer.

    Parameters
    ----------
    found : Boundary
        From `wattlab.insight.boundary.boundary`.
    theme : {"light", "dark"}
        Of paper and text.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> from wattlab.insight.boundary import boundary
    >>> X, y = [[0, 0], [2, 0]], [0, 1]
    >>> plot_boundary(boundary(SVC().fit(X, y), X, y, mesh=5))
    Plot('Boundary of SVC, accuracy 1.0000': Boundary)
    """
    right = "" if found.accuracy is None else f", accuracy {found.accuracy:.4f}"
    chart = Chart(f"Boundary of {found.model_name}{right}", [boundary_panel(found)], foot=found.notes)
    return make_plot(chart, found, theme)


def boundary_panel(found: Boundary, title: str = "", *, legend: bool = True) -> Panel:
    """Return one boundary as a panel.

    Parameters
    ----------
    found : Boundary
        What is to be seen.
    title : str, optional
        Above it.
    legend : bool, optional
        Say what is what.
    """
    first, second = found.plane.labels
    ends = [(float(axis[0]), float(axis[-1])) for axis in (found.x, found.y)]
    marks = list(_marks(found))
    at = legend_place(found.class_names)
    return Panel(marks, title, first, second, x_span=ends[0], y_span=ends[1], legend=legend, legend_at=at)


def legend_place(class_names: tuple[str, ...]) -> Literal["inside", "below"]:
    """Return where the names of classes are listed: those of many would hide samples."""
    return "inside" if len(class_names) <= _FEW else "below"


def sample_marks(samples: Samples, class_names: tuple[str, ...], *, wrong: bool = True) -> Iterator[Mark]:
    """Yield the samples of each class, and crosses over those that are misclassified."""
    x, y = samples.at.T
    classes = samples.predicted if samples.labels is None else samples.labels
    for place, name in enumerate(class_names):
        own = classes == place
        if own.any():
            label = f"predicted {name}" if samples.labels is None else name
            yield class_points(place, x[own], y[own])._replace(edge="ink", name=label)
    bad = samples.is_wrong
    if wrong and bad.any():
        name = f"misclassified ({bad.sum()})"
        yield Points(x[bad], y[bad], colour="ink", shape="cross", size=7.0, name=name)


def _marks(found: Boundary) -> Iterator[Mark]:
    yield Regions(found.x, found.y, found.classes, class_colours(len(found.class_names)))
    yield from sample_marks(found.samples, found.class_names)
    if found.support is not None and len(found.support):
        x, y = found.support.T
        name = f"support vectors ({len(found.support)})"
        yield Points(x, y, colour="ink", shape="ring", size=6.5, alpha=0.45, name=name)
    for line, name in zip(found.margins, ("margins, decision ±1", ""), strict=False):
        x, y = line.T
        yield Line(x, y, colour="ink", dash="dash", width=1.2, name=name)
    x, y = found.line.T
    yield Line(x, y, colour="ink", width=2.0, name="boundary")
