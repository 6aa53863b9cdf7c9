"""PNG files: there, not blank, in the colours they should have."""

from __future__ import annotations

import sys
from subprocess import run as run_process
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.image import imread

from wattlab.errors import StorageError
from wattlab.views.colours import BLUE, ORANGE, RUNS, look, run_colour
from wattlab.views.figures import draw_chart, save_figures
from wattlab.views.tables import run_labels, score_and_cost

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.records.run import Run

    MakeRun = Callable[..., Run]


def test_every_figure_is_written_and_shows_something(make_run: MakeRun, tmp_path: Path) -> None:
    paths = save_figures([make_run()], tmp_path / "figures")
    names = ["score-and-cost", "time-and-energy", "cost-panels", "weights", "confusion"]
    assert [path.stem for path in paths] == names
    for path in paths:
        pixels = imread(path)
        assert pixels[..., :3].std() > 0.02, f"{path.name} is blank"
        assert min(pixels.shape[:2]) > 400


def test_several_runs_have_a_confusion_each(make_run: MakeRun, tmp_path: Path) -> None:
    paths = save_figures([make_run("a"), make_run("b"), make_run("c", confusion=None)], tmp_path)
    assert [path.stem for path in paths][4:] == ["confusion-1", "confusion-2"]


def test_one_run_trains_in_orange_and_is_tested_in_blue(make_run: MakeRun) -> None:
    run = make_run(target=0.9)
    figure = draw_chart(score_and_cost([run]), run_labels([run]))
    training, test, target = figure.axes[0].lines
    assert (to_hex(training.get_color()), to_hex(test.get_color())) == (ORANGE, BLUE)
    assert target.get_linestyle() == ":"
    np.testing.assert_array_equal(target.get_ydata(), [0.9, 0.9])


def test_without_a_target_there_is_no_dotted_line(make_run: MakeRun) -> None:
    run = make_run()
    figure = draw_chart(score_and_cost([run]), run_labels([run]))
    assert [line.get_linestyle() for line in figure.axes[0].lines] == ["-", "-"]


def test_each_of_several_runs_keeps_its_colour_in_all_panels(make_run: MakeRun) -> None:
    runs = [make_run("a"), make_run("b")]
    figure = draw_chart(score_and_cost(runs), run_labels(runs))
    score, cost = ([to_hex(line.get_color()) for line in axes.lines] for axes in figure.axes)
    assert set(score) == set(cost) == {run_colour(0), run_colour(1)}
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]


@pytest.mark.parametrize("background", ["#ffffff", "#181c23"])
@pytest.mark.parametrize("colour", RUNS)
def test_colours_of_runs_stand_out_on_the_light_and_the_dark_page(colour: str, background: str) -> None:
    bright, dark = sorted((luminance(colour), luminance(background)), reverse=True)
    assert (bright + 0.05) / (dark + 0.05) > 2.8


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_looks_of_a_panel_tell_all_its_curves_apart(make_run: MakeRun) -> None:
    runs = [make_run("a"), make_run("b")]
    panel = score_and_cost(runs).panels[0]
    assert len({look(panel, curve, n_runs=2) for curve in panel.curves}) == len(panel.curves) == 4


def test_an_unwritable_folder_is_a_storage_error(make_run: MakeRun, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageError, match="file"):
        save_figures([make_run()], tmp_path / "file" / "figures")


def test_drawing_needs_no_pyplot() -> None:
    code = (
        "import sys, wattlab.views.figures, matplotlib.figure; sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert run_process([sys.executable, "-c", code], check=False).returncode == 0
