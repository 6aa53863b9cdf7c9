"""The report: one file, well-formed, that loads nothing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from wattlab.errors import RunError, StorageError
from wattlab.views.report import figures_folder, write_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.records.run import Run
    from wattlab.studies.study import Study

    from .conftest import Page, ReadPage  # type: ignore[import-not-found,unused-ignore]

    MakeRun = Callable[..., Run]
    MakeStudy = Callable[..., Study]
    Report = Callable[[list[Run]], Page]


@pytest.fixture
def report(read_page: ReadPage, tmp_path: Path) -> Report:
    """Return a function that writes a report of runs and reads it."""

    def write(runs: list[Run]) -> Page:
        write_report(runs, tmp_path / "report.html")
        return read_page(tmp_path / "report.html")

    return write


def test_one_run_is_told_completely(make_run: MakeRun, report: Report) -> None:
    page = report([make_run(target=0.9, reached_target=False)])
    expected = [
        "Cost card",
        "test 0.8500",
        "not reached",
        "Accuracy and cost by time and energy",
        "cat → dog (2×)",
    ]
    expected += [
        "Modelled, not measured",
        "within 70.0-280 J",
        "ACME 5950X",
        'dataset = "digits"',
        "Made by wattlab",
    ]
    assert [text for text in expected if text not in page.text] == []
    assert "Side by side" not in page.text


def test_several_runs_are_set_side_by_side(make_run: MakeRun, report: Report) -> None:
    page = report([make_run("one"), make_run("two", changes={"optimizer.learning_rate": 0.5})])
    assert "optimizer.learning_rate 0.05 0.5" in page.text
    assert "2 runs compared" in page.text
    assert "different machines" not in page.text


def test_runs_of_different_machines_are_shown_under_a_warning(make_run: MakeRun, report: Report) -> None:
    other = {"id": "12345678", "line": "Another machine"}
    page = report([make_run("one"), make_run("two", machine=other)])
    assert ("role", "alert") in page.attributes
    assert "different machines, so times and energies do not compare: ACME" in page.text


def test_nothing_is_loaded_from_anywhere(make_run: MakeRun, report: Report, tmp_path: Path) -> None:
    page = report([make_run("one"), make_run("two")])
    assert {"link", "img", "iframe", "object", "embed", "video", "audio", "base"}.isdisjoint(page.tags)
    assert [
        name for name, _ in page.attributes if name in {"src", "href", "srcset", "action", "poster"}
    ] == []
    policy = dict(page.attributes)["content"]
    assert policy is not None
    style = re.findall(
        r"<style>(.*?)</style>", (tmp_path / "report.html").read_text(encoding="utf-8"), re.DOTALL
    )
    assert [css for css in style if "url(" in css or "@import" in css] == []


def test_the_policy_forbids_the_network(make_run: MakeRun, tmp_path: Path) -> None:
    write_report([make_run()], tmp_path / "report.html")
    head = (tmp_path / "report.html").read_text(encoding="utf-8")[:600]
    assert "default-src 'none'" in head
    assert "http" not in head.replace("http-equiv", "")


def test_every_figure_has_its_data(make_run: MakeRun, report: Report) -> None:
    page = report([make_run()])
    wanted = {value for name, value in page.attributes if name == "data-figure"}
    figures = [json.loads(script) for script in page.scripts if script.startswith("{")]
    assert len(figures) == len(wanted) == 11
    assert wanted <= {value for name, value in page.attributes if name == "id"}
    assert all(figure["data"] for figure in figures)


def test_names_cannot_break_out_of_the_page(make_run: MakeRun, report: Report) -> None:
    evil = "</script><script>alert(1)</script>"
    run = make_run()
    dataset = run.record.dataset.model_copy(update={"classes": (evil, "b", "c"), "name": evil})
    page = report([run, make_run("two", dataset=dataset, message=evil, id=evil)])
    assert [script for script in page.scripts if script.startswith("alert")] == []
    assert evil in page.text


def test_a_report_stays_small(make_run: MakeRun, tmp_path: Path) -> None:
    runs = [make_run(f"run-{number}", epochs=3000) for number in range(4)]
    write_report(runs, tmp_path / "report.html")
    assert (tmp_path / "report.html").stat().st_size < 6e6


def test_a_run_that_diverged_at_once_has_a_report(make_run: MakeRun, report: Report) -> None:
    page = report([make_run(epochs=0, message="training diverged", stop_reason="diverged")])
    assert "first: training diverged" in page.text


def test_regression_has_a_report_without_confusion(make_run: MakeRun, report: Report) -> None:
    page = report([make_run(score_name="R²", confusion=None)])
    assert "R² and cost by epoch" in page.text
    assert "Confusion" not in page.text


def test_figures_lie_beside_the_report_if_asked_for(make_run: MakeRun, tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.html"
    write_report([make_run()], path)
    assert not figures_folder(path).exists()
    write_report([make_run("two")], path, figures=True)
    assert len(list(figures_folder(path).glob("*.png"))) == 5


def test_runs_and_studies_share_a_page(
    make_run: MakeRun, make_study: MakeStudy, read_page: ReadPage, tmp_path: Path
) -> None:
    other = {"id": "beef", "line": "Other 1"}
    studies = [make_study(), make_study(id="again", title="the same, later", machine=other)]
    write_report([make_run()], tmp_path / "report.html", studies=studies, figures=True)
    page = read_page(tmp_path / "report.html")
    expected = (
        "1 run and 2 studies",
        "Cost card",
        "mnist-blog: native, torch",
        "the same, later 5 rounds, interleaved",
        "These runs and studies come from different machines",
        "ACME 5950X",
    )
    assert [one for one in expected if one not in page.text] == []
    assert page.text.index("Cost card") < page.text.index("the same, later")
    assert page.text.count("What came out") == 2
    names = [value for name, value in page.attributes if name == "data-figure"]
    assert names == [value for name, value in page.attributes if name == "id"]
    assert len(set(names)) == len(names)
    pictures = {path.name for path in figures_folder(tmp_path / "report.html").iterdir()}
    assert {"study-1.png", "study-2.png", "confusion.png"} <= pictures


def test_a_study_alone_has_its_title_above_all(
    make_study: MakeStudy, read_page: ReadPage, tmp_path: Path
) -> None:
    study = make_study()
    write_report([], tmp_path / "report.html", studies=[study], figures=True)
    page = read_page(tmp_path / "report.html")
    assert page.tags.count("h1") == 1
    assert page.text.count(study.title) == 2  # of the window and the page
    assert "different machines" not in page.text
    assert [path.name for path in figures_folder(tmp_path / "report.html").iterdir()] == ["study.png"]


def test_studies_of_one_machine_stand_under_no_warning(
    make_study: MakeStudy, read_page: ReadPage, tmp_path: Path
) -> None:
    here, there = make_study(id="a"), make_study(id="b", machine={"id": "beef", "line": "Other 1"})
    write_report([], tmp_path / "one.html", studies=[here, make_study(id="b")])
    assert "different machines" not in read_page(tmp_path / "one.html").text
    write_report([], tmp_path / "two.html", studies=[here, there])
    assert "These studies come from different machines" in read_page(tmp_path / "two.html").text


def test_a_study_given_twice_is_refused(make_study: MakeStudy, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is given 2 times; name it once"):
        write_report([], tmp_path / "report.html", studies=[make_study()] * 2)
    assert not (tmp_path / "report.html").exists()


def test_no_runs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="at least one run"):
        write_report([], tmp_path / "report.html")


def test_a_report_that_cannot_be_made_leaves_the_older_one(make_run: MakeRun, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("older")
    with pytest.raises(RunError, match="show them apart"):
        write_report([make_run("a"), make_run("b", score_name="R²")], path)
    assert path.read_text() == "older"


def test_a_folder_in_the_way_is_a_storage_error(make_run: MakeRun, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="runs"):
        write_report([make_run()], tmp_path / "runs")
