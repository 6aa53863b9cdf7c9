"""What a step would take if only its arithmetic, its traffic, its overhead or its input took any time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.explain.answer import Bound, Line, Point, Roofline
from wattlab.studies.explain.wording import share_text
from wattlab.units import format_bytes, significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.explain.answer import BoundName
    from wattlab.studies.explain.ceilings import Ceilings
    from wattlab.studies.explain.part_times import PartTimes, StepWork

__all__ = ["bound_sentence", "find_bounds", "nearest", "roofline"]

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


def find_bounds(
    step_s: float,
    precision: str,
    work: StepWork | None,
    ceilings: Ceilings | None,
    overhead_s: float | None,
    input_s: float | None,
) -> tuple[Bound, ...]:
    """Return all bounds that are known.

    Parameters
    ----------
    step_s : float
        The measured step. Unit: s.
    precision : str
        In which it computes.
    work : StepWork or None
        What it has to do.
    ceilings : Ceilings or None
        Of this machine.
    overhead_s : float or None
        A step that has next to nothing to compute. Unit: s.
    input_s : float or None
        Gathering a batch, in the step itself. Unit: s.
    """
    found: list[tuple[BoundName, float, str]] = []
    if input_s is not None:
        found.append(("input", input_s, "gathering a batch, timed inside the steps"))
    if overhead_s is not None:
        found.append(("overhead", overhead_s, "the same layers, narrow, with one sample"))
    if work is not None and ceilings is not None:
        found += _ceiled(precision, work, ceilings)
    return tuple(
        Bound(name=name, seconds=seconds, share=seconds / step_s, how=how) for name, seconds, how in found
    )


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
    """Return the bound that a step is nearest to: the longest; None where none is known."""
    return max(bounds, key=lambda one: one.seconds, default=None)


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
    if first is None:
        return "Nothing is known of what bounds this step: no ceiling could be measured."
    figures = (
        f"{significant(1e3 * first.seconds)} of {significant(1e3 * step_s)} ms ({share_text(first.share)})"
    )
    if first.share >= _NEAR:
        return f"Bound by {_WORDS[first.name]}; {_CLAIMS[first.name]} {figures}."
    said = f"the nearest is {_WORDS[first.name].partition(':')[0]}; {_CLAIMS[first.name]} {figures}."
    if foreign > _BUSY:
        others = (
            f"Other programs kept {share_text(foreign)} of the cores busy, which hides what bounds the step"
        )
        return f"{others}: of the bounds, {said}"
    return (
        f"No single bound: {said} "
        "The rest is lost between them: shapes below the best rate, caches, threads that wait for each other."
    )


def roofline(
    step_s: float, precision: str, work: StepWork, ceilings: Ceilings, parts: PartTimes | None
) -> Roofline:
    """Return the roof of this machine, and the step and its layers under it.

    Parameters
    ----------
    step_s : float
        Unit: s.
    precision : str
        The recipe's; its own ceiling comes first.
    work : StepWork
        What a step has to do.
    ceilings : Ceilings
        Of this machine.
    parts : PartTimes or None
        Layers timed alone; None: the step is the only point.
    """
    formats = dict.fromkeys((precision, *(one.precision for one in ceilings.products)))
    best = {name: ceilings.arithmetic(name) for name in formats}
    points = [
        Point(
            label="the step",
            kind="step",
            intensity=work.flop / work.moved_B,
            rate=work.flop / step_s,
            seconds=step_s,
        )
    ]
    if parts is not None:
        points += [
            Point(
                label=f"{layer.name} {layer.kind}",
                kind="affine" if layer.affine else "other",
                intensity=layer.flop / layer.moved_B,
                rate=layer.flop / parts.layers[layer.name].median,
                seconds=parts.layers[layer.name].median,
            )
            for layer in work.layers
            if layer.flop and layer.name in parts.layers
        ]
    return Roofline(
        arithmetic=tuple(Line(label=name, rate=one.rate.median) for name, one in best.items() if one),
        memory=tuple(
            Line(label=_memory_label(one.size_B, beyond=one is ceilings.memory), rate=one.rate.median)
            for one in ceilings.bandwidths
        ),
        points=tuple(points),
    )


def _memory_label(size_B: int, *, beyond: bool) -> str:
    return "memory" if beyond else f"cache, {format_bytes(size_B)}"
