"""Paths of optimizers as a file: a figure, a page, numbers, or a film."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from wattlab.views.plots.descent import descent_frames, plot_descent
from wattlab.views.plots.file import check_plot_path, write_plot
from wattlab.views.plots.film import check_film_path, save_film

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wattlab.insight.theory import Descents
    from wattlab.views.plots.marks import Chart
    from wattlab.views.plots.themes import ThemeName

    Tell = Callable[[int, int], None]

__all__ = ["check_descent_path", "write_descent"]

_FILMS: Final = (".gif", ".webp", ".apng")


def check_descent_path(path: Path | str) -> Path:
    """Return the path of a file that paths can be written to; before anything is computed.

    Raises
    ------
    wattlab.errors.StorageError
        If the suffix is none that is known, or the folder takes no files.
    """
    return check_film_path(path) if _is_film(path) else check_plot_path(path)


def write_descent(
    found: Descents, path: Path | str, *, theme: ThemeName = "light", tell: Tell | None = None
) -> Path:
    """Write paths of optimizers, and return the path.

    Parameters
    ----------
    found : Descents
        From `wattlab.insight.theory.compare_descents`.
    path : path
        ``.gif``, ``.webp`` and ``.apng``: a film of at most 100 frames; all else as for any plot.
    theme : {"light", "dark"}
        Of a figure or film.
    tell : callable (done, total), optional
        Called before each frame of a film.

    Raises
    ------
    wattlab.errors.StorageError
        As `check_descent_path`.
    """
    if _is_film(path):
        return save_film(_told(tuple(descent_frames(found)), tell), path, theme=theme)
    return write_plot(plot_descent(found, theme=theme), path)


def _told(frames: Sequence[Chart], tell: Tell | None) -> Iterator[Chart]:
    for done, frame in enumerate(frames):
        if tell is not None:
            tell(done, len(frames))
        yield frame


def _is_film(path: Path | str) -> bool:
    return Path(path).suffix.lower() in _FILMS
