"""Tables, notes, figure and page of sweeps whose numbers are known by heart."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from wattlab.meter import measured
from wattlab.studies.sweep.statistics import Mean, mean_of
from wattlab.studies.sweep.study import sweep
from wattlab.views.sweep_charts import sweep_chart
from wattlab.views.sweep_figures import draw_sweep
from wattlab.views.sweep_page import write_sweep
from wattlab.views.sweep_tables import grid_columns, sweep_columns
from wattlab.views.sweep_text import print_sweep

from ..studies.sweep.invented import Steps, asked_for, install  # noqa: TID252

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.recipe import Recipe
    from wattlab.studies.sweep.answer import Sweep

PRECISIONS = ["float32", "tf32", "float64"]


@pytest.fixture
def made(tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Sweep]:
    """Return a function that makes a sweep of three number formats at three batch sizes, one of them too large."""

    def make(vary: dict[str, list[Any]] | None = None, **options: Any) -> Sweep:
        install(monkeypatch, Steps({"batch_size = 96": "out of memory"}))
        default: dict[str, list[Any]] = {"precision": PRECISIONS, "batch_size": [16, 96, 32]}
        asked = asked_for(tiny_recipe, default if vary is None else vary, **options)
        return sweep(asked, studies=tmp_path / "studies")

    return make


def printed(answer: Sweep, width: int = 80) -> str:
    file = io.StringIO()
    print_sweep(answer, Console(file=file, force_terminal=True, width=width))
    return re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())


def test_the_sources_table_has_a_row_for_each_batch_size(made: Callable[..., Sweep]) -> None:
    size, *formats = grid_columns(made())
    assert [cell.text for cell in size.cells] == ["16", "96", "32"]
    assert [column.heading for column in formats] == ["float32 (ms)", "tf32 (ms)", "float64 (ms)"]
    assert [(cell.text, cell.aside) for cell in formats[0].cells] == [
        ("1.60", "1"),
        ("OOM", ""),
        ("3.21", "1"),
    ]
    assert [cell.text for cell in formats[1].cells] == ["refused"] * 3
    assert "tf32" in formats[1].cells[0].detail
    assert formats[2].cells[2].aside == "2.00 >"
    assert (formats[2].cells[2].tone, formats[2].cells[1].tone) == ("worse", "refused")


def test_every_cell_has_a_row_with_what_is_known(made: Callable[..., Sweep]) -> None:
    columns = {column.heading: column for column in sweep_columns(made())}
    texts = [cell.text for cell in columns["precision, batch_size"].cells]
    assert texts[:3] == ["float32 · 16", "float32 · 96", "float32 · 32"]
    assert [cell.text for cell in columns["verdict"].cells[:4]] == [
        "baseline",
        "out of memory",
        "baseline",
        "refused",
    ]
    assert columns["ms/step"].cells[0].aside == "1.60-1.61"
    assert columns["energy/sample (modelled)"].cells[0].text == "1.00 mJ"
    assert columns["memory"].cells[0].text == "1.00 GiB"
    assert columns["CPU use"].cells[0].text == "50%"
    # A processor has no memory of a card, which is not the same as missing.
    assert "GPU memory" not in columns
    assert "accuracy" not in columns


def test_accuracy_stands_beside_speed_with_its_interval(made: Callable[..., Sweep]) -> None:
    answer = made({"precision": ["float32", "float64"]})
    scores = [
        Mean(mean=0.9, low=0.88, high=0.92, n=3, level=0.9),
        Mean(mean=0.91, low=0.91, high=0.91, n=1, level=0),
    ]
    rows = [row.model_copy(update={"score": one}) for row, one in zip(answer.rows, scores, strict=True)]
    rows[1] = rows[1].model_copy(update={"score_change": scores[0].model_copy(update={"mean": -0.01})})
    told = answer.model_copy(update={"rows": tuple(rows), "score_name": "accuracy"})
    columns = {column.heading: column for column in sweep_columns(told)}
    assert [(cell.text, cell.aside) for cell in columns["accuracy"].cells] == [
        ("0.9000", "±0.0200"),
        ("0.9100", ""),
    ]
    assert columns["change"].cells[1].text == "-0.0100"
    assert sweep_chart(told).panels[-1].title == "Test accuracy"
    assert sweep_chart(told).panels[-1].y_label == "accuracy; bars:\n90% interval of the mean over 3 seeds"


def test_an_accuracy_ends_at_1_and_two_seeds_have_their_range_only(made: Callable[..., Sweep]) -> None:
    answer = made({"precision": ["float32", "float64"]})
    wide = Mean(mean=0.95, low=0.7, high=1.2, n=3, level=0.9)
    two = mean_of([0.9, 0.94])
    assert two is not None
    assert (two.low, two.high, two.level) == (0.9, 0.94, 0.0)
    rows = [row.model_copy(update={"score": one}) for row, one in zip(answer.rows, (wide, two), strict=True)]
    told = answer.model_copy(update={"rows": tuple(rows), "score_name": "accuracy"})
    panel = sweep_chart(told).panels[-1]
    assert [(one.low, one.high) for one in panel.series[0].points] == [(0.7, 1.0), (0.9, 0.94)]
    cells = {column.heading: column for column in sweep_columns(told)}["accuracy"].cells
    assert "half the range of 2 seeds: too few for an interval" in cells[1].detail


def test_what_the_data_is_stands_in_the_head(made: Callable[..., Sweep]) -> None:
    answer = made(rounds=1)
    assert answer.data_kind == "real"
    assert "real data" in printed(answer, width=120)


def test_the_terminal_shows_both_tables_and_what_must_be_known(made: Callable[..., Sweep]) -> None:
    text = printed(made())
    assert all(len(line) <= 80 for line in text.splitlines())
    assert text.index("OOM") < text.index("float64 · 16")
    assert re.search(r"refused +tf32, batch_size 16; tf32, batch_size 96; tf32,", text)
    assert re.search(r"out of memory +float32, batch_size 96; float64, batch_size 96:", text)
    assert "Energy is modelled" in text
    assert "below 1 is faster" in " ".join(text.split())
    plain = io.StringIO()
    print_sweep(made(rounds=1), Console(file=plain, force_terminal=False, width=80))
    assert "\x1b" not in plain.getvalue()
    assert "One round cannot tell how processes differ" in plain.getvalue()


def test_compiling_has_a_column_where_it_took_time(made: Callable[..., Sweep]) -> None:
    answer = made({"precision": ["float32", "float64"]}, rounds=1)
    assert "compile (s)" not in {column.heading for column in sweep_columns(answer)}
    first, second = answer.rows
    compiled = second.model_copy(update={"compiling": measured(12.5, "s", "clock:wall")})
    columns = sweep_columns(answer.model_copy(update={"rows": (first, compiled)}))
    (column,) = (one for one in columns if one.heading == "compile (s)")
    assert [cell.text for cell in column.cells] == ["–", "12.5"]


def test_three_fields_make_a_long_table_with_times(made: Callable[..., Sweep]) -> None:
    answer = made({"precision": ["float32", "float64"], "seed": [0, 1], "batch_size": [16]}, rounds=1)
    assert grid_columns(answer) == ()
    assert "ms/step" in printed(answer, width=120)
    assert [one.name for one in sweep_chart(answer).panels[0].series] == [
        "float32 · 0",
        "float32 · 1",
        "float64 · 0",
        "float64 · 1",
    ]


def test_the_figure_marks_what_ran_out_of_memory(made: Callable[..., Sweep]) -> None:
    chart = sweep_chart(made())
    assert (chart.x_label, chart.places) == ("batch size", ("16", "32", "96"))
    times, rates, ratios, memory, energy = chart.panels
    first, second = times.series  # tf32, refused everywhere, has none
    assert [(point.place, point.text) for point in first.points] == [(0, "1.60"), (1, "3.21")]
    assert first.lost == second.lost == ((2, "OOM"),)
    assert first.shift < 0 < second.shift
    assert (ratios.title, ratios.line) == ("Ratio to float32", 1.0)
    assert [len(one.points) for one in ratios.series] == [0, 2]
    assert (rates.from_zero, memory.y_label, energy.title) == (True, "MiB", "Energy per sample (modelled)")
    assert memory.series[0].points[0].value == 1024.0


def test_the_memory_of_a_card_is_what_counts_where_one_computes(made: Callable[..., Sweep]) -> None:
    answer = made({"batch_size": [16, 32]})
    on_card = {"device_memory": measured(2.0**21, "B", "torch:allocated")}
    rows = tuple(row.model_copy(update=on_card) for row in answer.rows)
    chart = sweep_chart(answer.model_copy(update={"rows": rows}))
    memory = next(panel for panel in chart.panels if panel.title == "Peak memory")
    assert memory.series[0].points[0].value == 2.0
    assert not any(panel.title.startswith("Ratio") for panel in chart.panels)


def test_it_is_written_as_the_suffix_says(made: Callable[..., Sweep], tmp_path: Path) -> None:
    answer = made(rounds=1)
    for name in ("one.html", "one.png", "one.json"):
        write_sweep(answer, tmp_path / name)
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((tmp_path / "one.json").read_text())["id"] == answer.id
    page = (tmp_path / "one.html").read_text(encoding="utf-8")
    assert page.count('class="plot"') == 5
    figures = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page)
    traces = json.loads(figures[0])["data"]
    assert [trace["name"] for trace in traces] == ["float32", "float64"]
    assert traces[0]["marker"]["symbol"] != traces[1]["marker"]["symbol"]
    assert "float32: OOM" in figures[0]
    assert "https://" not in re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)


def test_nothing_measured_is_said(made: Callable[..., Sweep]) -> None:
    answer = made({"batch_size": [96]}, rounds=1)
    assert sweep_chart(answer).panels == ()
    figure = draw_sweep(answer)
    assert figure.axes[0].texts[0].get_text() == "nothing was measured"
