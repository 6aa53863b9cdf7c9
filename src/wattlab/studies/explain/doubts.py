"""What cannot be: a part longer than the whole, a cache slower than memory, a rate above the roof; all are unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wattlab.meter.load import BUSY
from wattlab.studies.explain.wording import share_text, time_text
from wattlab.units import format_bytes, significant

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.studies.explain.answer import Cause
    from wattlab.studies.explain.ceilings import Bandwidth, Ceilings
    from wattlab.studies.explain.findings import Findings

__all__ = ["cache_doubt", "doubted", "fast_layers", "overlong", "roof_doubt", "slow_caches", "undetermined"]

_STEPS: Final = frozenset({"input", "bytes", "evaluation"})
_PARTS: Final = frozenset(
    {"batch-size", "threads", "half-precision", "tf32", "float64", "emulated-format", "sizes", "layout"}
)
"""Causes whose gains come from parts."""


def undetermined(found: Findings, reasons: str) -> str:
    """Return that something is not known, and why: others were at work, or the figures contradict each other."""
    why = "the machine was busy" if _load(found) > BUSY else "the figures contradict each other"
    return f"could not be determined, as {why} ({reasons})"


def _load(found: Findings) -> float:
    """Return the largest load by others in all measurements, a share of all cores."""
    measured = (found.ceilings, found.parts)
    loads = [one.foreign_load for one in measured if one is not None]
    return max(_step_load(found), found.overhead.foreign_load, *loads, 0.0)


def _step_load(found: Findings) -> float:
    return found.step.cost.foreign.value or 0.0


def overlong(found: Findings, seconds: float) -> str:
    """Return why a part or a bound cannot take so long; empty where it is no longer than the slowest likely step.

    Parameters
    ----------
    found : Findings
        With the measured step.
    seconds : float
        Of the part.
        Unit: s.
    """
    if seconds <= found.step.step.high:
        return ""
    return f"{time_text(seconds)}, longer than the whole step of {time_text(found.step_s)}"


def slow_caches(ceilings: Ceilings) -> tuple[Bandwidth, ...]:
    """Return the caches that came out slower than memory, by more than both intervals."""
    memory = ceilings.memory
    return tuple(one for one in ceilings.bandwidths if one.rate.high < memory.rate.low)


def cache_doubt(ceilings: Ceilings) -> str:
    """Return why bandwidths cannot be; an empty text where they can."""
    slow = slow_caches(ceilings)
    if not slow:
        return ""
    caches = ", ".join(f"{format_bytes(one.size_B)} at {_giga(one.rate.median)}B/s" for one in slow)
    return f"cache of {caches}, slower than memory at {_giga(ceilings.memory.rate.median)}B/s"


def fast_layers(found: Findings) -> dict[str, str]:
    """Return the layers that were quicker than the best product, by more than both intervals, with their rates."""
    parts, product = found.times("as it is"), found.best_product
    if parts is None or found.parts is None or product is None:
        return {}
    return {
        one.name: f"{one.name} {one.kind} at {_giga(one.flop / parts.layers[one.name].median)}FLOP/s"
        for one in found.parts.work.layers
        if one.name in parts.layers and one.flop / parts.layers[one.name].high > product.rate.high
    }


def roof_doubt(found: Findings) -> str:
    """Return why the rate of products cannot be; an empty text where it can."""
    fast, product = fast_layers(found), found.best_product
    if not fast or product is None:
        return ""
    return f"{', '.join(fast.values())}, above the best product at {_giga(product.rate.median)}FLOP/s"


def _giga(rate: float) -> str:
    return f"{significant(rate / 1e9)} G"


def doubted(cause: Cause, found: Findings) -> Cause:
    """Return a cause, its verdict unknown where it rests on figures that cannot be, or that others disturbed."""
    impossible = _IMPOSSIBLE.get(cause.name, _long_part if cause.name in _PARTS else _nothing)(found)
    rests = cause.name in _IMPOSSIBLE or cause.verdict == "yes" or cause.gain is not None
    if impossible and rests:
        return _unknown(cause, undetermined(found, impossible))
    load = _load_behind(cause, found)
    if load > BUSY and (cause.verdict == "yes" or _holds_one(cause)):
        others = f"others used {share_text(load)} of all cores"
        return _unknown(cause, f"could not be determined, as the machine was busy ({others})")
    if cause.verdict == "yes" and _holds_one(cause):
        return cause.model_copy(update={"verdict": "unknown", "change": {}})
    return cause


def _holds_one(cause: Cause) -> bool:
    """Tell whether the interval of a gain leaves open whether there is any."""
    return cause.gain is not None and cause.gain.low <= 1 < cause.gain.high


def _unknown(cause: Cause, evidence: str) -> Cause:
    """Return the cause without verdict, gain and change."""
    nothing: dict[str, Any] = {"verdict": "unknown", "gain": None, "change": {}, "advice": ""}
    return cause.model_copy(update={**nothing, "evidence": evidence})


def _load_behind(cause: Cause, found: Findings) -> float:
    """Return the load by others while what a cause rests on was timed."""
    parts = 0.0 if found.parts is None else found.parts.foreign_load
    if cause.name in _STEPS:
        return _step_load(found)
    if cause.name == "overhead":
        return max(_step_load(found), found.overhead.foreign_load)
    if cause.name == "low-intensity" or (cause.name in _PARTS and cause.gain is not None):
        return max(_step_load(found), parts)
    return 0.0


def _nothing(_: Findings) -> str:
    return ""


def _long_overhead(found: Findings) -> str:
    return overlong(found, found.overhead.plain_s or 0.0)


def _long_part(found: Findings) -> str:
    """Return the first part that alone takes longer than the step."""
    parts = found.times("as it is")
    if parts is None:
        return ""
    named = {**parts.layers, "gathering": parts.data, "the update": parts.update}
    told = (f"{name} alone {text}" for name, one in named.items() if (text := overlong(found, one.low)))
    return next(told, "")


def _ceiling(found: Findings) -> str:
    caches = "" if found.ceilings is None else cache_doubt(found.ceilings)
    return "; ".join(filter(None, (caches, roof_doubt(found), _long_part(found))))


_IMPOSSIBLE: Final[dict[str, Callable[[Findings], str]]] = {
    "overhead": _long_overhead,
    "low-intensity": _ceiling,
}
