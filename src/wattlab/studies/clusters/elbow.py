"""Where a curve of inertia bends, and whether that place is more than the choice of numbers that were tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.studies.row import Frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Elbow", "find_elbow", "peaks"]

_FEWEST: Final = 5
_SLACK: Final = 15
"""An elbow may move by one number of so many and be clear."""


class Elbow(Frozen):
    """Where inertia goes from falling fast to falling slowly."""

    n_clusters: int | None
    """By the kneedle algorithm, from all numbers of clusters; None: it finds none."""
    clear: bool
    """Whether it stays where it is, to one in fifteen numbers, with fewer of them and with each seed alone."""
    others: tuple[int, ...] = ()
    """Where else it is then."""
    reason: str = ""
    """Why it is not clear, in words; empty where it is."""


def find_elbow(counts: Sequence[int], curves: Sequence[Sequence[float]]) -> Elbow:
    """Find the elbow of inertia over the number of clusters.

    Every convex curve has a point that is farthest below the line between its ends, so that an elbow is found even
    where the curve bends evenly; but it then moves with those ends. So it is looked for again without half of the
    numbers above it, without half of those below it, and with each seed alone.

    Parameters
    ----------
    counts : sequence of int
        Numbers of clusters, increasing.
    curves : sequence of sequence of float
        Inertia for each of them: a curve for each seed.

    References
    ----------
    V. Satopää, J. Albrecht, D. Irwin, B. Raghavan, Finding a "Kneedle" in a Haystack, ICDCS workshops, 2011.

    Examples
    --------
    >>> counts = range(10, 110, 10)
    >>> bent = [1000 - 24 * k if k <= 40 else 50 - 0.25 * k for k in counts]
    >>> find_elbow(counts, [bent]).n_clusters, find_elbow(counts, [bent]).clear
    (40, True)
    >>> find_elbow(counts, [[1000 * k**-0.3 for k in counts]]).clear
    False
    """
    if len(counts) < _FEWEST:
        return Elbow(
            n_clusters=None,
            clear=False,
            reason=f"it takes {_FEWEST} numbers of clusters or more to see one, and {len(counts)} were tried",
        )
    places = list(counts)
    middle = np.median(np.asarray(curves), axis=0).tolist()
    found = _kneedle(places, middle)
    if found is None:
        return Elbow(n_clusters=None, clear=False, reason="inertia does not fall faster first than later")
    slack = len(places) // _SLACK
    again = [_kneedle(places[part], middle[part]) for part in _shorter(places.index(found), len(places))]
    again += [_kneedle(places, list(curve)) for curve in curves]
    moved = [one for one in again if one is None or abs(places.index(one) - places.index(found)) > slack]
    others = tuple(sorted({one for one in again if one is not None} - {found}))
    reason = f"with fewer numbers of clusters, or one seed alone, it {_listed(moved)}" if moved else ""
    return Elbow(n_clusters=found, clear=not moved, others=others, reason=reason)


def _shorter(place: int, n: int) -> list[slice]:
    """Return the numbers without half of those above the elbow, and without half of those below it."""
    parts = [slice(0, place + 1 + (n - place) // 2), slice(place // 2, n)]
    return [part for part in parts if part.stop - part.start >= _FEWEST]


def peaks(counts: Sequence[int], values: Sequence[float | None]) -> tuple[int, ...]:
    """Return the numbers of clusters at which a curve is higher than at both its neighbours, highest first.

    Parameters
    ----------
    counts : sequence of int
        Numbers of clusters, increasing.
    values : sequence of float or None
        One for each; what is None is left out. Ends count if they are higher than their only neighbour.

    Examples
    --------
    >>> peaks([10, 20, 30, 40, 50], [0.2, 0.1, 0.3, 0.1, 0.05])
    (30, 10)
    """
    known = [(count, value) for count, value in zip(counts, values, strict=True) if value is not None]
    low = -np.inf
    padded = [low, *(value for _, value in known), low]
    found = [
        (value, count)
        for place, (count, value) in enumerate(known, 1)
        if padded[place - 1] < value > padded[place + 1]
    ]
    return tuple(count for _, count in sorted(found, reverse=True))


def _kneedle(counts: Sequence[int], inertia: Sequence[float]) -> int | None:
    from kneed import KneeLocator  # imports SciPy

    if inertia[-1] >= inertia[0]:
        return None
    found = KneeLocator(counts, inertia, curve="convex", direction="decreasing").knee
    return None if found is None else int(found)


def _listed(places: Sequence[int | None]) -> str:
    """Return what becomes of an elbow, in words."""
    where = sorted({one for one in places if one is not None})
    said = [f"moves to {' and '.join(map(str, where))}"] if where else []
    return " or ".join([*said, *(["vanishes"] if None in places else [])])
