"""Causes in how the machine is used: threads, layout in memory, low intensity, heat, and other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.meter.load import BUSY
from wattlab.studies.explain.cause_test import CauseTest
from wattlab.studies.explain.causes_arithmetic import judged, predicted
from wattlab.studies.explain.wording import share_text, time_text
from wattlab.units import significant

if TYPE_CHECKING:
    from wattlab.studies.explain.answer import Cause
    from wattlab.studies.explain.findings import Findings

__all__ = ["foreign_work", "low_intensity", "memory_layout", "threads", "throttling"]

_MOVED: Final = 0.3
"""Share of the layers' time from which on those that only move numbers are told of."""


def threads(found: Findings) -> Cause | None:
    """Test whether fewer or more threads would be quicker; nothing on a GPU."""
    if found.recipe.engine.device != "cpu":
        return None
    test = CauseTest(
        "threads",
        "another number of threads would be quicker",
        "the parts of a step with other numbers of threads",
    )
    now = found.times("as it is")
    gains = {
        count: gain
        for count in found.variants.threads
        if (now is None or count != now.threads)
        and (gain := predicted(found, f"threads {count}")) is not None
    }
    if now is None:
        return test.found(evidence=found.why_not("as it is"), verdict="unknown")
    if not gains:
        return test.found(evidence=f"{now.threads} are used, and there are no others to try", verdict="no")
    best = max(gains, key=lambda count: gains[count].value)
    verdict = judged(gains[best])
    said = ", ".join(f"{significant(gain.value)} × with {count}" for count, gain in gains.items())
    return test.found(
        evidence=f"{now.threads} are used; {said}",
        verdict=verdict,
        gain=gains[best],
        change={"engine.threads": best} if verdict == "yes" else {},
    )


def memory_layout(found: Findings) -> Cause | None:
    """Test whether the other order of channels in memory would be quicker; nothing without convolutions."""
    if not found.variants.layout:
        return None
    other = found.variants.layout["engine.layout"]
    test = CauseTest(
        "layout",
        f"images do not lie {other}",
        "each layer forward and backward in the other layout, at its own shapes",
    )
    gain = predicted(found, "layout")
    if gain is None:
        return test.found(evidence=found.why_not("layout"), verdict="unknown")
    before, after = found.times("as it is"), found.times("layout")
    assert before is not None
    assert after is not None
    verdict = judged(gain)
    return test.found(
        evidence=f"layers {time_text(before.all_layers)}, in the other layout {time_text(after.all_layers)}",
        verdict=verdict,
        gain=gain,
        change=dict(found.variants.layout) if verdict == "yes" else {},
    )


def low_intensity(found: Findings) -> Cause:
    """Test how much of the layers' time is moving numbers: batch normalisation, pooling, activations, sums."""
    test = CauseTest(
        "low-intensity",
        "layers that move more than they compute",
        "each layer alone, against the intensity at which arithmetic and memory take as long",
    )
    parts = found.times("as it is")
    if parts is None or found.parts is None or found.ceilings is None:
        reason = found.unknown.get("ceilings", found.why_not("as it is"))
        return test.found(evidence=reason, verdict="unknown")
    product = found.ceilings.arithmetic(found.recipe.engine.precision)
    if product is None:
        return test.found(evidence="the rate of products in this format is not known", verdict="unknown")
    ridge = product.rate.median / found.ceilings.bandwidth_at(found.parts.work.moved_B).rate.median
    low = [one for one in found.parts.work.layers if one.flop < ridge * one.moved_B]
    taken_s = sum(parts.layers[one.name].median for one in low if one.name in parts.layers)
    share = taken_s / parts.all_layers.median
    kinds = ", ".join(dict.fromkeys(one.kind for one in low)) or "none"
    much = share >= _MOVED
    return test.found(
        evidence=f"{share_text(share)} of the layers' time lies below {significant(ridge)} FLOP/B: {kinds}",
        verdict="yes" if much else "no",
        advice="half formats move half as much, compiling joins element-wise layers, larger batches use weights longer"
        if much
        else "",
    )


def throttling(found: Findings) -> Cause | None:
    """Test whether a graphics card held its clocks down while the steps were timed; nothing without one."""
    card = found.step.card
    if card is None:
        return None
    test = CauseTest(
        "throttling",
        "the card's clocks are held down",
        "clocks and throttle reasons while the steps were timed",
    )
    clocks = "" if card.clock_MHz is None else f"; {card.clock_MHz[0]:.0f} to {card.clock_MHz[1]:.0f} MHz"
    heat = "" if card.temperature_C is None else f", {card.temperature_C:.0f} °C"
    if not card.samples:
        return test.found(evidence="its driver did not answer", verdict="unknown")
    reasons = ", ".join(card.throttle) or "no reason was named"
    return test.found(
        evidence=f"{reasons}{clocks}{heat}",
        verdict="yes" if card.throttle else "no",
        advice="see wattlab doctor" if card.throttle else "",
    )


def foreign_work(found: Findings) -> Cause:
    """Test whether other programs kept the machine busy while the steps were timed."""
    test = CauseTest(
        "foreign-load",
        "other programs use the machine",
        "the machine's processor time less our own, while the steps were timed",
    )
    load = found.step.cost.foreign
    if load.value is None:
        return test.found(evidence=load.note, verdict="unknown")
    busy = load.value > BUSY
    return test.found(
        evidence=f"{share_text(load.value)} of all cores",
        verdict="yes" if busy else "no",
        advice="all times here are longer than need be; end the other programs, and explain again"
        if busy
        else "",
    )
