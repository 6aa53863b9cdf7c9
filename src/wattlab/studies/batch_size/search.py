"""The search for the largest batch that fits: double, bisect on multiples of 8, confirm; pure but for its probe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["FIRST", "MULTIPLE", "Bounds", "Found", "Outcome", "Tried", "search"]

Outcome = Literal["fits", "out of memory", "thrashes", "too slow", "crashed"]

FIRST: Final = 8
"""Where the doubling begins, unless something else is asked for."""
MULTIPLE: Final = 8
"""Sizes between two others are multiples of it, as the matrix units of processors and GPUs like them."""
_FINEST: Final = 64
"""Sizes closer than a 64th are not told apart: their peaks differ by less than one process from another."""
_MEMORY: Final = frozenset({"out of memory", "thrashes"})


class Tried(Protocol):
    """What one probe of a size gave."""

    @property
    def size(self) -> int:
        """Samples in a batch."""

    @property
    def outcome(self) -> Outcome:
        """Whether it fits, and if not, why."""


Result = TypeVar("Result", bound=Tried)


@dataclass(frozen=True)
class Bounds:
    """Where to look.

    Parameters
    ----------
    most : int
        Largest size, at least 1.
    least : int or None
        Smallest size, at most `most`; None: the search begins at 8, and goes below only where 8 does not fit.
    """

    most: int
    least: int | None = None

    def upwards(self) -> Iterator[int]:
        """Yield sizes, each twice the one before, and the largest of all."""
        size = min(self.least or FIRST, self.most)
        while size < self.most:
            yield size
            size *= 2
        yield self.most

    def downwards(self) -> Iterator[int]:
        """Yield the powers of two below the first size, largest first; none where a smallest size was asked for."""
        if self.least is None:
            yield from (size for size in (4, 2, 1) if size < min(FIRST, self.most))


@dataclass(frozen=True)
class Found(Generic[Result]):
    """What the search found.

    Parameters
    ----------
    largest : Result or None
        The first probe of the largest size that fitted twice; None if none did.
    confirmed : Result or None
        The second probe of that size, in a process of its own.
    above : Result or None
        The probe of the next larger tested size, which did not fit; None if the upper end was reached.
    """

    largest: Result | None
    confirmed: Result | None
    above: Result | None


def search(probe: Callable[[int, int], Result], bounds: Bounds) -> Found[Result]:
    """Find the largest size that fits, of those that were tested.

    No size above one that failed is ever tried. A size that is too slow, or at which the process crashes for another
    reason than memory, ends the doubling, and nothing between is looked for: it is not memory that ends there.

    Where the largest does not fit once more, processes differ: the gap between the largest size that fitted twice and
    the one that failed is halved on, as closely as before, and each size in it must fit twice.

    Parameters
    ----------
    probe : callable
        Takes a size and the 1-based number of the attempt at it, and tries it in a fresh process.
    bounds : Bounds
        Where to look.

    Returns
    -------
    Found

    Examples
    --------
    >>> from typing import NamedTuple
    >>> class Made(NamedTuple):
    ...     size: int
    ...     outcome: str
    >>> found = search(lambda size, _: Made(size, "fits" if size <= 100 else "out of memory"), Bounds(1000))
    >>> found.largest.size, found.above.size
    (96, 104)
    """
    fitting, failed = _doubled(probe, bounds)
    if fitting and failed is not None and failed.outcome in _MEMORY:
        failed = _bisect(probe, fitting, failed)
    return _confirm(probe, fitting, failed)


def _doubled(probe: Callable[[int, int], Result], bounds: Bounds) -> tuple[list[Result], Result | None]:
    """Return what fits on the way up, smallest first, and the smallest that does not."""
    fitting: list[Result] = []
    for size in bounds.upwards():
        tried = probe(size, 1)
        if tried.outcome != "fits":
            return (fitting, tried) if fitting else _halved(probe, bounds, tried)
        fitting.append(tried)
    return fitting, None


def _halved(
    probe: Callable[[int, int], Result], bounds: Bounds, failed: Result
) -> tuple[list[Result], Result]:
    """Return the first size below that fits, and the next larger one; after a crash, nothing below is tried."""
    for size in bounds.downwards():
        if failed.outcome == "crashed":
            break
        tried = probe(size, 1)
        if tried.outcome == "fits":
            return [tried], failed
        failed = tried
    return [], failed


def _bisect(probe: Callable[[int, int], Result], fitting: list[Result], failed: Result) -> Result:
    """Narrow the gap between the largest that fits and the smallest that does not; append what fits."""
    while (size := _between(fitting[-1].size, failed.size)) is not None:
        tried = probe(size, 1)
        if tried.outcome == "fits":
            fitting.append(tried)
        else:
            failed = tried
    return failed


def _between(low: int, high: int) -> int | None:
    """Return the multiple of 8 nearest to the middle of two sizes; None where they are close enough."""
    if high - low <= max(MULTIPLE, low // _FINEST):
        return None
    size = max((low + high) // 2 // MULTIPLE, low // MULTIPLE + 1) * MULTIPLE
    return size if size < high else None


def _confirm(
    probe: Callable[[int, int], Result], fitting: list[Result], failed: Result | None
) -> Found[Result]:
    """Try the largest that fits once more; where it fails now, look for the largest below it that fits twice."""
    for place, first in enumerate(reversed(fitting)):
        second = probe(first.size, 2)
        if second.outcome == "fits":
            found = Found(first, second, failed)
            return _close(probe, found) if place else found
        failed = second
    return Found(None, None, failed)


def _close(probe: Callable[[int, int], Result], found: Found[Result]) -> Found[Result]:
    """Narrow the gap above a size that fitted twice, after a larger one that fitted once: each is tried twice, too."""
    largest, confirmed, above = found.largest, found.confirmed, found.above
    if largest is None or above is None or above.outcome not in _MEMORY:
        return found
    while (size := _between(largest.size, above.size)) is not None:
        first = probe(size, 1)
        second = probe(size, 2) if first.outcome == "fits" else first
        if second.outcome == "fits":
            largest, confirmed = first, second
        else:
            above = second
    return Found(largest, confirmed, above)
