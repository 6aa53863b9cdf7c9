"""Causes in the arithmetic: the precision that is in effect, the one that is not used, and the sizes of layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.explain.cause_test import CauseTest
from wattlab.studies.explain.predict import by_parts
from wattlab.studies.explain.variants import odd_sizes
from wattlab.studies.explain.wording import gain_text, time_text

if TYPE_CHECKING:
    from wattlab.meter.statistics import Estimate
    from wattlab.studies.explain.answer import Cause, Gain, Verdict
    from wattlab.studies.explain.findings import Findings

__all__ = [
    "double_precision",
    "emulated_format",
    "half_precision",
    "judged",
    "odd_layer_sizes",
    "precision_in_effect",
    "predicted",
    "tensor_float",
]

_BITS: Final = {"float64": 52, "float32": 23, "tf32": 10, "float16": 10, "bfloat16": 7}
"""Bits behind the point of each format's significand."""
_WORTH: Final = 1.03
"""A gain that is smaller is not worth a change."""
_ACCURACY: Final = "compare accuracy at equal epochs: wattlab compare, or wattlab sweep"


def predicted(found: Findings, variant: str) -> Gain | None:
    """Return what a variant would bring; None where its parts were not timed."""
    before, after = found.times("as it is"), found.times(variant)
    if before is None or after is None or after.ratio is None:
        return None
    return by_parts(
        found.step_s, before.whole.median, after.ratio, samples=after.batch_size / before.batch_size
    )


def judged(gain: Gain) -> Verdict:
    """Tell whether a gain is worth a change and sure to be one; unknown where its interval holds 1."""
    if gain.value < _WORTH or gain.high <= 1:
        return "no"
    return "yes" if gain.low > 1 else "unknown"


def precision_in_effect(found: Findings) -> Cause:
    """Test whether products round as the recipe's precision says."""
    asked = found.recipe.engine.precision
    rounding = None if found.parts is None else found.parts.rounding
    test = CauseTest(
        "precision-in-effect",
        f"products are not in {asked}",
        "products of 1 + 2⁻ʲ with 1, whose exact results are known",
    )
    if rounding is None:
        return test.found(evidence=found.why_not("as it is"), verdict="unknown")
    differs = rounding.bits != _BITS[asked]
    said = f"{rounding.bits} bits come through, and {rounding.result} comes out; {asked} has {_BITS[asked]}"
    advice = (
        f"what is called {asked} here is not: a comparison with it compares something else" if differs else ""
    )
    return test.found(evidence=said, verdict="yes" if differs else "no", advice=advice)


def half_precision(found: Findings) -> Cause:
    """Test whether a half format would be quicker, at the shapes of the recipe's own layers."""
    test = CauseTest(
        "half-precision",
        "a half format is not used",
        "each layer forward and backward in it, casts included, at its own shapes",
    )
    precision = found.recipe.engine.precision
    if precision in {"bfloat16", "float16"}:
        return test.found(evidence=f"{precision} is used", verdict="no")
    gains = {
        name: gain
        for name in ("bfloat16", "float16")
        if name in found.formats and (gain := predicted(found, f"precision {name}")) is not None
    }
    if not gains:
        return _no_half(test, found)
    best = max(gains, key=lambda name: gains[name].value)
    return test.found(
        evidence=_layers_text(found, best),
        verdict=judged(gains[best]),
        gain=gains[best],
        change={"engine.precision": best},
        advice=_ACCURACY,
    )


def _no_half(test: CauseTest, found: Findings) -> Cause:
    """Say why nothing is known of a half format."""
    halves = [name for name in ("bfloat16", "float16") if name in found.formats]
    if not halves:
        able = ", ".join(found.formats)
        return test.found(evidence=f"the device has no instructions for one (it has {able})", verdict="no")
    planned = [name for name in ("bfloat16", "float16") if name in found.variants.precisions]
    if not planned:
        engine = found.recipe.engine.name
        return test.found(evidence=f"engine {engine} computes in none; engine torch does", verdict="no")
    return test.found(evidence=found.why_not(f"precision {planned[0]}"), verdict="unknown")


def tensor_float(found: Findings) -> Cause | None:
    """Test whether tf32 would be quicker; on a GPU that has it only."""
    if "tf32" not in found.variants.precisions:
        return None
    gain = predicted(found, "precision tf32")
    test = CauseTest(
        "tf32",
        "float32 products are not in tf32",
        "each layer forward and backward in it, at its own shapes",
    )
    if gain is None:
        return test.found(evidence=found.why_not("precision tf32"), verdict="unknown")
    return test.found(
        evidence=_layers_text(found, "tf32"),
        verdict=judged(gain),
        gain=gain,
        change={"engine.precision": "tf32"},
        advice=_ACCURACY,
    )


def double_precision(found: Findings) -> Cause:
    """Test whether float64 is used, and what float32 would bring."""
    test = CauseTest(
        "float64",
        "float64 is used",
        "the recipe's precision; each layer in float32, at its own shapes",
    )
    precision = found.recipe.engine.precision
    if precision != "float64":
        return test.found(evidence=f"it is {precision}", verdict="no")
    gain = predicted(found, "precision float32")
    if gain is None:
        return test.found(evidence=found.why_not("precision float32"), verdict="unknown")
    return test.found(
        evidence=_layers_text(found, "float32"),
        verdict=judged(gain),
        gain=gain,
        change={"engine.precision": "float32"},
        advice=_ACCURACY,
    )


def emulated_format(found: Findings) -> Cause:
    """Test whether the device has instructions for the format."""
    precision = found.recipe.engine.precision
    test = CauseTest(
        "emulated-format",
        f"no instructions for {precision}",
        "what the device says that it can do",
    )
    able = f"it computes in {', '.join(found.formats)}"
    if precision in found.formats or precision == "tf32":
        return test.found(evidence=able, verdict="no")
    gain = predicted(found, "precision float32")
    return test.found(
        evidence=f"{able}: {precision} is emulated",
        verdict="yes",
        gain=gain,
        change={"engine.precision": "float32", "engine.emulated": False},
    )


def odd_layer_sizes(found: Findings) -> Cause:
    """Test whether layers whose sizes are no multiples of 8 would be quicker if they were."""
    test = CauseTest(
        "sizes",
        "sizes that are no multiples of 8",
        "the same layers, rounded up to multiples of 8",
    )
    odd = odd_sizes(found.recipe)
    if not odd:
        return test.found(evidence="all are, or smaller than 8", verdict="no")
    sizes = ", ".join(str(size) for size in dict.fromkeys(odd.values()))
    gain = predicted(found, "padded")
    if gain is None:
        return test.found(evidence=f"{sizes}; {found.why_not('padded')}", verdict="unknown")
    before, after = found.times("as it is"), found.times("padded")
    assert before is not None
    assert after is not None
    times = f"layers {time_text(before.all_layers)}, padded {time_text(after.all_layers)}"
    verdict = judged(gain)
    return test.found(
        evidence=f"{sizes}; {times}",
        verdict=verdict,
        gain=gain,
        change=dict(found.variants.padded) if verdict == "yes" else {},
        advice="a slightly larger network: weights of the old one do not fit it" if verdict == "yes" else "",
    )


def _layers_text(found: Findings, precision: str) -> str:
    """Return the layers' times in both formats, and the products' rates if they are known."""
    before, after = found.times("as it is"), found.times(f"precision {precision}")
    assert before is not None
    assert after is not None
    text = f"layers {time_text(before.all_layers)}, in {precision} {time_text(after.all_layers)}"
    return text + _rates_text(found, precision)


def _rates_text(found: Findings, precision: str) -> str:
    if found.ceilings is None:
        return ""
    old, new = (found.ceilings.arithmetic(name) for name in (found.recipe.engine.precision, precision))
    if old is None or new is None:
        return ""
    return f"; large products are {gain_text(_ratio(new.rate, old.rate))} as fast"


def _ratio(new: Estimate, old: Estimate) -> float:
    return new.median / old.median
