"""A network after each epoch drawn: a film, frame by frame, or some of its frames side by side."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.insight.epochs import BoundaryFilm
from wattlab.views.colours import ORANGE
from wattlab.views.plots.boundary import boundary_panel
from wattlab.views.plots.class_looks import class_points
from wattlab.views.plots.marks import Chart, Line, Note, Panel, Points, Rule
from wattlab.views.plots.plot import make_plot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from wattlab.insight.epochs import Film, LatentFilm
    from wattlab.insight.epochs.course import Course
    from wattlab.views.plots.marks import Mark, Span
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["film_charts", "plot_epochs"]

_PANEL_IN: Final = (5.0, 4.4)
_SMALL_IN: Final = (3.6, 3.2)
_SHOWN: Final = 6
_MOST_NAMES: Final = 12
_MANY_TIMES: Final = 30
_MARGIN: Final = 0.05


def plot_epochs(film: Film, *, theme: ThemeName = "light") -> Plot[Film]:
    """Draw some epochs side by side, the first and the last among them, and the course of the loss.

    Parameters
    ----------
    film : BoundaryFilm or LatentFilm
        From `wattlab.insight.epochs.find_epochs`.
    theme : {"light", "dark"}
        Of paper and text.
    """
    count = len(film.epochs)
    places = np.unique(np.linspace(0, count - 1, min(_SHOWN, count)).round().astype(int))
    frames = _Frames(film)
    panels = [frames.seen(place)._replace(title=f"Epoch {film.epochs[place]}") for place in places.tolist()]
    chart = Chart(
        f"{frames.what} of run {film.run!r} by epoch",
        (*panels, frames.course(tuple(film.epochs[places].tolist()))),
        panel_in=_SMALL_IN,
        n_columns=ceil((len(panels) + 1) / 2),
        foot=frames.foot,
    )
    return make_plot(chart, film, theme)


def film_charts(film: Film) -> Iterator[Chart]:
    """Yield one chart a frame, all with the same axes and colours, for `wattlab.views.plots.film.save_film`."""
    frames = _Frames(film)
    for place, epoch in enumerate(film.epochs.tolist()):
        yield Chart(
            f"{frames.what} of run {film.run!r}",
            (frames.seen(place)._replace(title=film.course.title(epoch)), frames.course((epoch,))),
            panel_in=_PANEL_IN,
            n_columns=2,
            foot=frames.foot,
        )


class _Frames:
    """What is the same in all frames of a film, found once."""

    def __init__(self, film: Film) -> None:
        self._film = film
        self.what = "Boundary" if isinstance(film, BoundaryFilm) else "Codes"
        crosses = ("Crosses: misclassified.",) if isinstance(film, BoundaryFilm) else ()
        self.foot = (*(f"{note[0].upper()}{note[1:]}." for note in film.notes), *crosses)
        self._spans = ((0.0, 1.0), (0.0, 1.0)) if isinstance(film, BoundaryFilm) else _spans(film.codes)
        self._losses = _loss_span(film.course)

    def seen(self, place: int) -> Panel:
        """Return what a frame shows of the network."""
        film = self._film
        if isinstance(film, BoundaryFilm):
            found = film.boundaries[place]
            panel = boundary_panel(found, legend=False)
            names = _names(found.samples.at, found.samples.labels, found.class_names)
            return panel._replace(marks=(*panel.marks, *names))
        x_span, y_span = self._spans
        marks = _samples(film, film.codes[place])
        return Panel(marks, "", *film.axes, x_span=x_span, y_span=y_span, legend=False)

    def course(self, epochs: tuple[int, ...]) -> Panel:
        """Return the course of the loss, with marks at some epochs; before the first one there is none."""
        course, (span, is_log) = self._film.course, self._losses
        at = np.array([epoch for epoch in epochs if epoch > 0], np.int64)
        rules = [Rule(float(epoch), "y", dash="dot") for epoch in epochs]
        marks: tuple[Mark, ...] = (
            *rules,
            Line(course.epochs.astype(float), course.loss, colour="soft"),
            Points(at.astype(float), course.loss[at - 1], colour=ORANGE, size=8.0),
        )
        last = len(course.epochs)
        return Panel(
            marks,
            "Loss (mean of the epoch's batches)",
            "epoch",
            "loss",
            x_span=(-_MARGIN * last, (1 + _MARGIN) * last),
            y_span=span,
            y_log=is_log,
            legend=False,
        )


def _samples(film: LatentFilm, codes: NDArray[np.float64]) -> tuple[Mark, ...]:
    if film.groups is None:
        return (Points(codes[:, 0], codes[:, 1], size=4.0, alpha=0.8),)
    kinds = []
    for place in range(len(film.classes)):
        x, y = codes[film.groups == place].T
        kinds.append(class_points(place, x, y, size=4.5))
    return (*kinds, *_names(codes, film.groups, film.classes))


def _names(
    at: NDArray[np.floating], groups: NDArray[np.integer] | None, classes: tuple[str, ...]
) -> Iterator[Note]:
    """Yield the name of each class beside the sample in its middle: it moves with them, as no legend would."""
    if groups is None or len(classes) > _MOST_NAMES:
        return
    for place, name in enumerate(classes):
        own = at[groups == place]
        if len(own):
            middle = np.median(own, axis=0)
            x, y = own[np.linalg.norm(own - middle, axis=1).argmin()]
            yield Note(float(x), float(y), f" {name}", size=13.0)


def _spans(codes: NDArray[np.float64]) -> tuple[Span, Span]:
    """Return ends of the axes that hold the codes of all frames."""
    low, high = codes.min(axis=(0, 1)), codes.max(axis=(0, 1))
    space = np.where(high > low, _MARGIN * (high - low), 1.0)
    (left, bottom), (right, top) = (low - space).tolist(), (high + space).tolist()
    return (left, right), (bottom, top)


def _loss_span(course: Course) -> tuple[Span, bool]:
    """Return ends of the axis of losses, and whether it is logarithmic: where they differ by much."""
    low, high = float(course.loss.min()), float(course.loss.max())
    if low > 0 and high / low > _MANY_TIMES:
        return (low / 1.3, high * 1.3), True
    space = _MARGIN * (high - low) or 0.5
    return (low - space, high + space), False
