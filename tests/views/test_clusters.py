"""Table, sentences, figure and page of studies of clusters whose numbers are known by heart."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from wattlab.studies.clusters.asked import ClustersAsked
from wattlab.studies.clusters.study import clusters
from wattlab.views.clusters_charts import clusters_chart
from wattlab.views.clusters_figures import draw_clusters
from wattlab.views.clusters_interactive import clusters_panel_json
from wattlab.views.clusters_page import write_clusters
from wattlab.views.clusters_tables import clusters_columns
from wattlab.views.clusters_text import print_clusters

from ..studies.clusters.invented import Machine, inertia, install  # noqa: TID252

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.studies.clusters.answer import Clusters


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Clusters]:
    """Return a function that makes a study of 10 to 40 clusters."""

    def make(machine: Machine | None = None, **options: Any) -> Clusters:
        install(monkeypatch, machine or Machine())
        asked = ClustersAsked("digits", (10, 15, 20, 25, 30, 35, 40), **options)
        return clusters(asked, studies=tmp_path / "studies")

    return make


def texts(answer: Clusters) -> dict[str, list[str]]:
    return {column.heading: [cell.text for cell in column.cells] for column in clusters_columns(answer)}


def test_each_number_has_a_row(made: Callable[..., Clusters]) -> None:
    machine = Machine()
    machine.failing = {15}
    found = texts(made(machine))
    assert found["clusters"] == ["all features", "10", "15", "20", "25", "30", "35", "40"]
    assert found["time to find"][:4] == ["–", "2.00 s", "–", "3.00 s"]
    assert found["inertia"][:4] == ["–", "60.0", "failed", "20.0"]
    assert found["energy (measured)"][1] == "100 J"
    assert found["parameters"][0] == "4.81 k"
    assert found["ratio"][0] == "1"
    assert found["pays from epoch"][0] == "–"
    assert int(found["pays from epoch"][1].replace(",", "")) > 1
    assert found["by measured energy"][1] == found["pays from epoch"][1]


def test_what_never_pays_and_what_is_not_known(made: Callable[..., Clusters]) -> None:
    machine = Machine()
    machine.slower = True
    assert set(texts(made(machine))["pays from epoch"][1:]) == {"never"}
    assert set(texts(made(rounds=1))["pays from epoch"][1:]) == {"unknown"}
    assert "pays from epoch" not in texts(made(rounds=0))


@pytest.mark.parametrize("terminal", [True, False])
def test_printed(made: Callable[..., Clusters], terminal: bool) -> None:
    file = io.StringIO()
    print_clusters(made(), Console(file=file, force_terminal=terminal, width=80))
    text = re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())
    if terminal:
        assert max(map(len, text.splitlines())) <= 80
    flat = " ".join(text.split())
    for part in (
        "digits: 7 numbers of clusters, 10 to 40",
        "Inertia has its elbow at K = 20.",
        "The silhouette is highest at K = 15 (0.500).",
        "K = 20: preparing the data takes 3.50 s longer, and an epoch",
        "each sample scaled to norm 1, n_init = 3, batch_size = 1024, max_iter = 100",
    ):
        assert part in flat


def test_the_figure_shows_the_curves_and_the_elbow(made: Callable[..., Clusters]) -> None:
    chart = clusters_chart(made())
    assert [panel.title for panel in chart.panels] == [
        "Time to find the clusters", "Inertia", "Silhouette", "Pays from"
    ]  # fmt: skip
    drawn = chart.panels[1]
    assert drawn.mark is not None
    assert drawn.mark == (20, "elbow: 20")
    assert [(one.n_clusters, one.value) for one in drawn.lines[0].points][:2] == [
        (10, inertia(10)),
        (15, inertia(15)),
    ]
    assert chart.panels[2].mark == (15, "highest: 15")
    assert [panel.title for panel in clusters_chart(made(rounds=0, silhouette_samples=0)).panels] == [
        "Time to find the clusters", "Inertia"
    ]  # fmt: skip
    figure = draw_clusters(made(rounds=0))
    assert [axes.get_title(loc="left") for axes in figure.axes if axes.axison] == [
        "Time to find the clusters", "Inertia", "Silhouette"
    ]  # fmt: skip


def test_what_pays_has_an_axis_of_plain_numbers(made: Callable[..., Clusters]) -> None:
    panel = clusters_chart(made()).panels[3]
    assert panel.span is not None
    low, high = panel.span
    points = panel.lines[0].points
    assert all(low < one.low <= one.value <= one.high <= high for one in points)
    assert [text for _, text in panel.ticks] == ["1", "2", "5", "10", "20", "50", "100"][: len(panel.ticks)]
    assert panel.ticks[-1][0] <= high
    axes = draw_clusters(made()).axes[3]
    assert [one.get_text() for one in axes.get_yticklabels()] == [text for _, text in panel.ticks]
    shown = json.loads(clusters_panel_json(panel, clusters_chart(made())))["layout"]["yaxis"]
    assert shown["ticktext"] == [text for _, text in panel.ticks]


def test_what_pays_has_its_interval_in_the_table(made: Callable[..., Clusters]) -> None:
    answer = made()
    found = answer.row(10).payoff
    assert found is not None
    wide = found.model_copy(update={"epochs": 12.5, "low": 10.2, "high": None, "energy": None})
    rows = [row if row.n_clusters != 10 else row.model_copy(update={"payoff": wide}) for row in answer.rows]
    columns = clusters_columns(answer.model_copy(update={"rows": tuple(rows)}))
    cell = next(one for one in columns if one.heading == "pays from epoch").cells[1]
    assert cell[:2] == ("13", "11–∞")


def test_files(made: Callable[..., Clusters], tmp_path: Path) -> None:
    answer = made()
    for suffix in ("html", "png", "json"):
        write_clusters(answer, tmp_path / f"clusters.{suffix}")
    page = (tmp_path / "clusters.html").read_text()
    plots = re.findall(r'<script type="application/json" id="panel-\d">(.*?)</script>', page, re.DOTALL)
    assert len(plots) == 4
    assert json.loads(plots[1])["data"][0]["x"] == [10, 15, 20, 25, 30, 35, 40]
    assert "Inertia has its elbow at K = 20." in page
    assert (tmp_path / "clusters.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((tmp_path / "clusters.json").read_text())["elbow"]["n_clusters"] == 20
