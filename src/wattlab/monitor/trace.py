"""What a gauge said so far: the last values for a small curve, and mean, least and peak of all."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.monitor.sample import Value

__all__ = ["History", "Trace"]

KEPT: Final = 512


class Trace:
    """One gauge over time.

    Attributes
    ----------
    values : deque of float or None
        The last values, the newest last; None where it was not known.
    peak : float or None
        The highest of all; None if none was known.
    """

    def __init__(self) -> None:
        self.values: deque[float | None] = deque(maxlen=KEPT)
        self.peak: float | None = None
        self._sum, self._count = 0.0, 0

    def add(self, value: float | None) -> None:
        """Take one more value."""
        self.values.append(value)
        if value is not None:
            self._sum, self._count = self._sum + value, self._count + 1
            self.peak = value if self.peak is None else max(self.peak, value)

    @property
    def now(self) -> float | None:
        """The newest value."""
        return self.values[-1] if self.values else None

    @property
    def mean(self) -> float | None:
        """The mean of all values that were known; None if none was."""
        return self._sum / self._count if self._count else None


class History:
    """A trace for each figure of the samples, by its name."""

    def __init__(self) -> None:
        self._traces: dict[str, Trace] = {}

    def add(self, values: Mapping[str, Value]) -> None:
        """Take the figures of one more sample; texts are left out."""
        for name, value in values.items():
            if not isinstance(value, str):
                self[name].add(value)

    def __getitem__(self, name: str) -> Trace:
        return self._traces.setdefault(name, Trace())
