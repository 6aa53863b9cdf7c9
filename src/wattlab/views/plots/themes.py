"""Colours of text, lines and paper, light and dark."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from wattlab.errors import ParameterError
from wattlab.recipe.problems import nearest
from wattlab.views.drawing import GREY, GRID, INK, LINE

__all__ = ["THEMES", "Theme", "ThemeName", "get_theme"]

ThemeName = Literal["light", "dark"]


class Theme(NamedTuple):
    """What surrounds the marks.

    Attributes
    ----------
    name : str
    ink : str
        Text and what must be seen, as ``#rrggbb`` like all others.
    soft : str
        Labels of axes, and what stands back.
    line : str
        Frames.
    grid : str
    paper : str
        Background.
    """

    name: ThemeName
    ink: str
    soft: str
    line: str
    grid: str
    paper: str

    def colour(self, colour: str) -> str:
        """Return a colour as ``#rrggbb``: a role by what fills it here, any other as it is."""
        return {"ink": self.ink, "soft": self.soft, "paper": self.paper}.get(colour, colour)


THEMES: Final[dict[str, Theme]] = {
    "light": Theme("light", INK, GREY, LINE, GRID, "#ffffff"),
    "dark": Theme("dark", "#e6e8eb", "#a3aab5", "#4a515c", "#2f353d", "#16191d"),
}


def get_theme(name: str) -> Theme:
    """Return a theme by name; `wattlab.errors.ParameterError` if there is none of that name."""
    if name not in THEMES:
        msg = f"theme is {name!r}; expected one of {', '.join(THEMES)}{nearest(name, list(THEMES))}"
        raise ParameterError(msg)
    return THEMES[name]
