"""Boundaries as charts: what is drawn is what was found, and pictures of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs, make_moons
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC
from tests.views.plots.baselines import compared

from wattlab.errors import ParameterError
from wattlab.insight.boundary import Boundaries, Contender, boundary
from wattlab.meter import Quantity, measured, missing, modelled
from wattlab.views.boundary_text import print_boundaries
from wattlab.views.colours import RUNS
from wattlab.views.plots.boundaries import cost_text, plot_boundaries
from wattlab.views.plots.boundary import plot_boundary
from wattlab.views.plots.boundary_surface import plot_boundary_surface
from wattlab.views.plots.class_looks import class_colours, class_shape
from wattlab.views.plots.marks import Bars, Line, Points, Regions, Surface
from wattlab.views.plots.numbers import to_json

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from wattlab.insight.boundary import Boundary

X, Y = make_moons(60, noise=0.2, random_state=0)
MANY_X, MANY_Y = make_blobs(60, centers=4, random_state=2)


def machine() -> Boundary:
    return boundary(SVC(gamma=1.0).fit(X, Y), X, Y, mesh=40)


def probabilities() -> Boundary:
    return boundary(LogisticRegression().fit(MANY_X, MANY_Y), MANY_X, MANY_Y, mesh=40)


def side_by_side(*energies: Quantity) -> Boundaries:
    found = machine()
    ones = tuple(
        Contender(f"model {place}", found, 0.9, 0.8, measured(0.02 * 10**place, "s", "clock:wall"), energy)
        for place, energy in enumerate(energies)
    )
    return Boundaries("moons", "test", 48, 12, ones, "a fit, median of 3", ("a note",))


def test_many_classes_are_listed_below_and_weigh_alike() -> None:
    many_x, many_y = make_blobs(100, centers=10, random_state=2)
    found = boundary(LogisticRegression(C=0.01).fit(many_x, many_y), many_x, many_y, mesh=10)
    (panel,) = plot_boundary(found).chart.panels
    assert (panel.legend_at, plot_boundary(machine()).chart.panels[0].legend_at) == ("below", "inside")
    sizes = {one.shape: one.size for one in panel.marks if isinstance(one, Points)}
    assert sizes["star"] > sizes["triangle"] > sizes["circle"] > sizes["square"]
    (axes,) = plot_boundary(found).figure.axes
    axes.figure.canvas.draw()
    legend = axes.get_legend()
    assert legend is not None
    assert legend.get_window_extent().y1 < axes.get_window_extent().y0


def test_regions_line_margins_vectors_and_samples_are_those_found() -> None:
    plot = plot_boundary(machine())
    found, marks = plot.data, plot.chart.panels[0].marks
    regions, *others = marks
    assert isinstance(regions, Regions)
    assert np.array_equal(regions.classes, found.classes)
    points = {one.name: one for one in others if isinstance(one, Points)}
    assert found.support is not None
    assert points["0"].shape != points["1"].shape
    assert [len(points[name].x) for name in ("0", "1")] == [30, 30]
    assert np.array_equal(points["0"].y, X[Y == 0, 1])
    assert len(points[f"support vectors ({len(found.support)})"].x) == len(found.support)
    wrong = found.samples.is_wrong
    assert np.array_equal(points[f"misclassified ({wrong.sum()})"].x, X[wrong, 0])
    lines = [one for one in others if isinstance(one, Line)]
    assert [one.dash for one in lines] == ["dash", "dash", "solid"]
    assert np.array_equal(lines[-1].x, found.line[:, 0], equal_nan=True)


def test_a_surface_has_five_ticks_and_a_colour_bar_from_0_to_1() -> None:
    plot = plot_boundary_surface(probabilities())
    surface, *others = plot.chart.panels[0].marks
    assert isinstance(surface, Surface)
    assert np.array_equal(surface.z, plot.data.scores.max(axis=0))
    assert (surface.span, surface.bar) == ((0.0, 1.0), "probability of the predicted class")
    axes: Any = plot.figure.axes[0]
    plot.figure.canvas.draw()
    assert len(axes.get_zticks()) <= 6
    heights = np.concatenate([one.z for one in others if isinstance(one, Points) and one.z is not None])
    assert np.allclose(np.sort(heights), np.sort(plot.data.samples.scores.max(axis=0)))


def test_the_line_on_a_surface_of_two_classes_lies_at_its_level() -> None:
    lines = [one for one in plot_boundary_surface(machine()).chart.panels[0].marks if isinstance(one, Line)]
    assert lines[0].z is not None
    assert (lines[0].z == 0).all()


def test_what_gives_labels_alone_has_no_surface() -> None:
    found = boundary(KMeans(2, n_init=1, random_state=0).fit(X), X, mesh=5)
    assert [one.name for one in plot_boundary(found).chart.panels[0].marks if isinstance(one, Points)] == [
        "predicted 0",
        "predicted 1",
    ]
    with pytest.raises(ParameterError, match="KMeans gives labels alone"):
        plot_boundary_surface(found)


def test_energy_is_marked_by_where_it_comes_from() -> None:
    lost = missing("J", "no sensor")
    found = side_by_side(measured(3.0, "J", "rapl"), modelled(2.0, "J", "model"), lost)
    chart = plot_boundaries(found).chart
    titles = [panel.title for panel in chart.panels]
    assert titles[1:4] == [
        "model 0: test accuracy 0.8000\n20.0 ms · 3.00 J",
        "model 1: test accuracy 0.8000\n200 ms · ≈ 2.00 J",
        "model 2: test accuracy 0.8000\n2.00 s · missing",
    ]
    assert {"≈ modelled: no sensor counts energy here", "energy is missing: no sensor", "a note"} <= {
        *chart.foot
    }
    bars = chart.panels[-1].marks[0]
    assert isinstance(bars, Bars)
    assert bars.starts is not None
    assert np.allclose(bars.starts + bars.lengths, [2.0, 0.2, 0.02])
    assert cost_text(lost) == "missing"


def test_numbers_and_text(capsys: pytest.CaptureFixture[str]) -> None:
    found = side_by_side(modelled(2.0, "J", "model"), missing("J", "no sensor"))
    assert to_json(found).startswith('{"data": "moons"')
    print_boundaries(found)
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 80
    for text in ("2.00 J modelled", "missing", "energy is missing: no sensor", "0.8000", "a note"):
        assert text in said


def test_classes_differ_in_colour_and_shape() -> None:
    assert class_colours(3) == RUNS[:3]
    assert len({*class_colours(10)}) == 10
    assert len({(colour, class_shape(place)) for place, colour in enumerate(class_colours(20))}) == 20


@compared
def test_picture_of_boundary() -> Figure:
    return plot_boundary(machine()).figure


@compared
def test_picture_of_boundary_surface() -> Figure:
    return plot_boundary_surface(probabilities(), theme="dark").figure


@compared
def test_picture_of_boundaries() -> Figure:
    return plot_boundaries(side_by_side(measured(3.0, "J", "rapl"), modelled(2.0, "J", "model"))).figure
