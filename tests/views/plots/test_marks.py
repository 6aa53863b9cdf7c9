"""Every mark through both renderers, on made-up data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple, get_args

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from tests.views.plots.baselines import compared

from wattlab.errors import ParameterError
from wattlab.views.plots.interactive import panel_json
from wattlab.views.plots.marks import (
    Area,
    Arrow,
    Bars,
    Cells,
    Chart,
    Contours,
    Faces,
    Field,
    Line,
    Mark,
    Note,
    Panel,
    Picture,
    Points,
    Regions,
    Rule,
    Surface,
)
from wattlab.views.plots.plot import make_plot
from wattlab.views.plots.static import draw, n_columns
from wattlab.views.plots.themes import THEMES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

X, Y = np.linspace(-2, 2, 9), np.linspace(-1, 1, 7)
Z = X**2 - 3 * Y[:, None] ** 2
SQUARE = np.array([[[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]], float)

FLAT: tuple[Mark, ...] = (
    Field(X, Y, Z, levels=(-3, -1, 0, 1, 4), bar="z"),
    Regions(X, Y, (Z > 0).astype(int), ("#2a7fbf", "#e17c05")),
    Contours(X, Y, Z, (0, 1), name="level", labelled=True),
    Points(X, X / 2, name="samples", texts=[f"<{x}>" for x in X]),
    Points(X, -X / 2, values=X, bar="x", shape="triangle"),
    Line(X, np.sin(X), dash="dash", name="sine"),
    Area(np.cos(X), np.sin(X), name="inside"),
    Bars(np.arange(3.0), np.array([1.0, 2, 3]), texts=("a", "b", "c"), name="bars"),
    Rule(0.5, "x", text="level"),
    Rule(0.5, "y", text="upright"),
    Note(0, 0, "here"),
    Arrow((0, 0), (1, 0.5), name="way"),
)
ALONE: dict[str, Mark] = {
    "cells": Cells(
        np.array([[1.0, 2], [3, np.nan]]), (("1", "2"), ("3", "")), ("a", "b"), ("c", "d"), bar="count"
    ),
    "grey": Picture(Z, bar=""),
    "coloured": Picture(np.random.default_rng(0).random((4, 4, 3)), at=(0, 2, 0, 2)),
}
SOLID: tuple[Mark, ...] = (
    Surface(X, Y, Z, bar="z"),
    Contours(X, Y, Z, (0,), colour_map="plasma"),
    Field(X, Y, Z, alpha=0.4),
    Points(X, X / 2, X**2, name="samples"),
    Line(X, X / 2, X**2),
    Note(0, 0, "top", z=1.0),
    Arrow((0, 0, 0), (1, 1, 1), name="way"),
    Faces(SQUARE, name="square"),
)


def chart() -> Chart:
    panels = [Panel(FLAT, title="flat", x_label="x", y_label="y")]
    panels += [Panel((mark,), title=title) for title, mark in ALONE.items()]
    panels.append(Panel(SOLID, title="solid", z_label="z"))
    return Chart("All marks", panels, foot=("How to read it.",))


def test_the_charts_here_have_every_mark() -> None:
    assert {type(mark) for mark in (*FLAT, *ALONE.values(), *SOLID)} == set(get_args(Mark))


@compared
def test_picture_of_all_marks() -> Figure:
    return draw(chart())


@compared
def test_picture_of_all_marks_in_the_dark() -> Figure:
    return draw(chart(), "dark")


@pytest.mark.parametrize("panel", chart().panels, ids=lambda panel: panel.title)
def test_plotly_draws_every_mark(panel: Panel) -> None:
    text = panel_json(panel, chart())
    assert "<" not in text, "it stands inside a script element"
    drawn = json.loads(text)
    drawing = len(drawn["data"]) + sum(
        len(drawn["layout"].get(where, {}).get("annotations", ())) for where in ("scene",)
    )
    beside = len(drawn["layout"].get("annotations", ()))
    assert drawing + beside >= len(panel.marks)
    names = {trace.get("name") for trace in drawn["data"] if trace.get("showlegend")}
    assert names == set(filter(None, (getattr(mark, "name", "") for mark in panel.marks)))


def test_contours_are_where_the_number_is() -> None:
    figure = json.loads(panel_json(Panel((Contours(X, Y, Z, (0.5,)),)), chart()))
    for trace in figure["data"]:
        x, y = (np.asarray(_numbers(trace[axis])) for axis in "xy")
        assert x**2 - 3 * y**2 == pytest.approx(0.5, abs=0.08), "on a coarse mesh"


def test_each_level_is_written_once_on_its_line() -> None:
    panel = Panel((Contours(X, Y, Z, (-1, 0.5, 99), labelled=True),))
    *_, texts = json.loads(panel_json(panel, chart()))["data"]
    assert sorted(texts["text"]) == ["-1", "0.5"], "no line is at 99"
    x, y = (np.asarray(texts[axis]) for axis in "xy")
    assert x**2 - 3 * y**2 == pytest.approx([float(text) for text in texts["text"]], abs=0.1), (
        "on a coarse mesh"
    )
    crowded = Panel((Contours(X, Y, Z, (0.5, 0.51, 0.52), labelled=True),))
    assert len(json.loads(panel_json(crowded, chart()))["data"][-1]["text"]) < 3


def test_small_numbers_beside_large_ones_stay_what_they_are() -> None:
    y = np.logspace(5, -12, 18)
    (trace,) = json.loads(panel_json(Panel((Line(np.arange(18.0), y),), y_log=True), chart()))["data"]
    np.testing.assert_allclose(np.asarray(_numbers(trace["y"])), y, rtol=1e-6)
    (trace,) = json.loads(panel_json(Panel((Line(np.arange(18.0), y * 1e-40),), y_log=True), chart()))["data"]
    np.testing.assert_allclose(np.asarray(_numbers(trace["y"])), y * 1e-40, rtol=1e-12)


def _numbers(packed: object) -> object:
    """Read plotly's packed arrays."""
    if isinstance(packed, dict):
        from base64 import b64decode

        return np.frombuffer(b64decode(packed["bdata"]), packed["dtype"])
    return packed


def test_texts_lie_at_the_logarithm_on_a_logarithmic_axis() -> None:
    """Plotly wants annotations so, unlike shapes and traces; the end of the axis is no place on it."""
    marks = (Rule(0.01, "x", text="level"), Rule(100.0, "y", text="upright"), Note(10.0, 0.1, "note"))
    panel = Panel(marks, x_log=True, y_log=True)
    layout = json.loads(panel_json(panel, Chart("", [panel])))["layout"]
    assert [(one["x"], one["y"]) for one in layout["annotations"]] == [(1, -2.0), (2.0, 1), (1.0, -1.0)]
    assert [layout["shapes"][0]["y0"], layout["shapes"][1]["x0"]] == [0.01, 100.0]


def test_a_flat_mark_of_another_kind_is_no_solid_one() -> None:
    with pytest.raises(TypeError, match="Bars is a mark of two dimensions"):
        draw(Chart("", [Panel((Surface(X, Y, Z), Bars(X, X)))]))


@pytest.mark.parametrize(
    ("count", "shape", "columns"), [(1, (5, 4), 1), (4, (5, 5), 2), (9, (4, 4), 3), (2, (6, 4), 2)]
)
def test_panels_lie_about_as_high_as_wide(count: int, shape: tuple[float, float], columns: int) -> None:
    assert n_columns(Chart("", [Panel(())] * count, panel_in=shape)) == columns


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, by the formula of WCAG 2."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


@pytest.mark.parametrize("name", THEMES)
def test_text_can_be_read(name: str) -> None:
    theme = THEMES[name]
    assert contrast(theme.ink, theme.paper) > 7
    assert contrast(theme.soft, theme.paper) > 4.5


def test_a_theme_or_colour_map_that_does_not_exist_is_refused() -> None:
    with pytest.raises(
        ParameterError, match=r"theme is 'drak'; expected one of light, dark; did you mean 'dark'"
    ):
        draw(chart(), "drak")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="no colour map 'virdis'; did you mean 'viridis'"):
        draw(Chart("", [Panel((Field(X, Y, Z, colour_map="virdis"),))]))


class Found(NamedTuple):
    values: np.ndarray


def test_a_plot_is_its_figure_in_a_notebook() -> None:
    plot = make_plot(Chart("Title", [Panel((Note(0, 0, "x"),))]), Found(X))
    assert plot._repr_png_().startswith(b"\x89PNG")
    assert repr(plot) == "Plot('Title': Found)"
    assert [type(figure).__name__ for figure in plot.interactive()] == ["Figure"]
