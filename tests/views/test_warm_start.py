"""Table, notes, figure and page of studies of warm starts whose numbers are known by heart."""

from __future__ import annotations

import io
import json
import re
from html import escape
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from wattlab.recipe import Recipe
from wattlab.studies.warm_start.asked import WarmStartAsked
from wattlab.studies.warm_start.study import warm_start
from wattlab.views.warm_start_charts import warm_start_chart
from wattlab.views.warm_start_figures import draw_warm_starts
from wattlab.views.warm_start_page import write_warm_starts
from wattlab.views.warm_start_tables import reading, remarks, troubles, warm_start_columns
from wattlab.views.warm_start_text import print_warm_starts

from ..studies.warm_start.invented import Trainings, install  # noqa: TID252

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.studies.warm_start.answer import WarmStarts

REACHED: dict[str, int | None] = {"training-000": 10, "training-002": 3}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., WarmStarts]:
    """Return a function that makes a study of images of half the resolution first, with three seeds."""

    def make(epochs: dict[str, int | None] | None = None, causes: dict[str, str] | None = None) -> WarmStarts:
        install(monkeypatch, Trainings(epochs or REACHED, causes))
        asked = WarmStartAsked(Recipe.named("digits"), "pool=2:2,full:9", target=0.95, seeds=3)
        return warm_start(asked, studies=tmp_path / "studies")

    return make


def printed(answer: WarmStarts, width: int = 80) -> str:
    file = io.StringIO()
    print_warm_starts(answer, Console(file=file, force_terminal=True, width=width))
    return re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())


def column(answer: WarmStarts, heading: str) -> list[str]:
    return next(
        [cell.text for cell in one.cells] for one in warm_start_columns(answer) if one.heading == heading
    )


def test_the_table_has_both_ways_and_all_stages(made: Callable[..., WarmStarts]) -> None:
    answer = made()
    assert column(answer, "training") == ["cold", "  pool=2", "warm, last stage", "warm, all stages"]
    assert column(answer, "epochs") == ["10", "2", "3", "5"]
    assert column(answer, "reached") == ["3 of 3", "–", "3 of 3", "3 of 3"]
    # With seed 1, the median: 10.5, 2.5 and 3.5 s, each a hundredth longer; the stage ends 0.5 s later.
    assert column(answer, "time (s)") == ["10.6", "3.02", "3.54", "6.56"]
    assert column(answer, "time × cold") == ["–", "–", "0.333", "0.619"]
    assert column(answer, "energy (J)") == ["106", "30.2", "35.4", "65.6"]
    assert column(answer, "best") == ["0.9600", "0.9000", "0.9600", "0.9600"]


def test_misses_are_infinite_and_told(made: Callable[..., WarmStarts]) -> None:
    answer = made({"training-000": None, "training-002": 3})
    assert column(answer, "time (s)")[0] == "∞"
    assert column(answer, "reached")[0] == "0 of 3"
    assert "cold 3 of 3 (best 0.9000 in the median)" in printed(answer, 200)


def test_it_fits_a_terminal(made: Callable[..., WarmStarts]) -> None:
    answer = made(causes={"training-001-seed-2": "diverged"})
    text = printed(answer)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    assert "warm, all stages" in text
    assert [(one.label, one.text) for one in troubles(answer)] == [("pool=2", "it diverged")]
    assert any("Energy is modelled" in one.text for one in remarks(answer))
    assert any("judged on the test part" in one.text for one in remarks(answer))
    assert "with all stages" in reading(answer)[0]


def test_the_figure_sets_stages_one_after_the_other(made: Callable[..., WarmStarts]) -> None:
    chart = warm_start_chart(made())
    time, energy = chart.panels
    own = {curve.place: curve for curve in time.curves if curve.seed == 0}
    assert chart.labels == ("cold", "warm, pool=2", "warm, full")
    assert len({*chart.colours}) == 3
    assert (own[0].x[0], own[0].x[-1], own[0].reached) == (1.5, 10.5, (10.5, 0.96))
    assert (own[1].x, own[1].y) == ((3.0,), (0.9,))
    assert own[2].x[0] == pytest.approx(3.0 + 1.5)
    assert own[2].after == (3.0, 0.9)
    assert own[0].after is None
    assert energy.curves[0].x[0] == pytest.approx(15.0)
    assert "modelled" in energy.x_label


def test_the_point_at_the_target_is_that_of_its_epoch(made: Callable[..., WarmStarts]) -> None:
    answer = made()
    cold = next(one for one in answer.trainings if one.candidate == 0)
    seldom = tuple(score if place % 2 else None for place, score in enumerate(cold.scores))
    seen_late = tuple(None if place == 9 else score for place, score in enumerate(cold.scores))
    for scores, x, n in ((seldom, 10.5, 5), (seen_late, 11.0, 10)):
        one = answer.model_copy(update={"trainings": (cold.model_copy(update={"scores": scores}),)})
        (curve,) = warm_start_chart(one).panels[0].curves
        assert (curve.reached, len(curve.x)) == ((x, 0.96), n)


def test_modelled_energy_calls_nothing_better(made: Callable[..., WarmStarts]) -> None:
    columns = {one.heading: one.cells for one in warm_start_columns(made())}
    assert columns["time × cold"][-1].tone == "better"
    assert {cell.tone for cell in columns["energy × cold"][2:]} == {"unknown"}


def test_files(made: Callable[..., WarmStarts], tmp_path: Path) -> None:
    answer = made(causes={"training-000-seed-1": "crashed"})
    assert len(draw_warm_starts(answer).axes) == 2
    for name in ("a.html", "a.png", "a.json"):
        write_warm_starts(answer, tmp_path / name)
    page = (tmp_path / "a.html").read_text()
    assert escape(answer.verdicts[0]) in page
    assert "cold: it crashed" in page
    panels = [
        json.loads(one)
        for one in re.findall(r'<script type="application/json" id="warm-start-\d">(.*?)</script>', page)
    ]
    assert [panel["layout"]["title"]["text"] for panel in panels] == ["Time", "Energy"]
    assert {trace["meta"]["part"] for trace in panels[0]["data"]} == {
        "cold",
        "warm, pool=2",
        "warm, full",
        "link",
    }
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"


def test_nothing_trained_is_drawn_as_nothing(made: Callable[..., WarmStarts]) -> None:
    causes: Any = {f"training-00{place}-seed-{seed}": "diverged" for place in (0, 1) for seed in range(3)}
    answer = made(causes=causes)
    assert warm_start_chart(answer).panels == ()
    assert draw_warm_starts(answer).axes
    first, second = answer.verdicts
    assert (
        "reached the target with 0 of 3 seeds, the cold start with 0 of 3 seeds, and a miss counts" in first
    )
    assert second == "Missed, and counted as infinite: cold 3 of 3; warm, all stages 3 of 3."
