"""What a figure is before it is drawn: curves in panels in charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Chart", "Curve", "Panel", "thinned"]

_MANY_POINTS = 500


class Curve(NamedTuple):
    """One line in a panel.

    Attributes
    ----------
    run : int
        Which of the runs, from 0.
    part : str
        "training", "test", "validation", or the name of a layer.
    x, y : ndarray of shape (n_points,)
        Finite values only.
    thinned_from : int
        Points before thinning; 0 if all are there.
    """

    run: int
    part: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    thinned_from: int = 0


class Panel(NamedTuple):
    """One pair of axes.

    Attributes
    ----------
    title, x_label, y_label : str
    curves : tuple of Curve
    targets : tuple of float
        Where dotted lines go; empty without a target.
    log : bool
        Logarithmic y axis.
    low, high : float or None
        Ends of the y axis, where the curves themselves should not decide.
    """

    title: str
    x_label: str
    y_label: str
    curves: tuple[Curve, ...]
    targets: tuple[float, ...] = ()
    log: bool = False
    low: float | None = None
    high: float | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """Parts in the order in which they first appear."""
        return tuple(dict.fromkeys(curve.part for curve in self.curves))

    @property
    def is_dense(self) -> bool:
        """Whether curves are textures of thousands of points, to be drawn thin."""
        return any(len(curve.x) > _MANY_POINTS for curve in self.curves)


class Chart(NamedTuple):
    """Panels that belong together.

    Attributes
    ----------
    name : str
        Stem of a file's name.
    title : str
    panels : tuple of Panel
    caption : str
        What a reader must know to read it right; may be empty.
    """

    name: str
    title: str
    panels: tuple[Panel, ...]
    caption: str = ""


def thinned(x: ArrayLike, y: ArrayLike, limit: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Keep the first and last point and the least and greatest of each of ``limit // 2 - 1`` stretches.

    So a drawn line keeps its envelope: no spike is lost, which a mean or every k-th point would lose.

    Examples
    --------
    >>> x, y = thinned(range(100), [0.0] * 50 + [9.0] + [0.0] * 49, limit=6)
    >>> len(x), float(y.max())
    (4, 9.0)
    """
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if len(x) <= limit:
        return x, y
    kept = {0, len(x) - 1}
    for stretch in np.array_split(np.arange(len(x)), limit // 2 - 1):
        kept |= {int(stretch[y[stretch].argmin()]), int(stretch[y[stretch].argmax()])}
    rows = sorted(kept)
    return x[rows], y[rows]
