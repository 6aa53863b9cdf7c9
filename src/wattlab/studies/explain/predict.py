"""What a change would bring, predicted from the parts of a step that were timed alone, and from what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.explain.answer import Gain

if TYPE_CHECKING:
    from wattlab.meter.statistics import Estimate

__all__ = ["by_parts", "less", "without_share"]

_APART: Final = 0.1
"""Parts that are timed alone find other caches and threads than in a step: by about so much they may differ."""
_LEAST: Final = 0.02
"""No change makes a step fifty times as fast: what is left of it, at least."""


def by_parts(step_s: float, before_s: float, ratio: Estimate, samples: float = 1.0) -> Gain:
    """Return the gain where the parts of a step take `ratio` times as long as before.

    Two ends are known: what of the step is in none of the parts stays as it is, or it changes as the parts do. The
    value lies where the first says, or between both if the batch has another size: what is noted of each sample, and
    the memory that is taken anew for each batch, follow it. The interval holds both ends, each with the interval of
    the ratio, and a tenth more on either side. None is larger than if the parts took no time at all (Amdahl's law).

    Parameters
    ----------
    step_s : float
        The measured step. Unit: s.
    before_s : float
        Its parts together, each timed alone; more than the step where being alone costs something. Unit: s.
    ratio : Estimate
        Of the parts after the change to those before, in the same rounds.
    samples : float, optional
        Samples of a step after the change over those before.

    Examples
    --------
    >>> from wattlab.meter.statistics import estimate
    >>> found = by_parts(10.0, 8.0, estimate([0.5], ""))
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
    (1.67, 1.56, 2.22)
    """
    covered = min(1.0, before_s / step_s)

    def gain(share: float, factor: float) -> float:
        return samples / max(1 - share + share * factor, 1 - covered, _LEAST)

    factors = (ratio.low * (1 - _APART), ratio.high * (1 + _APART))
    ends = [gain(share, factor) for share in (covered, 1.0) for factor in factors]
    following = covered if samples == 1.0 else (1 + covered) / 2
    value = gain(following, ratio.median)
    return Gain(value=value, low=min(*ends, value), high=max(*ends, value))


def less(step_s: float, saved_s: float, low_s: float, high_s: float) -> Gain:
    """Return the gain of a step that becomes shorter by a time that is known between two ends.

    Parameters
    ----------
    step_s, saved_s, low_s, high_s : float
        Unit: s.

    Examples
    --------
    >>> less(10.0, 5.0, 2.0, 6.0)
    Gain(value=2.0, low=1.25, high=2.5)
    """
    least_s = _LEAST * step_s
    value, low, high = (step_s / max(step_s - one_s, least_s) for one_s in (saved_s, low_s, high_s))
    return Gain(value=value, low=min(value, low), high=max(value, high))


def without_share(share: float, low: float, high: float) -> Gain:
    """Return the gain if a share of the time went away altogether (Amdahl's law).

    Parameters
    ----------
    share, low, high : float
        From 0 to 1, with the ends between which it lies.

    References
    ----------
    G. M. Amdahl, "Validity of the single processor approach to achieving large scale computing capabilities", 1967.

    Examples
    --------
    >>> without_share(0.5, 0.2, 0.75)
    Gain(value=2.0, low=1.25, high=4.0)
    """
    return less(1.0, share, low, high)
