"""Table, figure and page of a batch-size study, of a machine that is made up."""

from __future__ import annotations

import io
import json
import re
from functools import partial
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from wattlab.errors import StorageError
from wattlab.recipe import Recipe
from wattlab.studies.batch_size import probing, study
from wattlab.studies.batch_size.asked import BatchSizeAsked
from wattlab.views.batch_size_charts import batch_size_chart
from wattlab.views.batch_size_page import write_batch_sizes
from wattlab.views.batch_size_progress import LiveSearchProgress, PlainSearchProgress
from wattlab.views.batch_size_tables import batch_size_columns
from wattlab.views.batch_size_text import print_batch_sizes

from ..studies.batch_size.invented import Machine, MiB  # noqa: TID252

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.studies.batch_size.answer import BatchSizes
    from wattlab.studies.batch_size.observer import SearchObserver


def find(monkeypatch: pytest.MonkeyPatch, observer: SearchObserver | None = None) -> BatchSizes:
    made = Machine({128: "crashed"})

    def quiet(waiting: Callable[[], None]) -> None:
        waiting()

    monkeypatch.setattr(study, "Prober", partial(probing.Prober, run=made, quiet=quiet))
    asked = BatchSizeAsked(Recipe.named("digits"), memory_limit_B=200 * MiB)
    return study.find_batch_size(asked, observer=observer)


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> BatchSizes:
    """Return a study in which 64 fits and 128 crashes."""
    return find(monkeypatch)


def test_the_table_has_every_size_and_what_became_of_it(answer: BatchSizes) -> None:
    columns = {
        column.heading: [cell.text for cell in column.cells] for column in batch_size_columns(answer.rows)
    }
    assert columns["batch size"] == ["8", "16", "32", "64", "128"]
    assert columns["verdict"] == ["fits", "fits", "the recipe's", "recommended, knee, maximum", "crashed"]
    assert columns["memory"] == ["108 MiB", "116 MiB", "132 MiB", "164 MiB", "–"]
    assert columns["of best"][-2:] == ["100%", "–"]
    assert columns["mJ/sample (measured)"][0] == "2.00"


def test_the_terminal_s_80_columns_hold_it(answer: BatchSizes) -> None:
    file = io.StringIO()
    print_batch_sizes(answer, Console(file=file, width=80, force_terminal=True, color_system=None))
    text = file.getvalue()
    assert max(map(len, text.splitlines())) <= 80
    for words in ("Recommended: 64", "no fit", "128: it failed", "look at learning rate"):
        assert words in " ".join(text.split())
    plain = io.StringIO()
    print_batch_sizes(answer, Console(file=plain, width=80))
    assert "\x1b" not in plain.getvalue()
    assert "answer: Knee: 64" in plain.getvalue()


def test_the_chart_keeps_what_failed_apart_from_what_was_measured(answer: BatchSizes) -> None:
    chart = batch_size_chart(answer)
    assert [panel.title for panel in chart.panels] == ["Throughput", "Peak memory", "Energy"]
    assert all([one.size for one in panel.points] == [8, 16, 32, 64] for panel in chart.panels)
    assert [one.text for one in chart.failures] == ["128: crashed"]
    memory = chart.panels[1]
    assert memory.y_label == "MiB"
    assert memory.level is not None
    assert memory.level.value == 200
    assert memory.fit[0] == pytest.approx((8, 108))
    assert memory.fit[-1] == pytest.approx((128, 228))
    assert chart.ticks == (8, 16, 32, 64, 128)


def test_page_figure_and_numbers(answer: BatchSizes, tmp_path: Path) -> None:
    write_batch_sizes(answer, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    write_batch_sizes(answer, tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text())["maximum"] == 64
    write_batch_sizes(answer, tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert not re.search(r'<(?:script|link|img)[^>]+(?:src|href)="?http', page)
    figures = re.findall(r'<script type="application/json" id="batch-size-\d">(.*?)</script>', page)
    assert [json.loads(one)["data"][0]["x"] for one in figures] == [[8, 16, 32, 64]] * 3
    with pytest.raises(StorageError, match="suffix"):
        write_batch_sizes(answer, tmp_path / "a.pdf")


def test_progress_in_plain_lines_and_live(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, live = io.StringIO(), io.StringIO()
    find(monkeypatch, PlainSearchProgress(plain))
    lines = plain.getvalue().splitlines()
    assert lines[0].startswith("batch sizes of digits by native on cpu, float32: up to 1438, within 200 MiB")
    assert lines[4].startswith("batch size 64  fits  39.")
    assert lines[5] == "batch size 128  crashed: it failed"
    assert lines[6].startswith("batch size 64 once more  fits")
    find(monkeypatch, LiveSearchProgress(Console(file=live, width=80, force_terminal=True)))
    assert "batch size 64 runs once more" in live.getvalue()
    assert "batch size 64 waits for a quiet machine" in live.getvalue()
    assert live.getvalue().count("batch size 128  crashed") == 1
