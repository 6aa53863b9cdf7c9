"""Figures of shears: what is drawn, and pictures of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.views.plots.baselines import compared

from wattlab.insight.geometry import (
    follow_shears,
    follow_steps,
    shear,
    shear_3d,
    shear_circle,
    shear_cube,
    shear_square,
)
from wattlab.views.plots.marks import Area, Faces, Line, Note, Points, Rule
from wattlab.views.plots.shear import plot_shear
from wattlab.views.plots.shear_cube import cube_chart
from wattlab.views.plots.shear_ellipse import ellipse_chart
from wattlab.views.plots.shear_square import square_chart
from wattlab.views.plots.shear_steps import steps_chart

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from wattlab.views.plots.marks import Chart


def marks_of(chart: Chart, panel: int, kind: type[Any]) -> list[Any]:
    return [mark for mark in chart.panels[panel].marks if isinstance(mark, kind)]


def test_a_circle_has_its_lines_and_the_ellipse_two_kinds_of_points_told_apart_by_shape() -> None:
    found = ellipse_chart(shear_circle(2.0, 2.0))
    assert [mark.at for mark in marks_of(found, 0, Rule)] == pytest.approx([2.0, -2.0])
    extremal, ends = marks_of(found, 1, Points)
    assert (extremal.x, extremal.y) == (pytest.approx([4.0, -4.0]), pytest.approx([2.0, -2.0]))
    assert np.abs(ends.x) == pytest.approx([4.46088, 4.46088, 0.31703, 0.31703], abs=1e-5)
    assert extremal.shape != ends.shape
    assert extremal.colour != ends.colour
    assert [note.text for note in marks_of(found, 2, Note)] == ["x′", "y′", "22.5°"]


def test_along_y_the_lines_are_upright() -> None:
    assert {mark.along for mark in marks_of(ellipse_chart(shear_circle(2.0, 2.0, "y")), 1, Rule)} == {"y"}
    still = ellipse_chart(shear_circle(0.0)), square_chart(shear_square(0.0)), cube_chart(shear_cube())
    assert {chart.panels[2].title for chart in still} == {"Nothing moves"}


def test_a_sheared_square_keeps_the_heights_of_its_layers() -> None:
    found = square_chart(shear_square(2.0))
    before, after = (
        [mark for mark in marks_of(found, panel, Line) if mark.dash == "dot"] for panel in (0, 1)
    )
    assert [mark.y.tolist() for mark in before] == [mark.y.tolist() for mark in after]
    assert marks_of(found, 1, Area)[0].x.tolist() == [-3.0, -1.0, 3.0, 1.0]
    assert "2.414214 and −0.4142136" in found.foot[1]


def test_a_cube_has_six_faces_of_which_each_corner_is_in_three() -> None:
    (before,) = marks_of(cube_chart(shear_cube()), 0, Faces)
    assert before.corners.shape == (6, 4, 3)
    corners, counts = np.unique(before.corners.reshape(-1, 3), axis=0, return_counts=True)
    assert (len(corners), set(counts)) == (8, {3})
    assert np.ptp(before.corners, axis=1).tolist().count([2.0, 2.0, 0.0]) == 2, "faces are flat and square"


def test_steps_have_a_panel_each_for_circle_and_square() -> None:
    chart = steps_chart(follow_steps(shear(2.0)))
    assert [panel.title for panel in chart.panels[:4]] == [
        "start",
        "rotate by −67.5°",
        "scale by 2.414, 0.4142",
        "rotate by 22.5°",
    ]
    assert len(chart.panels) == 8
    assert len(steps_chart(follow_steps(shear_3d(1.0), "polar")).panels) == 3


@compared
def test_picture_of_sheared_circle() -> Figure:
    return plot_shear(shear_circle(2.0, 2.0)).figure


@compared
def test_picture_of_sheared_square_in_the_dark() -> Figure:
    return plot_shear(shear_square(2.0), theme="dark").figure


@compared
def test_picture_of_sheared_cube() -> Figure:
    return plot_shear(shear_cube(1.5, 0.5, 0.3)).figure


@compared
def test_picture_of_shear_steps() -> Figure:
    return plot_shear(follow_steps(shear(2.0))).figure


@compared
def test_picture_of_shear_product() -> Figure:
    return plot_shear(follow_shears([(2.0, "x"), (-0.5, "y")])).figure
