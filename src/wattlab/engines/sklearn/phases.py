"""The phases of scikit-learn's steps, seen from inside ``partial_fit``.

While a call is timed, three methods of the estimator and its optimizer are replaced, on these objects alone, by ones
that also look at the clock: ``_backprop``, which calls ``_forward_pass``, and the optimizer's ``update_params``. They
compute what they always do. Nothing else in wattlab knows these names; where scikit-learn lacks one of them,
the phases are untimed.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wattlab.engines.phases import PhaseClock

__all__ = ["LOSS_IS_BACKWARD", "shown_to"]

LOSS_IS_BACKWARD: Final = (
    "the loss and the regularisation are found on the way back, and count as backward; "
    "other is scikit-learn's own checking and slicing"
)


@contextmanager
def shown_to(clock: PhaseClock, estimator: Any) -> Iterator[None]:
    """Let the clock see the phases of the calls of ``partial_fit`` inside the block, if it is running."""
    if not clock.running:
        yield
        return
    optimizer = estimator._optimizer  # noqa: SLF001 (as in optimizer.py)
    watched = (
        (estimator, "_backprop", "other", "backward"),
        (estimator, "_forward_pass", "backward", "forward"),
        (optimizer, "update_params", "optimizer", "optimizer"),
    )
    shown = [(owner, name) for owner, name, *_ in watched if hasattr(owner, name)]
    for owner, name, before, after in watched:
        if (owner, name) in shown:
            setattr(owner, name, _lapped(getattr(owner, name), clock, before, after))
    try:
        yield
    finally:
        for owner, name in shown:
            delattr(owner, name)  # the class's own comes back


def _lapped(method: Callable[..., Any], clock: PhaseClock, before: str, after: str) -> Callable[..., Any]:
    """Return a method that gives the time up to its call to one phase, and its own to another."""

    def lapped(*arguments: Any, **named: Any) -> Any:
        clock.lap(before)
        found = method(*arguments, **named)
        clock.lap(after)
        return found

    return lapped
