"""A loading study in text, in a figure, on a page."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from wattlab.errors import StorageError
from wattlab.studies.loading.answer import Loading
from wattlab.views.loading_figures import draw_loading, write_loading
from wattlab.views.loading_text import print_loading
from wattlab.views.study_file import check_study_path

from ..studies.loading.invented import make_answer, make_plan, make_trials, usual  # noqa: TID252

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def answer() -> Loading:
    plan = make_plan(rates=(500.0,) * 5, workers=((1, "alone"), (2, "threads"), (2, "processes")))
    return make_answer(
        plan, make_trials(plan, lambda one: None if one.kind == "processes" else usual(one) / one.workers)
    )


def test_plain_text_has_every_row_and_the_answer(answer: Loading, capsys: pytest.CaptureFixture[str]) -> None:
    print_loading(answer)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "invented: 10 files"
    heading = next(line for line in lines if line.startswith("format"))
    assert heading.split("  ")[0] == "format, cache, workers"
    assert "J/GB (measured)" in heading
    cold = next(line for line in lines if line.startswith("npy cold, 1 worker"))
    assert cold.split() == [
        *("npy", "cold,", "1", "worker", "SSD", "(ext4)", "245", "408", "8.00", "8.00-8.00", "2.04", "81.6"),
        *("245", "by", "input"),
    ]
    assert any(line.startswith("answer: The first epoch, from SSD (ext4)") for line in lines)
    assert any(line.startswith("not read: npy cold, 2 processes and 5 more: it broke") for line in lines)
    assert "note: A note." in lines


def test_in_a_terminal_all_columns_are_there(answer: Loading) -> None:
    for width in (60, 160):
        console = Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None)
        print_loading(answer, console)
        text = console.file.getvalue()  # type: ignore[attr-defined]
        for heading in ("MB/s", "ms/file", "CPU", "samples/s", "bound"):
            assert heading in text
        assert all(len(line.rstrip()) <= width for line in text.splitlines())


def test_the_figure_has_a_mark_for_each_row(answer: Loading) -> None:
    figure = draw_loading(answer)
    left, right = figure.axes
    known = [row for row in answer.rows if row.seconds is not None]
    assert len(left.containers) == len(known)
    assert len(right.containers) == sum(row.ratio is not None for row in known)
    assert left.get_xscale() == "log"
    assert next(label.get_text() for label in left.get_yticklabels()) == "npy cold, 1 worker, SSD (ext4)"


def test_a_figure_of_nothing_says_so() -> None:
    plan = make_plan()
    figure = draw_loading(make_answer(plan, ()))
    assert "nothing was measured" in [text.get_text() for text in figure.axes[0].texts]


def test_files(answer: Loading, tmp_path: Path) -> None:
    for suffix in (".html", ".png", ".json"):
        write_loading(answer, tmp_path / "inner" / f"study{suffix}")
    page = (tmp_path / "inner/study.html").read_text()
    assert "The first epoch, from SSD (ext4), may be bound by input or not: the intervals overlap" in page
    assert "data:image/png;base64," in page
    assert (tmp_path / "inner/study.png").read_bytes().startswith(b"\x89PNG")
    assert Loading.model_validate_json((tmp_path / "inner/study.json").read_bytes()) == answer
    with pytest.raises(StorageError, match=r"\.html.*\.png.*\.json"):
        check_study_path(tmp_path / "study.pdf")
