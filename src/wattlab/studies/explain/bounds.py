"""What a step would take if only its arithmetic, its traffic, its overhead or its input took any time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.explain.answer import Bound, Line, Point, Roofline
from wattlab.studies.explain.doubts import (
    cache_doubt,
    fast_layers,
    overlong,
    roof_doubt,
    slow_caches,
    undetermined,
)
from wattlab.studies.explain.wording import share_text
from wattlab.units import format_bytes, significant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wattlab.studies.explain.answer import BoundName
    from wattlab.studies.explain.ceilings import Ceilings
    from wattlab.studies.explain.findings import Findings
    from wattlab.studies.explain.part_times import StepWork

__all__ = ["bound_sentence", "doubt_notes", "find_bounds", "nearest", "roofline"]

_NEAR: Final = 0.5
"""Share of the step from which on a bound is said to be what counts."""
_BUSY: Final = 0.25
"""Share of the cores from which on other programs decide how long a step takes."""
_WORDS: Final[dict[BoundName, str]] = {
    "input": "input: it waits for its batches",
    "overhead": "overhead: launching the operations takes longer than doing them",
    "memory": "memory: it waits for numbers to be moved",
    "arithmetic": "arithmetic",
}
_CLAIMS: Final[dict[BoundName, str]] = {
    "input": "gathering the batches takes",
    "overhead": "a step of the same layers that has next to nothing to compute takes",
    "memory": "moving what must be moved takes",
    "arithmetic": "its products take, at the highest rate of this machine,",
}
_TITLES: Final[dict[BoundName, str]] = {
    "input": "the bound by input",
    "overhead": "the bound by overhead",
    "memory": "the bound by memory",
    "arithmetic": "the bound by arithmetic",
}
_DRAWN: Final = {"memory", "arithmetic"}
_LEFT_OUT: Final = "Points above the roof, and caches slower than memory, are left out of the roofline."


def find_bounds(found: Findings) -> tuple[Bound, ...]:
    """Return all bounds that are known; those whose figures cannot be have a doubt.

    Parameters
    ----------
    found : Findings
        All that was measured.
    """
    bounds: list[tuple[BoundName, float, str]] = []
    share = found.phase("data")
    if share is not None and share.value is not None:
        bounds.append(("input", share.value * found.step_s, "gathering a batch, timed inside the steps"))
    if found.overhead.plain_s is not None:
        bounds.append(("overhead", found.overhead.plain_s, "the same layers, narrow, with one sample"))
    if found.parts is not None and found.ceilings is not None:
        bounds += _ceiled(found.recipe.engine.precision, found.parts.work, found.ceilings)
    return tuple(_bound(found, name, seconds, how) for name, seconds, how in bounds)


def _bound(found: Findings, name: BoundName, seconds: float, how: str) -> Bound:
    reasons = overlong(found, seconds) or _ceiling_doubt(found, name)
    doubt = undetermined(found, reasons) if reasons else ""
    return Bound(name=name, seconds=seconds, share=min(1.0, seconds / found.step_s), how=how, doubt=doubt)


def _ceiling_doubt(found: Findings, name: BoundName) -> str:
    """Return why the ceiling of a bound cannot be; an empty text where it can."""
    if name == "arithmetic":
        return roof_doubt(found)
    if name == "memory" and found.ceilings is not None:
        return cache_doubt(found.ceilings)
    return ""


def _ceiled(precision: str, work: StepWork, ceilings: Ceilings) -> list[tuple[BoundName, float, str]]:
    memory = ceilings.bandwidth_at(work.moved_B)
    where = "memory" if memory is ceilings.memory else "cache"
    moved = f"{format_bytes(work.moved_B)} ÷ {significant(memory.rate.median / 1e9)} GB/s ({where})"
    found: list[tuple[BoundName, float, str]] = [("memory", work.moved_B / memory.rate.median, moved)]
    product = ceilings.arithmetic(precision)
    if product is not None:
        rate = product.rate.median
        how = f"{_flop(work.flop)} ÷ {_flop(rate)}/s (best {precision} product)"
        found.append(("arithmetic", work.flop / rate, how))
    return found


def _flop(amount: float) -> str:
    for factor, unit in ((1e12, "TFLOP"), (1e9, "GFLOP"), (1e6, "MFLOP")):
        if amount >= factor:
            return f"{significant(amount / factor)} {unit}"
    return f"{significant(amount / 1e3)} kFLOP"


def nearest(bounds: Sequence[Bound]) -> Bound | None:
    """Return the bound that a step is nearest to: the longest without a doubt; None where none is known."""
    return max((one for one in bounds if not one.doubt), key=lambda one: one.seconds, default=None)


def bound_sentence(bounds: Sequence[Bound], step_s: float, foreign: float = 0.0) -> str:
    """Return in a sentence what bounds a step, with the figures.

    Parameters
    ----------
    bounds : sequence of Bound
        All that are known.
    step_s : float
        The measured step. Unit: s.
    foreign : float, optional
        Share of all cores that other programs kept busy meanwhile, from 0 to 1.
    """
    first = nearest(bounds)
    doubts = [f"{_TITLES[one.name]} {one.doubt}" for one in bounds if one.doubt]
    if first is None and doubts:
        return f"Unknown: what bounds this step. {_sentence(doubts[0])}"
    if first is None:
        return "Nothing is known of what bounds this step: no ceiling could be measured."
    figures = (
        f"{significant(1e3 * first.seconds)} of {significant(1e3 * step_s)} ms ({share_text(first.share)})"
    )
    if first.share >= _NEAR:
        return f"Bound by {_WORDS[first.name]}; {_CLAIMS[first.name]} {figures}."
    said = f"the nearest is {_WORDS[first.name].partition(':')[0]}; {_CLAIMS[first.name]} {figures}."
    if doubts:
        return f"Unknown: what bounds this step. {_sentence(doubts[0])} Of the other bounds, {said}"
    if foreign > _BUSY:
        others = (
            f"Other programs kept {share_text(foreign)} of the cores busy, which hides what bounds the step"
        )
        return f"{others}: of the bounds, {said}"
    return (
        f"No single bound: {said} "
        "The rest is lost between them: shapes below the best rate, caches, threads that wait for each other."
    )


def _sentence(said: str) -> str:
    return f"{said[0].upper()}{said[1:]}."


def doubt_notes(bounds: Sequence[Bound]) -> tuple[str, ...]:
    """Return why bounds are not known, and that what cannot be is left out of the roofline."""
    told = [_sentence(f"{_TITLES[one.name]} {one.doubt}") for one in bounds if one.doubt]
    return (*told, _LEFT_OUT) if any(one.doubt and one.name in _DRAWN for one in bounds) else tuple(told)


def roofline(found: Findings) -> Roofline | None:
    """Return the roof of this machine, and the step and its layers under it, without what cannot be.

    Parameters
    ----------
    found : Findings
        All that was measured; None is returned where ceilings or work are not known, or no point can be.
    """
    if found.parts is None or found.ceilings is None:
        return None
    ceilings, precision = found.ceilings, found.recipe.engine.precision
    points = tuple(_points(found, found.parts.work))
    formats = dict.fromkeys((precision, *(one.precision for one in ceilings.products)))
    best = {name: ceilings.arithmetic(name) for name in formats}
    arithmetic = tuple(Line(label=name, rate=one.rate.median) for name, one in best.items() if one)
    slow = slow_caches(ceilings)
    memory = tuple(
        Line(label=_memory_label(one.size_B, beyond=one is ceilings.memory), rate=one.rate.median)
        for one in ceilings.bandwidths
        if one not in slow
    )
    return Roofline(arithmetic=arithmetic, memory=memory, points=points) if points and arithmetic else None


def _points(found: Findings, work: StepWork) -> Iterator[Point]:
    """Yield the step and its layers; those above the roof are left out."""
    product = found.best_product
    if product is None or work.flop / found.step.step.high <= product.rate.high:
        yield Point(
            label="the step",
            kind="step",
            intensity=work.flop / work.moved_B,
            rate=work.flop / found.step_s,
            seconds=found.step_s,
        )
    parts, fast = found.times("as it is"), fast_layers(found)
    layers = {} if parts is None else parts.layers
    for layer in work.layers:
        if layer.flop and layer.name in layers and layer.name not in fast:
            yield Point(
                label=f"{layer.name} {layer.kind}",
                kind="affine" if layer.affine else "other",
                intensity=layer.flop / layer.moved_B,
                rate=layer.flop / layers[layer.name].median,
                seconds=layers[layer.name].median,
            )


def _memory_label(size_B: int, *, beyond: bool) -> str:
    return "memory" if beyond else f"cache, {format_bytes(size_B)}"
