"""A network by epoch drawn: the same axes and colours in every frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from tests.views.plots.baselines import compared

from wattlab.insight.boundary import Cut
from wattlab.insight.epochs import EpochsAsked, LatentFilm, find_epochs
from wattlab.insight.epochs.course import Course
from wattlab.recipe import Recipe
from wattlab.training import train
from wattlab.views.epochs_text import print_epochs
from wattlab.views.plots.epochs import film_charts, plot_epochs
from wattlab.views.plots.film import save_film
from wattlab.views.plots.marks import Note, Points, Regions, Rule

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

    from wattlab.insight.epochs import Film


@pytest.fixture(scope="module")
def moons(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """Return the boundary after none, some and all epochs."""
    changes = {"training.epochs": 10, "data.options": {"samples": 150}, "engine.precision": "float64"}
    run = train(
        Recipe.named("moons").with_changes(changes),
        runs=tmp_path_factory.mktemp("r"),
        name="m",
        keep_weights=1,
    )
    return find_epochs(run, EpochsAsked(most=4, cut=Cut(mesh=40)))


@pytest.fixture
def codes() -> LatentFilm:
    """Return made-up codes that drift apart."""
    start = np.random.default_rng(0).normal(size=(30, 2))
    groups = np.arange(30) % 3
    frames = np.stack([start + step * np.stack([groups, -groups], axis=1) for step in range(3)])
    course = Course(np.arange(1, 3), np.array([100.0, 1.0]), np.array([0.5, np.nan]), "test R²")
    return LatentFilm("made", np.arange(3), course, ("by hand",), frames, ("a", "b"), groups, ("x", "y", "z"))


def test_all_frames_have_the_same_axes_and_colours(moons: Film) -> None:
    charts = list(film_charts(moons))
    assert len(charts) == 4
    assert (
        len(
            {
                (chart.panels[0].x_span, chart.panels[0].y_span, chart.title, tuple(chart.foot))
                for chart in charts
            }
        )
        == 1
    )
    assert (
        len({(chart.panels[1].x_span, chart.panels[1].y_span, chart.panels[1].y_log) for chart in charts})
        == 1
    )
    regions = [chart.panels[0].marks[0] for chart in charts]
    assert len({one.colours for one in regions if isinstance(one, Regions)}) == 1
    assert charts[0].panels[0].title == "Epoch 0 of 10: initial weights"
    assert charts[-1].panels[0].title.startswith("Epoch 10 of 10: test accuracy ")


def test_a_mark_moves_along_the_loss(moons: Film) -> None:
    for epoch, chart in zip(moons.epochs, film_charts(moons), strict=True):
        rule, _, mark = chart.panels[1].marks
        assert isinstance(rule, Rule)
        assert isinstance(mark, Points)
        assert rule.at == epoch
        np.testing.assert_array_equal(mark.x, [epoch] if epoch else [])
        np.testing.assert_array_equal(mark.y, moons.course.loss[epoch - 1 : epoch] if epoch else [])


def test_codes_of_all_frames_fit_into_the_axes(codes: LatentFilm) -> None:
    charts = list(film_charts(codes))
    (left, right), (bottom, top) = charts[0].panels[0].x_span, charts[0].panels[0].y_span  # type: ignore[misc]
    assert left < codes.codes[..., 0].min() < codes.codes[..., 0].max() < right
    assert bottom < codes.codes[..., 1].min() < codes.codes[..., 1].max() < top
    assert charts[0].panels[1].y_log
    names = [mark.text.strip() for mark in charts[1].panels[0].marks if isinstance(mark, Note)]
    assert names == ["x", "y", "z"]
    shown = charts[2].panels[0].marks[1]
    assert isinstance(shown, Points)
    np.testing.assert_array_equal(shown.x, codes.codes[2][codes.groups == 1, 0])


def test_codes_without_classes_are_one_group(codes: LatentFilm) -> None:
    (points,) = next(film_charts(codes._replace(groups=None, classes=()))).panels[0].marks
    assert isinstance(points, Points)
    assert len(points.x) == 30


def test_a_film_holds_as_many_frames_and_nothing_jumps(codes: LatentFilm, tmp_path: Path) -> None:
    path = save_film(film_charts(codes), tmp_path / "film.gif", fps=5)
    with Image.open(path) as film:
        assert film.n_frames == 3  # type: ignore[attr-defined]
        frames = []
        for place in range(3):
            film.seek(place)
            frames.append(np.asarray(film.convert("L"), float))
    # The head line, and the numbers beside the axis at the left, are the same pixels.
    for frame in frames[1:]:
        np.testing.assert_array_equal(frame[:20], frames[0][:20])
        np.testing.assert_array_equal(frame[40:, :30], frames[0][40:, :30])
    assert not np.array_equal(frames[0], frames[2])


def test_stills_begin_and_end_with_the_training(moons: Film) -> None:
    titles = [panel.title for panel in plot_epochs(moons).chart.panels]
    assert titles == [
        "Epoch 0",
        *(f"Epoch {epoch}" for epoch in moons.epochs[1:]),
        "Loss (mean of the epoch's batches)",
    ]


def test_a_table_of_epochs(moons: Film, codes: LatentFilm, capsys: pytest.CaptureFixture[str]) -> None:
    print_epochs(moons)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "run 'm' by epoch"
    assert lines[3].split() == ["epoch", "loss", "test", "accuracy", "accuracy", "on", "this", "part"]
    assert lines[4].split()[:3] == ["0", "–", "–"]
    assert lines[7].split()[0] == "10"
    print_epochs(codes)
    assert "spread of the codes" in capsys.readouterr().out


@compared
def test_picture_of_epochs(moons: Film) -> Figure:
    return plot_epochs(moons).figure


@compared
def test_picture_of_a_frame_of_codes(codes: LatentFilm) -> Figure:
    from wattlab.views.plots.static import draw

    return draw(list(film_charts(codes))[1], "dark")
