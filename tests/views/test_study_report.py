"""A study as a file: a page that loads nothing, a figure, all numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from matplotlib.image import imread

from wattlab.errors import StorageError, UserError
from wattlab.studies.study import Study
from wattlab.views.study_file import check_study_path
from wattlab.views.study_report import write_study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.studies.row import Row

    from .conftest import Page, ReadPage  # type: ignore[import-not-found,unused-ignore]

    MakeRow = Callable[..., Row]
    MakeStudy = Callable[..., Study]
    Written = Callable[[Study], Page]


@pytest.fixture
def written(read_page: ReadPage, tmp_path: Path) -> Written:
    """Return a function that writes the page of a study and reads it."""

    def write(study: Study) -> Page:
        write_study(study, tmp_path / "study.html")
        return read_page(tmp_path / "study.html")

    return write


def test_a_page_tells_everything(make_study: MakeStudy, written: Written) -> None:
    page = written(make_study())
    expected = (
        "mnist-blog: native, torch, torch:compiled",
        "2 threads each",
        "keras:jax failed: ran out of memory",
        "What came out",
        "torch 0.144 0.141-0.147 1.55 1.48-1.61 worse yes",
        "Notes Energy is modelled",
        "Whether all did the same work",
        "tolerance same work native float64 5 2.2e-16 3.4e-15 1e-09 yes torch float64",
        "What differs between the recipes",
        "engine.backend – – – – tensorflow jax torch –",
        "What each engine used",
        "threads 2 2 2 2 2 2 2 2",
        "ACME 5950X",
        "Made by wattlab",
    )
    text = page.text.replace("\u2007", "").replace("  ", " ")
    assert [one for one in expected if one not in text] == []
    assert ("role", "alert") in page.attributes


def test_recipes_that_do_not_differ_are_said_not_to(
    make_study: MakeStudy, make_row: MakeRow, written: Written
) -> None:
    page = written(make_study((make_row(), make_row("native (again)", "control", 0.094))))
    assert "The recipes do not differ." in page.text


def test_nothing_is_loaded_from_anywhere(make_study: MakeStudy, written: Written, tmp_path: Path) -> None:
    page = written(make_study())
    assert {"link", "img", "iframe", "object", "embed", "video", "audio", "base"}.isdisjoint(page.tags)
    assert {"src", "href", "srcset", "action", "poster"}.isdisjoint(name for name, _ in page.attributes)
    policy = dict(page.attributes)["content"]
    assert policy is not None
    assert "default-src 'none'" in (tmp_path / "study.html").read_text(encoding="utf-8")[:400]


def test_each_figure_has_its_data(make_study: MakeStudy, written: Written) -> None:
    page = written(make_study())
    names = [value for name, value in page.attributes if name == "data-figure"]
    ids = [value for name, value in page.attributes if name == "id"]
    assert names == ids
    assert len(names) == 3
    assert all(json.loads(script)["data"] for script in page.scripts[:3])


def test_names_cannot_break_out(make_study: MakeStudy, make_row: MakeRow, written: Written) -> None:
    bad = "native </script><img src=x onerror=alert(1)>"
    rows = make_row(bad), make_row("torch", "failed", None, failures=("<script>alert(2)</script>",))
    page = written(make_study(rows, title=bad, notes=("<i>note</i>",)))
    assert "img" not in page.tags
    assert "<i>note</i>" in page.text
    assert "<script>alert(2)</script>" in page.text
    assert page.tags.count("script") == 4  # two figures, plotly, and the page's own


def test_a_study_without_a_result_still_has_a_page(
    make_study: MakeStudy, make_row: MakeRow, written: Written
) -> None:
    row = make_row("torch", "failed", None, failures=("it crashed",))
    page = written(make_study((row,), notes=()))
    assert "torch failed: it crashed" in page.text
    assert not [value for name, value in page.attributes if name == "data-figure"]


def test_the_json_is_the_study(make_study: MakeStudy, tmp_path: Path) -> None:
    study = make_study()
    write_study(study, tmp_path / "study.json")
    assert Study.model_validate_json((tmp_path / "study.json").read_text(encoding="utf-8")) == study


def test_the_suffix_decides_and_folders_are_made(make_study: MakeStudy, tmp_path: Path) -> None:
    write_study(make_study(), tmp_path / "new" / "study.PNG")
    assert imread(tmp_path / "new" / "study.PNG", format="png").ndim == 3
    write_study(make_study(), tmp_path / "other" / "study.json")
    assert (tmp_path / "other" / "study.json").is_file()


@pytest.mark.parametrize(("name", "found"), [("study.pdf", "has the suffix '.pdf'"), ("study", "no suffix")])
def test_another_suffix_is_refused_with_the_three(
    make_study: MakeStudy, tmp_path: Path, name: str, found: str
) -> None:
    with pytest.raises(UserError, match=rf"{found}; .*\.html .*\.png .*\.json"):
        check_study_path(tmp_path / name)
    with pytest.raises(StorageError):
        write_study(make_study(), tmp_path / name)
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("suffix", ["html", "png", "json"])
def test_what_cannot_be_written_is_a_storage_error(
    make_study: MakeStudy, tmp_path: Path, suffix: str
) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageError, match="cannot be written"):
        write_study(make_study(), tmp_path / "file" / f"study.{suffix}")
