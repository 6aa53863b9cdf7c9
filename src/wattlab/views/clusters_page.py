"""A study of clusters as a file: a self-contained HTML page, the figure, or its numbers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from wattlab.views import clusters_notes, sections
from wattlab.views.clusters_charts import clusters_chart
from wattlab.views.clusters_figures import draw_clusters
from wattlab.views.clusters_interactive import clusters_panel_json
from wattlab.views.clusters_tables import clusters_columns
from wattlab.views.page import write_page
from wattlab.views.page_parts import html_list, html_plots, html_section, html_tables, sentence
from wattlab.views.study_file import write_study_file
from wattlab.views.sweep_interactive import PANEL_HEIGHT

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.studies.clusters.answer import Clusters

__all__ = ["write_clusters"]


def write_clusters(answer: Clusters, path: Path) -> None:
    """Write a study of clusters as a file; an older one of that name is replaced once the new one is whole.

    Parameters
    ----------
    answer : Clusters
        Any, also one that was interrupted.
    path : Path
        ``.html`` a page that needs no network, ``.png`` the figure, ``.json`` all numbers. The folder is made if it
        does not exist.

    Raises
    ------
    wattlab.errors.StorageError
        If the suffix is another, or the file cannot be written.
    """
    write_study_file(
        path,
        page=lambda page: write_page(
            page, answer.title, clusters_notes.circumstances(answer), _sections(answer)
        ),
        figure=lambda: draw_clusters(answer),
        numbers=answer.to_json,
    )


def _sections(answer: Clusters) -> tuple[str, ...]:
    trouble = [f"{state}: {sentence(one)}" for state, one in clusters_notes.troubles(answer)]
    how = "".join(f"<p>{escape(one)}</p>" for one in clusters_notes.reading(answer))
    chart = clusters_chart(answer)
    panels = [clusters_panel_json(panel, chart) for panel in chart.panels]
    return (
        sections.warning(trouble),
        html_section(
            "What came out", html_list([sentence(one) for one in clusters_notes.conclusions(answer)])
        ),
        html_section("In pictures", html_plots(panels, [PANEL_HEIGHT] * len(panels)) if panels else ""),
        html_section(
            "Every number of clusters",
            f'{html_tables(clusters_columns(answer))}<div class="soft reading">{how}</div>',
        ),
        html_section("Notes", html_list([sentence(one) for one in clusters_notes.remarks(answer)])),
        html_section("Recipe with all features", f"<pre>{escape(answer.plan.cells[0].recipe)}</pre>"),
        html_section("Machine", f"<p>{escape(clusters_notes.machine(answer))}</p>"),
    )
