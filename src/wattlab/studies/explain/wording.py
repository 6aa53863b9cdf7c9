"""Figures in the sentences of an explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wattlab.units import significant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.meter.statistics import Estimate

__all__ = ["assignments", "gain_text", "share_text", "time_text"]


def time_text(time: Estimate | float) -> str:
    """Return a time in ms.

    Examples
    --------
    >>> time_text(0.0123)
    '12.3 ms'
    """
    seconds = time if isinstance(time, float) else time.median
    return f"{significant(1e3 * seconds)} ms"


def gain_text(ratio: float) -> str:
    """Return how many times as fast.

    Examples
    --------
    >>> gain_text(2.1049)
    '2.10 ×'
    """
    return f"{significant(ratio)} ×"


def share_text(share: float) -> str:
    """Return a share in per cent.

    Examples
    --------
    >>> share_text(0.123), share_text(0.0042)
    ('12 %', '0.4 %')
    """
    return f"{100 * share:.0f} %" if share >= 0.01 else f"{100 * share:.1f} %"


def assignments(change: Mapping[str, Any]) -> str:
    """Return a change as options to copy.

    Examples
    --------
    >>> assignments({"engine.precision": "bfloat16", "engine.compiled": True})
    '--set engine.precision=bfloat16 --set engine.compiled=true'
    """
    return " ".join(f"--set {field}={_toml(value)}" for field, value in change.items())


def _toml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
