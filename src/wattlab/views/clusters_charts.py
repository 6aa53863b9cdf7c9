"""The figure of a study of clusters as data: time, inertia, silhouette and what pays, by the number of clusters."""

from __future__ import annotations

from math import ceil, inf, log10
from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab.studies.clusters.paying import epochs_text
from wattlab.units import format_seconds, significant
from wattlab.views.colours import BLUE, GREEN, ORANGE, RUNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wattlab.meter.quantity import Quantity
    from wattlab.meter.statistics import Estimate
    from wattlab.studies.clusters.answer import Clusters, ClustersRow

__all__ = ["ClusterLine", "ClusterMark", "ClusterPanel", "ClusterPoint", "ClustersChart", "clusters_chart"]

PURPLE: Final = RUNS[3]
_ROOM: Final = 2.0
_FLOOR: Final = 0.9
_FEW_DECADES: Final = 4
_PLAIN_POWER: Final = 5
Values = tuple[float, float, float]


class ClusterPoint(NamedTuple):
    """One number of clusters: a value, between low and high."""

    n_clusters: int
    value: float
    low: float
    high: float
    text: str


class ClusterLine(NamedTuple):
    """One curve of a panel.

    Attributes
    ----------
    name : str
        Empty where a panel has one curve.
    colour : str
    dashed : bool
    points : tuple of ClusterPoint
    """

    name: str
    colour: str
    dashed: bool
    points: tuple[ClusterPoint, ...]


class ClusterMark(NamedTuple):
    """A number of clusters with a name, such as the elbow."""

    n_clusters: int
    text: str


class ClusterPanel(NamedTuple):
    """One pair of axes.

    Attributes
    ----------
    title, y_label : str
    lines : tuple of ClusterLine
    mark : ClusterMark or None
    level : (float, str) or None
        What all numbers are held against, and its name.
    span : (float, float) or None
        Ends of a logarithmic y axis; None: it is linear, and the points decide.
    ticks : tuple of (float, str)
        Of a logarithmic y axis.
    from_zero : bool
        The y axis begins at 0.
    """

    title: str
    y_label: str
    lines: tuple[ClusterLine, ...]
    mark: ClusterMark | None = None
    level: tuple[float, str] | None = None
    span: tuple[float, float] | None = None
    ticks: tuple[tuple[float, str], ...] = ()
    from_zero: bool = False


class ClustersChart(NamedTuple):
    """The figure.

    Attributes
    ----------
    title : str
    counts : tuple of int
        All numbers of clusters: the x axis of every panel.
    panels : tuple of ClusterPanel
        Those for which anything is known.
    """

    title: str
    counts: tuple[int, ...]
    panels: tuple[ClusterPanel, ...]

    @property
    def ends(self) -> tuple[float, float]:
        """Ends of the x axis."""
        room = 0.04 * (self.counts[-1] - self.counts[0]) or 1.0
        return self.counts[0] - room, self.counts[-1] + room


def clusters_chart(answer: Clusters) -> ClustersChart:
    """Return what is to be drawn.

    Parameters
    ----------
    answer : Clusters
        One in which no clusters were found gives a chart without panels.
    """
    panels = (_time(answer), _inertia(answer), _silhouette(answer), _pays(answer))
    known = tuple(one for one in panels if any(line.points for line in one.lines))
    return ClustersChart(answer.title, tuple(row.n_inputs for row in answer.reduced), known)


def _time(answer: Clusters) -> ClusterPanel:
    wall = _line(answer, "wall", BLUE, lambda row: _of_quantity(row.fit), format_seconds)
    cpu = _line(answer, "CPU, all cores", ORANGE, lambda row: _of_quantity(row.fit_cpu), format_seconds)
    return ClusterPanel("Time to find the clusters", "s", (wall, cpu._replace(dashed=True)), from_zero=True)


def _inertia(answer: Clusters) -> ClusterPanel:
    line = _line(answer, "", GREEN, lambda row: _of_estimate(row.inertia), significant)
    elbow = answer.elbow
    mark = None
    if elbow.n_clusters is not None:
        kind = "elbow" if elbow.clear else "bends most, no clear elbow"
        mark = ClusterMark(elbow.n_clusters, f"{kind}: {elbow.n_clusters}")
    return ClusterPanel("Inertia", "sum of squared distances", (line,), mark)


def _silhouette(answer: Clusters) -> ClusterPanel:
    line = _line(answer, "", PURPLE, lambda row: _of_estimate(row.silhouette), significant)
    best = max(line.points, key=lambda one: one.value, default=None)
    mark = None if best is None else ClusterMark(best.n_clusters, f"highest: {best.n_clusters}")
    of = "all samples" if answer.silhouette_exact else f"{answer.silhouette_samples:,} samples"
    return ClusterPanel("Silhouette", f"mean coefficient of {of}", (line,), mark)


def _pays(answer: Clusters) -> ClusterPanel:
    line = _line(answer, "", BLUE, _epochs, epochs_text)
    epochs = answer.plan.epochs
    level = (float(epochs), f"the recipe trains {epochs}")
    top = _ROOM * max([level[0], *(one.value for one in line.points)])
    points = tuple(one._replace(low=max(1.0, one.low), high=min(one.high, top)) for one in line.points)
    ticks = tuple(one for one in _ticks(top) if one[0] <= top)
    return ClusterPanel(
        "Pays from", "epochs", (line._replace(points=points),), level=level, span=(_FLOOR, top), ticks=ticks
    )


def _epochs(row: ClustersRow) -> Values | None:
    found = row.payoff
    if found is None or found.state != "pays" or found.epochs is None:
        return None
    return max(1.0, found.epochs), found.low or 0.0, inf if found.high is None else found.high


def _ticks(top: float) -> Iterator[tuple[float, str]]:
    """Return 1, 2, 5, 10 … as plain numbers, powers of ten alone where they are many, and large ones as such."""
    decades = range(ceil(log10(top)) + 1)
    between = (1, 2, 5) if len(decades) <= _FEW_DECADES else (1,)
    for power, factor in ((power, factor) for power in decades for factor in between):
        value = factor * 10**power
        yield float(value), f"{value:,}" if power <= _PLAIN_POWER else f"10^{power}"


def _line(
    answer: Clusters,
    name: str,
    colour: str,
    values: Callable[[ClustersRow], Values | None],
    text: Callable[[float], str],
) -> ClusterLine:
    known = [(row.n_inputs, one) for row in answer.reduced if (one := values(row)) is not None]
    points = tuple(ClusterPoint(count, *one, text(one[0])) for count, one in known)
    return ClusterLine(name, colour, dashed=False, points=points)


def _of_quantity(quantity: Quantity | None) -> Values | None:
    if quantity is None or quantity.value is None:
        return None
    return (quantity.value, *(quantity.interval or (quantity.value, quantity.value)))


def _of_estimate(estimate: Estimate | None) -> Values | None:
    return None if estimate is None else (estimate.median, estimate.low, estimate.high)
