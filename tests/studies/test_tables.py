"""What the table of a study says, cell by cell."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from wattlab.meter import measured, missing, modelled
from wattlab.studies.tables import (
    interval_text,
    study_columns,
    study_html_table,
    verification_columns,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.meter.statistics import Estimate
    from wattlab.studies.columns import Column
    from wattlab.studies.row import Row, Verification
    from wattlab.studies.study import Study

    MakeRow = Callable[..., Row]
    MakeStudy = Callable[..., Study]
    MakeVerification = Callable[..., Verification]


def named(columns: Sequence[Column]) -> dict[str, Column]:
    return {column.heading: column for column in columns}


def texts(columns: Sequence[Column], heading: str) -> list[str]:
    return [cell.text for cell in named(columns)[heading].cells]


def test_the_answer_stands_before_all_the_rest(make_study: MakeStudy) -> None:
    headings = [column.heading for column in study_columns(make_study().rows)]
    assert headings[:5] == ["candidate", "s/epoch", "ratio", "verdict", "same work"]
    assert set(headings[5:]) == {
        "accuracy",
        "samples/s",
        "start-up (s)",
        "compile (s)",
        "process (s)",
        "peak memory",
        "energy (modelled)",
    }


def test_medians_have_their_intervals_beside_them(make_study: MakeStudy) -> None:
    columns = named(study_columns(make_study().rows))
    torch = 2
    assert columns["s/epoch"].cells[torch][:2] == ("0.144", "0.141-0.147")
    assert columns["ratio"].cells[torch][:2] == ("1.55", "1.48-1.61")
    assert columns["verdict"].cells[torch].text == "worse"
    assert columns["accuracy"].cells[torch].detail.startswith("0.9731 to 0.9751, median of 5")


def test_the_first_candidate_has_the_ratio_1_without_an_interval(make_study: MakeStudy) -> None:
    assert named(study_columns(make_study().rows))["ratio"].cells[0] == ("1", "", "", "")


def test_what_failed_is_absent_and_not_zero(make_study: MakeStudy) -> None:
    columns = study_columns(make_study().rows)
    failed = {column.heading: column.cells[5].text for column in columns}
    assert (failed.pop("candidate"), failed.pop("verdict")) == ("keras:jax", "failed")
    assert set(failed.values()) == {"–"}


@pytest.mark.parametrize(
    ("epoch_s", "heading", "text"),
    [(0.0931, "s/epoch", "0.0931"), (0.0016, "ms/epoch", "1.60"), (3e-6, "µs/epoch", "3.00")],
)
def test_the_unit_suits_the_fastest(
    make_study: MakeStudy, make_row: MakeRow, epoch_s: float, heading: str, text: str
) -> None:
    rows = make_row(epoch_s=epoch_s), make_row("torch", "worse", 9.0)
    assert texts(study_columns(make_study(rows).rows), heading)[0] == text


def test_one_measurement_has_no_interval(make_estimate: Callable[..., Estimate]) -> None:
    assert interval_text(make_estimate(0.2, n=1)) == ""
    assert interval_text(make_estimate(0.2, 0.05), 1000.0) == "190-210"
    assert interval_text(make_estimate(-0.2, 0.05)) == "-0.210 to -0.190"


def test_what_engines_used_has_a_column_where_it_differs(make_study: MakeStudy, make_row: MakeRow) -> None:
    other = make_row("torch", "worse", 0.2, engine={"threads": 8, "device": "cpu"})
    columns = study_columns(make_study((make_row(), other)).rows)
    assert texts(columns, "threads") == ["2", "8"]
    assert "device" not in named(columns)
    # An engine that did not say in which format it computed is not said to differ.
    assert "precision" not in named(columns)


def test_different_provenances_stand_beside_each_energy(make_study: MakeStudy, make_row: MakeRow) -> None:
    rows = (
        make_row(energy=measured(30.0, "J", "rapl:package-0")),
        make_row("torch", "worse", 0.2, energy=modelled(40.0, "J", "model:tdp")),
        make_row("sklearn", "worse", 0.3, energy=missing("J", "no sensor")),
    )
    column = named(study_columns(make_study(rows).rows))["energy"]
    assert [(cell.text, cell.aside) for cell in column.cells] == [
        ("30.0 J", "measured"),
        ("40.0 J", "modelled"),
        ("missing", ""),
    ]
    assert "no sensor" in column.cells[2].detail


def test_regression_is_scored_by_r2(make_study: MakeStudy, make_row: MakeRow) -> None:
    columns = study_columns(make_study((make_row(score_name="R²"),)).rows)
    assert texts(columns, "R²") == ["0.9741"]


def test_columns_of_which_nothing_is_known_are_left_out(make_study: MakeStudy, make_row: MakeRow) -> None:
    columns = study_columns(make_study((make_row("keras:jax", "failed", None),)).rows)
    assert [column.heading for column in columns] == ["candidate", "verdict"]


def test_same_work_tells_the_deviation_on_demand(make_study: MakeStudy) -> None:
    cells = named(study_columns(make_study().rows))["same work"].cells
    assert [cell.text for cell in cells] == ["yes", "yes", "yes", "yes", "yes", "–", "no", "yes"]
    assert cells[0].detail == "loss within 2.2e-16, weights within 3.4e-15 of native in float64 after 5 steps"
    assert cells[6].detail.startswith("its losses deviate by 1.3e-02")


def test_a_verification_tells_all_it_found(make_verification: MakeVerification) -> None:
    failed = make_verification(
        "keras:jax", loss_deviation=None, weight_deviation=None, passed=False, message="it crashed"
    )
    columns = verification_columns([make_verification("torch", loss_deviation=0.0), failed])
    assert [[column.cells[row].text for column in columns] for row in (0, 1)] == [
        ["torch", "float64", "5", "0", "3.4e-15", "1e-09", "yes"],
        ["keras:jax", "float64", "5", "–", "–", "1e-09", "no"],
    ]


def test_references_have_a_column_where_they_differ(make_verification: MakeVerification) -> None:
    both = [make_verification(), make_verification(reference="native in float32")]
    assert texts(verification_columns(both), "held against") == ["native in float64", "native in float32"]


class Cells(HTMLParser):
    """Texts and tips of the table's cells."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.tips: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tips += [text for name, text in attrs if name == "title" and text]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


def test_the_html_table_has_every_cell_and_tells_the_rest_on_demand(make_study: MakeStudy) -> None:
    study = make_study()
    cells = Cells(study_html_table(study.rows))
    for column in study_columns(study.rows):
        assert column.heading.replace("-", "\u2011") in cells.texts
        assert {cell.text for cell in column.cells} <= set(cells.texts)
    assert any("model:tdp" in tip for tip in cells.tips)


def test_a_label_is_no_markup(make_study: MakeStudy, make_row: MakeRow) -> None:
    html = study_html_table(make_study((make_row("<b>native</b>", engine={}, recipe={}),)).rows)
    assert "&lt;b&gt;native&lt;/b&gt;" in html
