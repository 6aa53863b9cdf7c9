"""Causes in the course of a training: its input, its evaluations, what a step costs besides computing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.explain.cause_test import CauseTest
from wattlab.studies.explain.causes_arithmetic import judged, predicted
from wattlab.studies.explain.predict import less, without_share
from wattlab.studies.explain.wording import assignments, share_text, time_text
from wattlab.units import format_bytes, format_count, significant

if TYPE_CHECKING:
    from wattlab.studies.explain.answer import Cause, Gain
    from wattlab.studies.explain.findings import Findings

__all__ = ["evaluation", "float_features", "input_pipeline", "not_compiled", "small_batch"]

_INPUT: Final = 0.1
"""Share of a step from which on the input costs time."""
_OVERHEAD: Final = 0.2
_EVALUATION: Final = 0.1
_LATER: Final = 5
"""Epochs between two evaluations that are advised where they cost much."""


def input_pipeline(found: Findings) -> Cause:
    """Test how long a step waits for its batch."""
    test = CauseTest(
        "input",
        "steps wait for their input",
        "gathering a batch, timed inside the steps",
    )
    share = found.phase("data")
    if share is None or share.value is None:
        return test.found(evidence=_no_phases(found), verdict="unknown")
    size = found.step.batch_size
    rate = size / (share.value * found.step_s) if share.value else float("inf")
    said = f"{share_text(share.value)} of a step; {format_count(rate)} samples/s are gathered"
    if found.parts is not None:
        said += f", {format_bytes(found.parts.work.sample_B)} each"
    low, high = share.interval or (share.value, share.value)
    slow = share.value >= _INPUT
    advice = (
        "keep the data in memory and as bytes; wattlab loading tells which cache would pay" if slow else ""
    )
    return test.found(
        evidence=said,
        verdict="yes" if slow else "no",
        gain=without_share(share.value, low, high),
        advice=advice,
    )


def _no_phases(found: Findings) -> str:
    phases = found.step.phases
    return phases.note if phases is not None and phases.note else "the phases of a step are not known"


def float_features(found: Findings) -> Cause | None:
    """Test whether pixels that come as bytes are kept as floating-point numbers; nothing where none do."""
    if found.parts is None or not found.parts.work.bytes_given:
        return None
    test = CauseTest(
        "bytes", "pixels are kept as floating-point numbers", "how a sample is kept until it is gathered"
    )
    work, share = found.parts.work, found.phase("data")
    size = f"{format_bytes(work.sample_B)} a sample"
    if work.bytes_kept:
        return test.found(evidence=f"they are kept as bytes, {size}", verdict="no")
    if share is None or share.value is None:
        return test.found(evidence=f"{size}; {_no_phases(found)}", verdict="unknown")
    much = share.value >= _INPUT
    # What is gathered is a quarter or an eighth as much; what is computed of it stays.
    return test.found(
        evidence=f"{size}; gathering takes {share_text(share.value)} of a step",
        verdict="yes" if much else "no",
        gain=without_share(0.5 * share.value, 0.0, 0.8 * share.value),
        change={"preparation.before": "bytes", "preparation.after": "none"} if much else {},
        advice="bytes stay bytes where dividing by 255 is all that is done to them" if much else "",
    )


def evaluation(found: Findings) -> Cause:
    """Test what share of an epoch its evaluations take."""
    test = CauseTest(
        "evaluation",
        "evaluations take much of the time",
        "one evaluation, timed beside the steps of an epoch",
    )
    share = found.evaluation_share
    if share is None:
        return test.found(evidence="no evaluation was timed", verdict="unknown")
    every = found.recipe.evaluation.test_every
    much = share >= _EVALUATION and every > 0
    later = _LATER * max(1, every)
    saved = share * (1 - max(1, every) / later)
    return test.found(
        evidence=f"{share_text(share)} of training and evaluation together",
        verdict="yes" if much else "no",
        gain=without_share(saved, 0.8 * saved, min(1.0, 1.2 * saved)) if much else None,
        change={"evaluation.test_every": later} if much else {},
        advice=f"{assignments({'evaluation.test_every': later})}: of the whole training, not of a step; "
        "targets are noticed later"
        if much
        else "",
    )


def small_batch(found: Findings) -> Cause:
    """Test whether a larger batch would take less time for a sample."""
    test = CauseTest(
        "batch-size",
        "batches are small for this machine",
        "the parts of a step with twice and four times as many samples",
    )
    gains = {
        size: gain
        for size in found.variants.batches
        if (gain := predicted(found, f"batch {size}")) is not None
    }
    if not gains:
        sizes = list(found.variants.batches)
        reason = found.why_not(f"batch {sizes[0]}") if sizes else "a batch cannot be larger"
        return test.found(evidence=reason, verdict="unknown" if sizes else "no")
    best = max(gains, key=lambda size: gains[size].value)
    verdict = judged(gains[best])
    said = ", ".join(f"{size}: {significant(gain.value)} ×" for size, gain in gains.items())
    return test.found(
        evidence=f"samples/s at batch size {said}",
        verdict=verdict,
        gain=gains[best],
        change={"training.batch_size": best} if verdict == "yes" else {},
        advice="fewer updates an epoch: let the learning rate follow, and compare accuracy"
        if verdict == "yes"
        else "",
    )


def not_compiled(found: Findings) -> Cause:
    """Test how much of a step is launching its operations, and how much of that compiling saves."""
    overhead = found.overhead
    test = CauseTest(
        "overhead",
        "launching operations takes much of a step",
        "steps of the same layers, narrow and with one sample, as they are and compiled",
    )
    if overhead.plain_s is None:
        return test.found(evidence=overhead.reason or "they were not timed", verdict="unknown")
    share = min(1.0, overhead.plain_s / found.step_s)
    said = f"{time_text(overhead.plain_s)} whatever it computes, {share_text(share)} of a step"
    much = share >= _OVERHEAD
    if not overhead.change:
        done = "a larger batch shares it among more samples" if much else ""
        return test.found(evidence=said, verdict="yes" if much else "no", advice=done)
    if overhead.compiled_s is None:
        return test.found(evidence=f"{said}; {overhead.reason}", verdict="yes" if much else "no")
    gain = _compiled_gain(found, overhead.plain_s, overhead.compiled_s)
    verdict = judged(gain)
    return test.found(
        evidence=f"{said}; compiled {time_text(overhead.compiled_s)}{_joined_text(found)}",
        verdict=verdict if much else "no",
        gain=gain,
        change=dict(overhead.change) if verdict == "yes" else {},
        advice="compiling takes time once, before the first step" if verdict == "yes" else "",
    )


def _compiled_gain(found: Findings, plain_s: float, compiled_s: float) -> Gain:
    """Return the gain if the overhead falls; the most, if element-wise layers fuse into the products besides."""
    if found.recipe.engine.device != "cpu":
        return _recorded_gain(found, compiled_s)
    saved_s = plain_s - compiled_s
    most_s = min(max(saved_s, 1.3 * saved_s), plain_s) + 0.5 * _joined_s(found)
    return less(found.step_s, saved_s, 0.7 * saved_s, most_s)


def _joined_s(found: Findings) -> float:
    """Return the time of the layers that compiling may join to the products before them. Unit: s."""
    parts = found.times("as it is")
    if parts is None or found.parts is None:
        return 0.0
    others = [one.name for one in found.parts.work.layers if not one.affine]
    return sum(parts.layers[name].median for name in others if name in parts.layers)


def _joined_text(found: Findings) -> str:
    share = min(1.0, _joined_s(found) / found.step_s)
    if found.recipe.engine.device != "cpu" or not share:
        return ""
    return f"; layers without products, which compiling may join to others, take {share_text(share)}"


def _recorded_gain(found: Findings, recorded_s: float) -> Gain:
    """Return the gain on a GPU, which computes while the next calls are launched: it is left with what it computes.

    That takes the share of time in which the driver saw it busy, or less, as it looks coarsely; and no less than the
    ceilings allow.
    """
    use = found.step.card_use.value
    busy_s = found.step_s * (1.0 if use is None else min(1.0, use))
    least_s = recorded_s
    if found.parts is not None and found.ceilings is not None:
        work, ceilings = found.parts.work, found.ceilings
        product = ceilings.arithmetic(found.recipe.engine.precision)
        arithmetic_s = 0.0 if product is None else work.flop / product.rate.median
        least_s = max(least_s, arithmetic_s, work.moved_B / ceilings.memory.rate.median)
    ends = sorted(found.step_s - min(found.step_s, max(recorded_s, one_s)) for one_s in (busy_s, least_s))
    return less(found.step_s, ends[0], ends[0], ends[1])
