"""The factor that lifts float16 gradients out of underflow, and how it follows what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from wattlab.engines.native.arrays import Arrays, Number

__all__ = ["GOOD_STEPS", "LARGEST", "SMALLEST", "LossScale", "ScaleState"]

INITIAL = 2.0**16
GOOD_STEPS = 2000
"""Steps without overflow after which a dynamic factor is doubled."""
LARGEST, SMALLEST = 2.0**24, 2.0**-24
"""Between these a dynamic factor stays; without an upper limit it would grow until a step is lost, again and again."""


class ScaleState(NamedTuple):
    """Where a loss scale stands; numbers, or arrays of shape () on the device.

    Parameters
    ----------
    factor : number
        What the loss is multiplied by.
    good_steps : number
        Steps without overflow since the factor last changed.
    n_skipped : number
        Steps with overflow.
    """

    factor: Number
    good_steps: Number
    n_skipped: Number


@dataclass(frozen=True)
class LossScale:
    """How the factor changes from step to step.

    Parameters
    ----------
    fixed : float or None
        A factor that never changes; None: dynamic, halved on overflow, doubled after `GOOD_STEPS` good steps.

    References
    ----------
    P. Micikevicius et al., "Mixed precision training", ICLR 2018, section 3.2.

    Examples
    --------
    >>> from wattlab.engines.native.arrays import NUMPY
    >>> state = LossScale(None).after(NUMPY, ScaleState(65536.0, 7.0, 0.0), finite=False)
    >>> [float(number) for number in state]
    [32768.0, 0.0, 1.0]
    """

    fixed: float | None

    @property
    def kind(self) -> str:
        """Return "dynamic" or "fixed"."""
        return "dynamic" if self.fixed is None else "fixed"

    @property
    def initial(self) -> float:
        """Return the factor of the first step."""
        return INITIAL if self.fixed is None else self.fixed

    def after(self, xp: Arrays, state: ScaleState, finite: Number) -> ScaleState:
        """Return the state after a step whose gradient was finite, or not."""
        n_skipped = xp.where(finite, state.n_skipped, state.n_skipped + 1)
        good_steps = xp.where(finite, state.good_steps + 1, state.good_steps * 0)
        if self.fixed is not None:
            return ScaleState(state.factor, good_steps, n_skipped)
        full = good_steps >= GOOD_STEPS
        doubled = xp.where(state.factor < LARGEST, state.factor * 2, state.factor)
        halved = xp.where(state.factor > SMALLEST, state.factor * 0.5, state.factor)
        factor = xp.where(finite, xp.where(full, doubled, state.factor), halved)
        return ScaleState(factor, xp.where(full, good_steps * 0, good_steps), n_skipped)
