"""The demonstrations by name, and how one is run."""

from __future__ import annotations

from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab import __version__
from wattlab.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.demonstrations.outcome import Demonstrated, Outcome

__all__ = ["DEMONSTRATIONS", "Entry", "demonstrate", "find"]


class Entry(NamedTuple):
    """A demonstration that can be run.

    Attributes
    ----------
    title : str
        What it is about.
    summary : str
        What is done, in one sentence.
    run : callable
        Runs it; what it needs is imported only then.
    """

    title: str
    summary: str
    run: Callable[[], Demonstrated]


def _lanes() -> Demonstrated:
    from wattlab.demonstrations.lanes import demonstrate_lanes

    return demonstrate_lanes()


def _fma() -> Demonstrated:
    from wattlab.demonstrations.multiply_add import demonstrate_multiply_add

    return demonstrate_multiply_add()


def _underflow() -> Demonstrated:
    from wattlab.demonstrations.underflow import demonstrate_underflow

    return demonstrate_underflow()


def _summation() -> Demonstrated:
    from wattlab.demonstrations.summation import demonstrate_summation

    return demonstrate_summation()


def _neuron() -> Demonstrated:
    from wattlab.demonstrations.neuron import demonstrate_neuron

    return demonstrate_neuron()


DEMONSTRATIONS: Final = {
    "lanes": Entry(
        "SIMD lanes, and what they give",
        "The same arithmetic in wide and narrow number types: how many fit into a register, how much faster it is.",
        _lanes,
    ),
    "fma": Entry(
        "Fused multiply-add: one rounding or two",
        "a·b + c rounded once and twice, held against exact fractions.",
        _fma,
    ),
    "underflow": Entry(
        "float16 underflow, and what loss scaling does",
        "The gradients of a real training cast to float16 and bfloat16, and trainings with each loss scale.",
        _underflow,
    ),
    "summation": Entry(
        "The error of a sum, by precision and order",
        "Ten to a million numbers added in several ways, held against the exact sum.",
        _summation,
    ),
    "neuron": Entry(
        "One neuron, saturated, and what scaling does",
        "A sigmoid neuron learns 14 samples from many starting weights, on raw and on scaled inputs.",
        _neuron,
    ),
}
"""All demonstrations, in the order in which they are told."""


def find(name: str) -> Entry:
    """Return a demonstration by its name.

    Raises
    ------
    wattlab.errors.UserError
        If there is none of that name; it offers the nearest.

    Examples
    --------
    >>> find("sumation")
    Traceback (most recent call last):
        ...
    wattlab.errors.UserError: there is no demonstration 'sumation'; did you mean 'summation'? Known are lanes, ...
    """
    if name in DEMONSTRATIONS:
        return DEMONSTRATIONS[name]
    close = get_close_matches(name.lower(), DEMONSTRATIONS, n=1, cutoff=0.5)
    meant = f"did you mean {close[0]!r}? Known are" if close else "known are"
    raise UserError(f"there is no demonstration {name!r}; {meant} {', '.join(DEMONSTRATIONS)}")


def demonstrate(name: str) -> Outcome:
    """Run a demonstration.

    Parameters
    ----------
    name : str
        "lanes", "fma", "underflow", "summation" or "neuron".

    Returns
    -------
    Outcome
        ``result`` holds the numbers; they can be drawn by `wattlab.views.demo_file.write_demonstration`.

    Raises
    ------
    wattlab.errors.UserError
        If there is none of that name.
    """
    entry = find(name)
    result = entry.run()

    from wattlab.demonstrations.outcome import Outcome
    from wattlab.machine.fingerprint import describe_machine

    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Outcome(name, entry.title, result, describe_machine().one_line(), now, __version__)
