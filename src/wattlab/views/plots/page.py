"""The page of a plot: panels that answer to the pointer; pictures as they are, light and dark."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING

from wattlab.views.drawing import png
from wattlab.views.page_parts import html_list, html_plots, html_section
from wattlab.views.plots.interactive import panel_height, panel_json
from wattlab.views.plots.marks import Note, Picture
from wattlab.views.plots.static import draw

if TYPE_CHECKING:
    from wattlab.views.plots.marks import Chart, Panel
    from wattlab.views.plots.themes import ThemeName

__all__ = ["plot_sections"]


def plot_sections(chart: Chart) -> tuple[str, ...]:
    """Return the sections of a plot's page."""
    shown = _images(chart) if all(map(_is_picture, chart.panels)) else _plots(chart)
    return (html_section("In pictures", shown), html_section("Notes", html_list(list(chart.foot))))


def _plots(chart: Chart) -> str:
    panels = [panel_json(panel, chart) for panel in chart.panels]
    return html_plots(panels, [panel_height(panel, chart) for panel in chart.panels])


def _images(chart: Chart) -> str:
    """Return many small pictures as one image, for each theme."""
    plain = chart._replace(title="", foot=())
    return (
        f'<picture><source srcset="{_data_uri(plain, "dark")}" media="(prefers-color-scheme: dark)">'
        f'<img src="{_data_uri(plain, "light")}" alt="{escape(chart.title)}" style="max-width:100%"></picture>'
    )


def _data_uri(chart: Chart, theme: ThemeName) -> str:
    return f"data:image/png;base64,{b64encode(png(draw(chart, theme))).decode()}"


def _is_picture(panel: Panel) -> bool:
    return panel.bare and all(isinstance(mark, (Picture, Note)) for mark in panel.marks)
