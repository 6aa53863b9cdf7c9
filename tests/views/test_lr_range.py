"""Tables, figure, page and progress of a range test whose processes are made up."""

from __future__ import annotations

import io
import json
import re
from functools import partial
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from wattlab.cluster.ramp_report import RampFailure
from wattlab.errors import StorageError
from wattlab.studies.lr_range import study, trials
from wattlab.studies.lr_range.asked import LrRangeAsked
from wattlab.views.lr_range_charts import lr_range_chart
from wattlab.views.lr_range_figures import draw_lr_range
from wattlab.views.lr_range_page import write_lr_range
from wattlab.views.lr_range_progress import LiveLrRangeProgress, PlainLrRangeProgress
from wattlab.views.lr_range_tables import pick_columns, tried_columns
from wattlab.views.lr_range_text import print_lr_range

from ..studies.lr_range.invented import Machine  # noqa: TID252

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.studies.columns import Column
    from wattlab.studies.lr_range.answer import LrRange
    from wattlab.studies.lr_range.observer import LrRangeObserver


def find(monkeypatch: pytest.MonkeyPatch, made: Machine, observer: LrRangeObserver | None = None) -> LrRange:
    monkeypatch.setattr(study, "Trials", partial(trials.Trials, ramp=made.ramp, short=made.short))
    return study.lr_range(LrRangeAsked("digits"), observer=observer)


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> LrRange:
    """Return a range test in which the suggestion holds, and rates from 0.02 on diverge."""
    return find(monkeypatch, Machine(decade=-1.6, best=0.01, diverges_from=0.06))


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch) -> LrRange:
    """Return a range test in which no process gave a curve."""
    return find(monkeypatch, Machine(failure=RampFailure(refused=False, reason="it crashed")))


def texts(columns: tuple[Column, ...]) -> dict[str, list[str]]:
    return {column.heading: [cell.text for cell in column.cells] for column in columns}


def test_the_tables_have_every_seed_and_every_rate(answer: LrRange) -> None:
    picks = texts(pick_columns(answer))
    assert picks["learning rate"] == ["status", "valley", "slide", "minimum", "steep", "good from", "good to"]
    assert answer.interval is not None
    assert picks["median"][-1] == picks["seed 1"][-1] == f"{answer.interval.high:.2g}"
    assert picks["seed 0"][0] == "found"
    assert answer.verified is not None
    tried = texts(tried_columns(answer.verified))
    assert tried["learning rate"] == [f"{one.rate:.2g}" for one in answer.verified.tried]
    assert tried["verdict"][-1] == "diverged (3 of 3)"
    assert tried["accuracy"][-1] == tried["change"][-1] == "–"
    assert re.fullmatch(r"9\d\.\d\d%", tried["accuracy"][0])
    assert re.fullmatch(r"[+-]\d+\.\d\d points", tried["change"][0])


def test_the_terminal_s_80_columns_hold_it(answer: LrRange, nothing: LrRange) -> None:
    file = io.StringIO()
    print_lr_range(answer, Console(file=file, width=80, force_terminal=True, color_system=None))
    assert max(map(len, file.getvalue().splitlines())) <= 80
    said = " ".join(file.getvalue().split())
    for words in ("Suggested for a constant rate: 0.0", "peak of one-cycle", "not on the test part"):
        assert words in said
    plain = io.StringIO()
    print_lr_range(answer, Console(file=plain, width=80))
    assert "\x1b" not in plain.getvalue()
    assert "\n\nShort trainings at constant rates" in plain.getvalue()
    plain = io.StringIO()
    print_lr_range(nothing, Console(file=plain, width=80))
    assert "no answer: No curve: it crashed." in plain.getvalue()
    assert "failed: seed 0: it crashed" in plain.getvalue()


def test_the_chart_puts_picks_on_their_curves(answer: LrRange, nothing: LrRange) -> None:
    chart = lr_range_chart(answer)
    assert [line.name for line in chart.lines] == ["seed 0", "seed 1", "seed 2"]
    assert [mark.picker for mark in chart.lines[0].marks] == ["valley", "slide", "minimum", "steep"]
    for line in chart.lines:
        for mark in line.marks:
            near = min(range(len(line.rates)), key=lambda place: abs(line.rates[place] - mark.rate))
            assert mark.loss == pytest.approx(line.smoothed[near], abs=0.1)
    assert answer.suggestion is not None
    assert [place.rate for place in chart.places] == [
        answer.suggestion.constant,
        answer.suggestion.one_cycle_peak,
    ]
    assert {spot.text for spot in chart.spots if spot.score is None} == {"diverged"}
    # What grows without bound does not press the rest to the ground.
    assert chart.loss_span[1] < 2 * max(line.smoothed[0] for line in chart.lines)
    assert lr_range_chart(nothing).lines == ()


def test_the_figure_shades_the_interval_on_a_logarithmic_axis(answer: LrRange) -> None:
    losses, scores = draw_lr_range(answer).axes
    assert losses.get_xscale() == scores.get_xscale() == "log"
    labels = losses.get_legend_handles_labels()[1]
    assert labels == ["seed 0", "seed 1", "seed 2", "valley", "slide", "minimum", "steep"]
    assert answer.interval is not None
    (band,) = (patch for patch in losses.patches if patch.get_alpha() == 0.12)
    ends = band.get_extents().transformed(losses.transData.inverted())
    assert (ends.x0, ends.x1) == pytest.approx((answer.interval.low, answer.interval.high))


def test_page_figure_and_numbers(answer: LrRange, nothing: LrRange, tmp_path: Path) -> None:
    for one, panels in ((answer, 2), (nothing, 0)):
        write_lr_range(one, tmp_path / "a.png")
        assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
        write_lr_range(one, tmp_path / "a.json")
        assert json.loads((tmp_path / "a.json").read_text())["status"] == one.status
        write_lr_range(one, tmp_path / "a.html")
        page = (tmp_path / "a.html").read_text(encoding="utf-8")
        assert not re.search(r'<(?:script|link|img)[^>]+(?:src|href)="?http', page)
        figures = re.findall(r'<script type="application/json" id="lr-range-\d">(.*?)</script>', page)
        assert [json.loads(text)["layout"]["xaxis"]["type"] for text in figures] == ["log"] * panels
    with pytest.raises(StorageError, match="suffix"):
        write_lr_range(answer, tmp_path / "a.pdf")


def test_progress_in_plain_lines_and_live(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, live = io.StringIO(), io.StringIO()
    find(monkeypatch, Machine(diverges_from=0.02), PlainLrRangeProgress(plain))
    lines = plain.getvalue().splitlines()
    assert lines[0].endswith("digits, nesterov, by native on cpu, float32: 1e-05 to 10 in 120 steps, 3 seeds")
    assert re.fullmatch(r"seed 0  found: good from 0\.00\d+ to 0\.0\d+  \(120 steps\)", lines[1])
    assert lines[4].startswith("seed 0  short trainings, accuracy: 0.00")
    assert lines[4].endswith("→ diverged")
    find(monkeypatch, Machine(), LiveLrRangeProgress(Console(file=live, width=80, force_terminal=True)))
    assert "seed 1: the learning rate is raised step by step" in live.getvalue()
    assert "short trainings of 120 steps" in live.getvalue()


def test_shapes_of_seeds_are_not_those_of_pickers(answer: LrRange) -> None:
    losses, scores = draw_lr_range(answer).axes
    pickers, seeds = (
        {str(line.get_marker()) for line in axes.lines} - {"None", ".", "x"} for axes in (losses, scores)
    )
    assert len(pickers) == 4
    assert seeds
    assert not pickers & seeds
