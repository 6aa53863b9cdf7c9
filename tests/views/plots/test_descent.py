"""Paths of optimizers as plots and films: what is drawn, without pixels, and one picture each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from tests.views.plots.baselines import compared

from wattlab.errors import StorageError
from wattlab.insight.theory import (
    Descents,
    Formula,
    around_bound,
    compare_descents,
    make_optimizer,
    talk,
)
from wattlab.views.plots.descent import descent_frames, plot_descent
from wattlab.views.plots.descent_file import check_descent_path, write_descent
from wattlab.views.plots.divergence import plot_divergence
from wattlab.views.plots.marks import Contours, Line, Points

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure


def _bowl(steps: int = 20) -> Descents:
    made = [make_optimizer(kind, 0.1) for kind in ("gd", "momentum", "adam")]
    return compare_descents(Formula.of("x**2 + 4*y**2"), [2.0, 1.5], made, steps, n_points=31)


def test_each_path_is_drawn_on_the_surface() -> None:
    found = _bowl()
    plot = plot_descent(found)
    surface, losses, divergence = plot.chart.panels
    assert plot.data is found
    lines = [mark for mark in surface.marks if isinstance(mark, Line)]
    for line, path in zip(lines, found.paths, strict=True):
        np.testing.assert_array_equal(line.x, path.points[:, 0])
        np.testing.assert_array_equal(line.y, path.points[:, 1])
    ends = {mark.name: mark for mark in surface.marks if isinstance(mark, Points) and mark.name}
    assert list(ends) == ["gd", "momentum", "adam", "start", "minimum"]
    assert (ends["start"].x[0], ends["start"].y[0]) == (2.0, 1.5)
    assert (ends["minimum"].x[0], ends["minimum"].y[0]) == pytest.approx((0.0, 0.0))
    levels = next(mark for mark in surface.marks if isinstance(mark, Contours))
    np.testing.assert_array_equal(levels.z, found.surface.losses)
    assert [line.name for line in losses.marks if isinstance(line, Line)] == ["gd", "momentum", "adam"]
    assert divergence.title == "gd: 2/λmax = 0.250"


def test_a_path_that_diverges_says_so_and_is_cut_off() -> None:
    loss, start = talk(seed=0)
    made = [make_optimizer("gd", rate) for rate in (0.01, 0.0007)]
    found = compare_descents(loss, start, made, 100, shown=("a3", "b"), n_points=11)
    surface, losses, _ = plot_descent(found).chart.panels
    names = [mark.name for mark in surface.marks if isinstance(mark, Points)]
    assert "gd 0.01 (diverges)" in names
    assert "gd 0.0007" in names
    away, _ = (mark for mark in surface.marks if isinstance(mark, Line))
    assert np.isnan(away.x[-1])
    assert np.nanmax(np.abs(away.x)) < 1e3
    assert losses.y_log
    assert losses.y_span is not None
    assert losses.y_span[1] < 1e5 * found.paths[0].losses[0]
    assert plot_descent(found).chart.foot[0] == "The surface is that for a1 = 4.000, a2 = -5.000."


def test_a_loss_of_one_parameter_is_a_curve() -> None:
    found = compare_descents(Formula.of("cos(x)"), [1.0], [make_optimizer("gd", 0.5)], 10, n_points=31)
    surface, losses, _ = plot_descent(found).chart.panels
    curve, path, *_ = surface.marks
    assert isinstance(curve, Line)
    assert isinstance(path, Line)
    np.testing.assert_allclose(curve.y, np.cos(curve.x))
    np.testing.assert_allclose(path.y, np.cos(path.x))
    assert not losses.y_log


def test_frames_grow_to_the_whole_and_hold_still() -> None:
    found = _bowl(steps=6)
    frames = list(descent_frames(found, most=4))
    assert [frame.title.rpartition("step ")[2] for frame in frames] == ["0", "2", "4", "6"]
    assert len({(panel.x_span, panel.y_span) for frame in frames for panel in frame.panels[:1]}) == 1
    assert len({(panel.x_span, panel.y_span) for frame in frames for panel in frame.panels[1:]}) == 1
    lengths = [
        len(line.x) for frame in frames for line in frame.panels[1].marks[:1] if isinstance(line, Line)
    ]
    assert lengths == [1, 3, 5, 7]


def test_a_film_has_a_frame_for_each_step(tmp_path: Path) -> None:
    path = write_descent(_bowl(steps=1), tmp_path / "paths.gif")
    with Image.open(path) as film:
        assert film.n_frames == 2  # type: ignore[attr-defined]


def test_all_numbers_as_a_file(tmp_path: Path) -> None:
    told = json.loads(write_descent(_bowl(), tmp_path / "paths.json").read_text())
    assert told["paths"][0]["optimizer"] == "gd"
    assert told["bounds"][0]["rate"] == 0.25
    with pytest.raises(StorageError, match=r"\.jpg"):
        check_descent_path(tmp_path / "paths.jpg")


@compared
def test_picture_of_descent() -> Figure:
    return plot_descent(_bowl()).figure


@compared
def test_picture_of_divergence() -> Figure:
    found = around_bound(Formula.of("x**2 + 4*y**2"), [2.0, 1.5], make_optimizer("momentum", 0.1), 40)
    return plot_divergence(found).figure
