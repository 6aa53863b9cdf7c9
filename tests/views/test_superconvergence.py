"""A study of super-convergence in the terminal, as a figure and as a page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from wattlab.studies.superconvergence.asked import SuperconvergenceAsked
from wattlab.studies.superconvergence.study import superconvergence
from wattlab.views.superconvergence_charts import (
    superconvergence_chart,
    superconvergence_ends,
    superconvergence_labels,
)
from wattlab.views.superconvergence_figures import draw_superconvergence
from wattlab.views.superconvergence_page import write_superconvergence
from wattlab.views.superconvergence_text import print_superconvergence

from ..studies.superconvergence.invented import TARGET, Trainings, install  # noqa: TID252

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe
    from wattlab.studies.superconvergence.answer import Superconvergence


@pytest.fixture
def answer(tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Superconvergence:
    install(monkeypatch, Trainings())
    asked = SuperconvergenceAsked(tiny_recipe, TARGET, 24, [0.03, 0.1, 0.3], [0.3, 1.0])
    return superconvergence(asked, studies=tmp_path)


def test_the_text_has_a_row_for_each_and_the_answer(
    answer: Superconvergence, capsys: pytest.CaptureFixture[str]
) -> None:
    print_superconvergence(answer)
    lines = capsys.readouterr().out.splitlines()
    row = next(line for line in lines if line.startswith("one-cycle 0.3, 4 epochs  "))
    assert row.split()[4:8] == ["chosen", "3/3", "4", "4–4"]
    missed = next(line for line in lines if line.startswith("one-cycle 0.3, 3 epochs"))
    assert missed.split()[4:8] == ["–", "0/3", "∞", "∞"]
    assert any(line.startswith("answer: Super-convergence: ") for line in lines)
    assert any(line.startswith("diverged: one-cycle 1, 1 epoch: the loss is no number") for line in lines)


def test_the_figure_has_a_curve_for_every_seed_of_both(answer: Superconvergence) -> None:
    chart = superconvergence_chart(answer)
    assert superconvergence_labels(answer) == tuple(answer.rows[place].label for place in answer.shown)
    assert [panel.title for panel in chart.panels] == ["By epoch", "By energy", "By time", "Learning rate"]
    by_epoch, by_energy, by_time, rates = chart.panels
    assert [curve.run for curve in by_epoch.curves] == [0, 0, 0, 1, 1, 1]
    np.testing.assert_allclose(by_energy.curves[3].x, [30, 50, 70, 90])
    np.testing.assert_allclose(by_time.curves[3].x, [3, 5, 7, 9])
    assert by_epoch.curves[3].y[-1] == pytest.approx(TARGET)
    assert by_epoch.targets == (TARGET,)
    steady, cycle = rates.curves
    assert set(steady.y.tolist()) == {0.1}
    assert cycle.y.max() == pytest.approx(0.3, rel=1e-3)
    assert cycle.x[[0, -1]].tolist() == [0.25, 100.0]
    assert steady.x[-1] == 100.0
    ends = superconvergence_ends(answer, by_epoch)
    assert [(end.run, end.reached) for end in ends] == [(0, True)] * 3 + [(1, True)] * 3
    assert [(end.x, end.y) for end in ends] == [(curve.x[-1], curve.y[-1]) for curve in by_epoch.curves]
    assert superconvergence_ends(answer, rates) == ()
    figure = draw_superconvergence(answer)
    assert len(figure.axes) == 4
    assert sum(line.get_marker() == "o" for line in figure.axes[0].lines) == 6
    missed = superconvergence_ends(answer.model_copy(update={"target": 2.0}), by_epoch)
    assert not any(end.reached for end in missed)


def test_a_page_and_numbers(answer: Superconvergence, tmp_path: Path) -> None:
    write_superconvergence(answer, tmp_path / "s.html")
    page = (tmp_path / "s.html").read_text()
    assert page.count('class="plot"') == 4
    assert "Super-convergence: " in page
    assert "one-cycle 0.3, 4 epochs" in page
    write_superconvergence(answer, tmp_path / "s.json")
    assert json.loads((tmp_path / "s.json").read_text())["verdict"] == "super-convergence"


def test_a_study_that_chose_nothing_says_so_in_its_figure(answer: Superconvergence, tmp_path: Path) -> None:
    nothing = answer.model_copy(update={"rows": (), "trainings": (), "comparison": None})
    assert "nothing was trained" in draw_superconvergence(nothing).texts[0].get_text()
    write_superconvergence(nothing, tmp_path / "s.png")
    assert (tmp_path / "s.png").stat().st_size > 1000


def test_the_page_has_its_title_once_as_a_heading(answer: Superconvergence, tmp_path: Path) -> None:
    write_superconvergence(answer, tmp_path / "s.html")
    page = (tmp_path / "s.html").read_text()
    assert page.count(f">{answer.title}</h") == 1
    assert "<h2>In pictures</h2>" in page
