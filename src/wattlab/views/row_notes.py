"""What the rows of a study that times steps say beside their figures: the same words once for all that say them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from wattlab.views.study_notes import Remark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wattlab.meter.statistics import Estimate

__all__ = ["counted", "labels_text", "row_remarks", "row_troubles"]

_MANY: Final = 3


class _Row(Protocol):
    @property
    def label(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def step(self) -> Estimate | None: ...

    @property
    def failures(self) -> tuple[str, ...]: ...

    @property
    def notes(self) -> tuple[str, ...]: ...


def row_troubles(rows: Iterable[_Row]) -> tuple[tuple[str, Remark], ...]:
    """Return why rows have no time, by kind."""
    said: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.step is None:
            for text in dict.fromkeys(row.failures):
                said.setdefault((row.state, text), []).append(row.label)
    return tuple((state, Remark(labels_text(labels), text)) for (state, text), labels in said.items())


def row_remarks(rows: Sequence[_Row]) -> list[Remark]:
    """Return what a reader must know of single rows; without a label what all of them say."""
    said: dict[str, list[str]] = {}
    for row in rows:
        for note in row.notes:
            said.setdefault(_without_figures(note), []).append(row.label)
    whole = len(rows)
    return [
        Remark("" if len(labels) == whole > 1 else labels_text(labels), text) for text, labels in said.items()
    ]


def _without_figures(note: str) -> str:
    """Return a note that many rows share without the figures that differ."""
    busy = "other processes kept the machine busy"
    if busy in note or "of the cores busy" in note:
        return f"{busy}: times are longer than need be"
    return note


def labels_text(labels: Iterable[str]) -> str:
    """Return some labels in words, of many the first alone."""
    first, *others = dict.fromkeys(labels)
    if len(others) < _MANY:
        return "; ".join((first, *others))
    return f"{first} and {len(others)} more"


def counted(count: object, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "round"), counted(5, "round")
    ('1 round', '5 rounds')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"
