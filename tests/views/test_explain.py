"""An explanation in text, in a figure, on a page."""

from __future__ import annotations

import io
import json
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from wattlab.errors import StorageError
from wattlab.studies.explain.answer import Tried
from wattlab.views import explain_tables
from wattlab.views.explain_chart import roofline_chart
from wattlab.views.explain_figures import draw_roofline
from wattlab.views.explain_interactive import roofline_json
from wattlab.views.explain_page import write_explanation
from wattlab.views.explain_text import print_explanation

from ..studies.explain.conftest import explain  # noqa: F401, TID252
from ..studies.explain.invented import exactly  # noqa: TID252

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.studies.explain.answer import Explanation


@pytest.fixture
def answer(explain: Callable[..., Explanation]) -> Explanation:  # noqa: F811
    return explain()


@pytest.fixture
def tried(answer: Explanation) -> Explanation:
    top = answer.top
    assert top is not None
    assert top.gain is not None
    outcome = Tried(
        cause=top.name,
        change=top.change,
        predicted=top.gain,
        outcome=exactly(1.25, ""),
        rounds=3,
        before_s=exactly(0.01),
        after_s=exactly(0.008),
    )
    return answer.model_copy(update={"tried": outcome})


def test_plain_text_has_bound_causes_and_command(
    answer: Explanation, capsys: pytest.CaptureFixture[str]
) -> None:
    print_explanation(answer)
    said = capsys.readouterr().out
    assert answer.sentence in said
    line = next(one for one in said.splitlines() if one.startswith("arithmetic"))
    assert line.split(maxsplit=4)[1:] == ["2.00", "20", "%", "400 MFLOP ÷ 200 GFLOP/s (best float32 product)"]
    assert "yes: another number of threads would be quicker, 1.67 × [" in said
    assert "answer: wattlab train mnist-fast --set engine.threads=1\n" in said
    assert "\x1b" not in said


def test_in_a_terminal_every_line_fits(answer: Explanation) -> None:
    screen = io.StringIO()
    print_explanation(answer, Console(file=screen, force_terminal=True, color_system=None, width=80))
    lines = screen.getvalue().splitlines()
    assert max(map(len, lines)) <= 100
    assert any("--set engine.threads=1" in line for line in lines)


def test_a_trial_says_how_far_the_prediction_was_off(tried: Explanation) -> None:
    said = explain_tables.outcome_sentence(tried)
    assert "came out 1.25 ×" in said
    assert "10.0 ms a step before, 8.00 ms after" in said
    assert said.endswith("the prediction was 34 % too high")
    assert tried.tried is not None
    once = exactly(1.47, "").model_copy(update={"n": 1})
    alone = tried.tried.model_copy(update={"outcome": once})
    assert "came out 1.47 × in 1 round (" in explain_tables.outcome_sentence(
        tried.model_copy(update={"tried": alone})
    )
    assert explain_tables.outcome_sentence(tried.model_copy(update={"tried": None})) == ""


def test_a_cause_that_is_not_suggested_says_what_to_do(answer: Explanation) -> None:
    line = {"verdict": "yes", "advice": "--set evaluation.test_every=5"}
    causes = tuple(one.model_copy(update=line) if one.name == "evaluation" else one for one in answer.causes)
    told = answer.model_copy(update={"causes": causes})
    cells = {column.heading: column.cells for column in explain_tables.cause_columns(told)}
    assert any(one.text.endswith("; --set evaluation.test_every=5") for one in cells["evidence"])
    assert any(one.text.startswith("1.67 × [") for one in cells["gain"])


def test_the_roof_is_drawn_within_its_axes(answer: Explanation) -> None:
    assert answer.roofline is not None
    chart = roofline_chart(answer.roofline)
    for stroke in chart.strokes:
        assert chart.x[0] <= stroke.x[0] < stroke.x[1] <= chart.x[1]
        assert stroke.slanted == (stroke.y[0] < stroke.y[1])
    for point in chart.points:
        assert chart.x[0] <= point.intensity <= chart.x[1]
        assert chart.y[0] <= point.rate <= chart.y[1]
    assert {"the step", "layers.0 dense"} <= set(chart.named)
    traces = json.loads(roofline_json(chart))["data"]
    assert len(traces) == len(chart.strokes) + len(chart.points)
    axes = draw_roofline(answer).axes[0]
    assert len(axes.lines) == len(traces)
    assert axes.get_xscale() == axes.get_yscale() == "log"


def test_names_lie_on_no_point_and_on_no_other_name(answer: Explanation) -> None:
    assert answer.roofline is not None
    step = answer.roofline.points[0]
    crowd = [("layers.8 conv2d-transpose", 1.15), ("layers.7 conv2d", 1.0), ("layers.4 conv2d", 0.9)]
    layers = [
        step.model_copy(
            update={
                "label": name,
                "kind": "affine",
                "intensity": off * step.intensity,
                "rate": off * step.rate,
            }
        )
        for name, off in crowd
    ]
    roof = answer.roofline.model_copy(update={"points": (step, *layers)})
    figure = draw_roofline(answer.model_copy(update={"roofline": roof}))
    figure.draw_without_rendering()
    axes = figure.axes[0]
    boxes = [one.get_window_extent() for one in axes.texts]
    assert len(boxes) == 4 + len(roof.arithmetic) + len(roof.memory)
    for point in roof.points:
        at = axes.transData.transform((point.intensity, point.rate / 1e9))
        assert not any(box.contains(*at) for box in boxes)
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    names = json.loads(roofline_json(roofline_chart(roof)))["layout"]["annotations"]
    assert {one["text"] for one in names} == {one.get_text() for one in axes.texts}


def test_without_ceilings_the_figure_says_so(answer: Explanation) -> None:
    bare = answer.model_copy(update={"roofline": None, "parts": None, "ceilings": None, "bounds": ()})
    assert draw_roofline(bare).axes[0].texts[0].get_text() == "no ceiling is known"
    assert explain_tables.layer_columns(bare) == ()


def test_the_suffix_says_what_is_written(tried: Explanation, tmp_path: Path) -> None:
    write_explanation(tried, tmp_path / "e.html")
    page = (tmp_path / "e.html").read_text(encoding="utf-8")
    assert 'data-figure="roofline"' in page
    assert "the prediction was 34 % too high" in page
    write_explanation(tried, tmp_path / "e.png")
    assert (tmp_path / "e.png").read_bytes().startswith(b"\x89PNG")
    write_explanation(tried, tmp_path / "e.json")
    assert json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))["suggestion"] == "threads"
    with pytest.raises(StorageError, match=r"\.html"):
        write_explanation(tried, tmp_path / "e.pdf")
