"""Functions as charts: which marks they become, and how they look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.views.plots.baselines import compared

from wattlab.errors import ParameterError
from wattlab.insight.surface import compute_surface, surface_from_values
from wattlab.views.contour_text import print_surface
from wattlab.views.plots.contour import ContourLook, plot_contours
from wattlab.views.plots.marks import Contours, Field, Note, Points, Surface

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SADDLE, SISTER = (compute_surface(f"{sign}0.5*x**2 + 4*y**2", n_points=41) for sign in ("-", ""))


def test_filled_contours_are_a_field_with_lines_and_critical_points() -> None:
    plot = plot_contours(SADDLE)
    (panel,) = plot.chart.panels
    field, lines, points, name = panel.marks
    assert isinstance(field, Field)
    assert isinstance(lines, Contours)
    assert isinstance(points, Points)
    np.testing.assert_array_equal(field.z, SADDLE.z)
    assert (list(field.levels), field.colour_map, field.bar) == (SADDLE.levels.tolist(), "viridis", "z")
    assert (list(lines.levels), lines.labelled, lines.colour) == (SADDLE.levels.tolist(), True, "ink")
    assert (points.name, points.x.tolist(), points.y.tolist(), points.z) == ("saddle", [0.0], [0.0], None)
    assert isinstance(name, Note)
    assert (name.text, name.x, panel.legend) == ("saddle", 0.0, False)
    assert plot.data.surfaces == (SADDLE,)
    assert (plot.chart.title, panel.x_span, panel.y_span) == (
        "z = -0.5*x**2 + 4*y**2",
        (-5.0, 5.0),
        (-5.0, 5.0),
    )


def test_lines_alone_take_the_colour_map_and_shape_that_are_asked_for() -> None:
    look = ContourLook(filled=False, colour_map="plasma_r", labelled=False, equal=True, panel_in=(3.0, 2.0))
    plot = plot_contours(SADDLE, look=look)
    (panel,) = plot.chart.panels
    lines, *_ = panel.marks
    assert isinstance(lines, Contours)
    assert (lines.colour_map, lines.labelled, panel.equal) == ("plasma_r", False, True)
    assert plot.figure.get_figwidth() == pytest.approx(3.0)


def test_a_surface_has_its_points_at_their_heights_and_five_ticks_at_most() -> None:
    surface = compute_surface("x**2 + y**2 + 7", n_points=21)
    (panel,) = plot_contours(surface, look=ContourLook(solid=True, view=(10.0, 20.0))).chart.panels
    solid, _, points = panel.marks
    assert isinstance(solid, Surface)
    assert isinstance(points, Points)
    assert points.z is not None
    assert points.z.tolist() == [7.0]
    assert (panel.is_3d, panel.n_z_ticks, panel.view) == (True, 5, (10.0, 20.0))


def test_what_a_function_is_stands_below() -> None:
    two = plot_contours(SADDLE, SISTER).chart
    assert "hyperbolas" in two.foot[0]
    assert "ellipses, 2.828 times as long as wide, the long axis at 0°" in two.foot[1]
    assert [panel.title for panel in two.panels] == ["z = -0.5*x**2 + 4*y**2", "z = 0.5*x**2 + 4*y**2"]
    gaps = plot_contours(compute_surface("log(x)*y", n_points=41)).chart.foot
    assert gaps[1] == "No finite value on 51.2 % of the mesh: blank there."


def test_too_many_points_are_said_and_not_drawn() -> None:
    plot = plot_contours(compute_surface("sin(5*x)*sin(5*y)", n_points=21))
    assert not any(isinstance(mark, Points) for mark in plot.chart.panels[0].marks)
    assert plot.chart.foot[-1] == "481 critical points are too many to be drawn."


def test_values_alone_are_drawn_without_words() -> None:
    surface = surface_from_values(
        np.arange(3), np.arange(2), np.arange(6).reshape(2, 3), levels=[2.0], text="loss"
    )
    chart = plot_contours(surface).chart
    assert (chart.title, chart.foot) == ("z = loss", [])
    field = chart.panels[0].marks[0]
    assert isinstance(field, Field)
    # Between one level and no other nothing can be filled.
    assert list(field.levels) == []


def test_an_unknown_colour_map_is_refused() -> None:
    with pytest.raises(ParameterError, match="plazma"):
        plot_contours(SADDLE, look=ContourLook(colour_map="plazma"))
    with pytest.raises(ParameterError, match="nothing to draw"):
        plot_contours()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x**2 + y**2", "its contours are circles"),
        ("-x**2 - y**2", "a dome, highest 0 at (0, 0)"),
        ("x**2 + y", "its contours are parabolas"),
        ("x", "Linear: a plane"),
        ("3", "Linear: the same everywhere"),
        ("x**2", "one each is listed"),
        ("abs(x) + abs(y)", "a kink, at which there are no derivatives"),
        ("exp(x)", "no critical point on this rectangle"),
        ("sin(5*x)*sin(5*y)", "16 of 481 critical points are listed (128 minima, 225 saddles, 128 maxima)"),
        ("log(x)", "No finite value on 51.2 % of the mesh"),
    ],
)
def test_the_screen_says_what_a_function_is(text: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_surface(compute_surface(text, n_points=41))
    assert told in capsys.readouterr().out


@compared
def test_picture_of_contours() -> Figure:
    return plot_contours(SADDLE, SISTER).figure


@compared
def test_picture_of_contours_in_three_dimensions() -> Figure:
    look = ContourLook(solid=True, colour_map="plasma_r")
    return plot_contours(SADDLE, look=look, theme="dark").figure


def test_many_points_are_named_by_a_legend() -> None:
    (panel,) = plot_contours(compute_surface("sin(x)*cos(y)", n_points=41)).chart.panels
    assert panel.legend
    assert not [mark for mark in panel.marks if isinstance(mark, Note)]


def test_a_constant_has_neither_levels_nor_points_nor_colour_bar() -> None:
    constant = compute_surface("3", n_points=5)
    assert (len(constant.levels), constant.points) == (0, ())
    (panel,) = plot_contours(constant).chart.panels
    assert next(mark for mark in panel.marks if isinstance(mark, Field)).bar is None
    assert len(plot_contours(constant).figure.axes) == 1


def test_no_level_is_written_where_lines_crowd() -> None:
    """At the pole of 1/x all lines lie together; those of a bowl have room."""

    def labels(text: str) -> int:
        return len(plot_contours(compute_surface(text)).figure.axes[0].texts)

    assert labels("1/x") == 0
    assert labels("x**2 + y**2") > 3
