"""Table, sentences, figure and page of studies of threads whose numbers are known by heart."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from wattlab.studies.threads.asked import ThreadsAsked
from wattlab.studies.threads.study import threads
from wattlab.views.threads_charts import threads_chart
from wattlab.views.threads_figures import draw_threads
from wattlab.views.threads_page import write_threads
from wattlab.views.threads_tables import threads_columns
from wattlab.views.threads_text import print_threads

from ..studies.threads.invented import QUAD_CORE, Steps, install  # noqa: TID252

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.recipe import Recipe
    from wattlab.studies.threads.answer import Threads


@pytest.fixture
def made(tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Threads]:
    """Return a function that makes a study of a quad-core with two hardware threads a core."""

    def make(steps: Steps | None = None, **options: Any) -> Threads:
        install(monkeypatch, steps or Steps())
        recipe = tiny_recipe.with_changes({"training.batch_size": 48})
        return threads(ThreadsAsked(recipe, **options), studies=tmp_path / "studies")

    return make


def printed(answer: Threads, *, terminal: bool = True) -> str:
    file = io.StringIO()
    print_threads(answer, Console(file=file, force_terminal=terminal, width=80))
    return re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())


def texts(answer: Threads) -> dict[str, list[str]]:
    return {column.heading: [cell.text for cell in column.cells] for column in threads_columns(answer)}


def test_each_number_of_threads_has_a_row(made: Callable[..., Threads]) -> None:
    steps = Steps()
    steps.busy, steps.reported = {2: 3.4}, {4: 2}
    steps.fates = {1: "crashed"}
    found = texts(made(steps))
    assert found["threads"] == ["1", "2", "4", "8"]
    assert found["verdict"] == ["crashed", "worse", "better", "baseline"]
    assert found["ratio"] == ["–", "1.13", "0.769", "1"]
    assert found["cores busy"] == ["–", "3.40!", "3.80", "7.60"]
    assert found["threads in use"][1:3] == ["engine 2 · BLAS 2 · OpenMP 8", "engine 2 · BLAS 4 · OpenMP 8!"]
    assert "energy/sample (modelled)" in found
    # Without one thread there is nothing to speed up from.
    assert "speed-up" not in found


def test_speed_up_and_efficiency_are_to_one_thread(made: Callable[..., Threads]) -> None:
    found = texts(made(counts=[1, 4], rounds=2))
    assert found["speed-up"] == ["1", "2.67"]
    assert found["efficiency"] == ["100%", "67%"]


def test_tensorflow_tells_both_kinds_of_threads(made: Callable[..., Threads]) -> None:
    answer = made(Steps({6: 2.0}), engines=["keras:tensorflow"], counts=[6], inter_threads=[1], rounds=1)
    found = texts(answer)
    assert found["threads in use"] == ["engine 6 · BLAS 6 · OpenMP 8 · inter 1"]


def test_the_terminal_says_what_came_out(made: Callable[..., Threads]) -> None:
    steps = Steps()
    steps.busy = {2: 3.4}
    text = printed(made(steps))
    assert all(len(line) <= 80 for line in text.splitlines())
    flat = " ".join(text.split())
    assert "native, quickest: 4 threads." in flat
    assert "Set in the recipe of native: engine.threads = 4 (0.375" in flat
    assert "native: asked for 2 threads, kept 3.40 cores busy: the limit does not hold" in flat
    assert "Energy is modelled from processor time, not measured" in flat
    assert "weights differ by rounding" in flat
    plain = printed(made(rounds=1), terminal=False)
    assert "One round cannot tell how processes differ" in plain
    assert "answer:" not in plain


def test_whole_trainings_have_columns_of_their_own(made: Callable[..., Threads]) -> None:
    found = texts(made(counts=[1, 8], rounds=2, epochs=2, seeds=3))
    assert found["training (s)"] == ["1.80", "1.39"]
    assert found["training verdict"] == ["worse", "–"]
    assert found["accuracy"] == ["0.9100", "0.9101"]
    assert found["change"] == ["-0.0001", "–"]
    missed = texts(made(counts=[1, 8], rounds=2, target=0.95, seeds=2))
    assert missed["to 0.95 (s)"] == ["not reached", "not reached"]


def test_where_nothing_is_better_that_is_said(made: Callable[..., Threads]) -> None:
    text = " ".join(printed(made(Steps({1: 4.0, 2: 8.0}), counts=[1, 2])).split())
    assert "So nothing to change for native: no other number was shown to be better." in text


def test_the_figure_has_an_ideal_line_from_one_thread(made: Callable[..., Threads]) -> None:
    chart = threads_chart(made())
    time, processor = chart.panels
    assert (chart.ticks, chart.cores) == ((1, 2, 4, 8), 8)
    # An epoch of 96 samples in steps of 48.
    assert (time.title, time.y_label) == ("Time per epoch", "ms")
    (line,) = time.lines
    assert [one.value for one in line.points] == pytest.approx(
        [2 * ms for ms in QUAD_CORE.values()], rel=5e-3
    )
    assert dict(line.ideal)[4] == pytest.approx(16.0 / 4, rel=5e-3)
    assert processor.title == "Processor time per epoch"
    assert {value for _, value in processor.lines[0].ideal} == {processor.lines[0].points[0].value}
    energy = threads_chart(made(Steps(sensor="measured"))).panels[1]
    assert (energy.title, energy.y_label, energy.lines[0].ideal) == ("Energy per epoch (measured)", "J", ())


def test_where_nothing_was_timed_the_figure_says_so(made: Callable[..., Threads]) -> None:
    steps = Steps()
    steps.fates = dict.fromkeys(QUAD_CORE, "out of memory")
    answer = made(steps)
    (axes,) = draw_threads(answer).axes
    assert axes.texts[0].get_text() == "nothing was timed"
    assert "out of memory" in printed(answer)


def test_it_is_written_as_the_suffix_says(made: Callable[..., Threads], tmp_path: Path) -> None:
    answer = made(engines=["native", "torch"], counts=[1, 2, 4, 8], rounds=2)
    for name in ("one.html", "one.png", "one.json"):
        write_threads(answer, tmp_path / name)
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((tmp_path / "one.json").read_text())["id"] == answer.id
    page = (tmp_path / "one.html").read_text(encoding="utf-8")
    figures = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page)
    assert [trace["name"] for trace in json.loads(figures[0])["data"]] == [
        "native, shared without loss",
        "native",
        "torch, shared without loss",
        "torch",
    ]
    assert "https://" not in re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
