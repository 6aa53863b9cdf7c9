"""Bounds of a step against ceilings that are made up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wattlab.recipe import Recipe
from wattlab.studies.explain.bounds import bound_sentence, doubt_notes, find_bounds, nearest, roofline
from wattlab.studies.explain.findings import Overhead

from .invented import STEP_S, exactly, make_ceilings, make_findings, make_parts, make_step, make_times

if TYPE_CHECKING:
    from wattlab.studies.explain.answer import Bound
    from wattlab.studies.explain.findings import Findings


def findings(precision: str = "float32", **changes: Any) -> Findings:
    torch = {"engine.name": "torch", "engine.precision": precision}
    return make_findings(Recipe.named("mnist-fast").with_changes(torch), **changes)


def bounds(step_s: float = STEP_S, overhead_s: float = 0.0005, input_s: float = 0.001) -> tuple[Bound, ...]:
    step = make_step({"data": input_s / step_s, "forward": 1 - input_s / step_s}, step_s=step_s)
    return find_bounds(findings(step=step, overhead=Overhead(overhead_s)))


def test_each_bound_is_what_its_ceiling_says() -> None:
    found = {one.name: one for one in bounds()}
    assert found["arithmetic"].seconds == pytest.approx(400e6 / 200e9)
    assert found["memory"].seconds == pytest.approx(20e6 / 20e9)  # 20 MB have no room in 1 MB of cache
    assert found["input"].share == pytest.approx(0.1)
    assert found["arithmetic"].how == "400 MFLOP ÷ 200 GFLOP/s (best float32 product)"


@pytest.mark.parametrize(
    ("step_s", "overhead_s", "input_s", "name", "words"),
    [
        (0.0025, 0.0005, 0.001, "arithmetic", "Bound by arithmetic; its products take"),
        (0.010, 0.0005, 0.008, "input", "Bound by input"),
        (0.004, 0.0035, 0.001, "overhead", "3.50 of 4.00 ms (88 %)"),
        (0.010, 0.0005, 0.001, "arithmetic", "No single bound: the nearest is arithmetic"),
    ],
)
def test_the_sentence_names_the_nearest(
    step_s: float, overhead_s: float, input_s: float, name: str, words: str
) -> None:
    found = bounds(step_s, overhead_s, input_s)
    first = nearest(found)
    assert first is not None
    assert first.name == name
    assert words in bound_sentence(found, step_s)


def test_others_on_the_machine_hide_what_bounds_it() -> None:
    assert bound_sentence(bounds(), STEP_S, foreign=0.6).startswith(
        "Other programs kept 60 % of the cores busy"
    )


def test_without_ceilings_nothing_is_said() -> None:
    assert nearest(()) is None
    assert "no ceiling could be measured" in bound_sentence((), STEP_S)
    nothing = make_step().model_copy(update={"phases": None})
    assert find_bounds(findings(ceilings=None, step=nothing, overhead=Overhead(None))) == ()
    assert roofline(findings(ceilings=None)) is None
    # float16 was not measured: its arithmetic has no ceiling, its traffic has.
    half = find_bounds(findings("float16", step=nothing, overhead=Overhead(None)))
    assert [one.name for one in half] == ["memory"]


def test_the_roof_holds_the_step_and_its_layers() -> None:
    roof = roofline(findings("bfloat16"))
    assert roof is not None
    assert [line.label for line in roof.arithmetic] == ["bfloat16", "float64", "float32"]
    assert roof.arithmetic[0].rate == 400e9
    assert roof.memory[-1].label == "memory"
    step, product, other = roof.points
    assert (step.kind, step.intensity) == ("step", 20.0)
    assert step.rate == pytest.approx(400e6 / STEP_S, rel=0.01)
    assert (product.kind, product.rate) == ("affine", 390e6 / 0.006)
    assert other.kind == "other"


def test_what_is_longer_than_the_step_is_not_named() -> None:
    busy = findings(overhead=Overhead(0.02, 0.012, {}, "", 0.4))
    found = find_bounds(busy)
    first = nearest(found)
    assert first is not None
    assert first.name == "arithmetic"
    said = bound_sentence(found, STEP_S)
    assert said.startswith(
        "Unknown: what bounds this step. The bound by overhead could not be determined, as the"
    )
    assert "as the machine was busy (20.0 ms, longer than the whole step of" in said
    calm = find_bounds(findings(overhead=Overhead(0.02)))
    assert "as the figures contradict each other (20.0 ms" in doubt_notes(calm)[0]
    assert all(one.share <= 1 for one in found)


def test_a_cache_below_memory_is_no_ceiling() -> None:
    ceilings = make_ceilings(foreign=0.5)
    cache, memory = ceilings.bandwidths
    slow = cache.model_copy(update={"rate": exactly(2e9, "B/s")})
    disturbed = findings(ceilings=ceilings.model_copy(update={"bandwidths": (slow, memory)}))
    doubts = {one.name: one.doubt for one in find_bounds(disturbed)}
    assert "as the machine was busy (cache of 977 KiB at 2.00 GB/s, slower than memory" in doubts["memory"]
    assert not doubts["arithmetic"]
    roof = roofline(disturbed)
    assert roof is not None
    assert [line.label for line in roof.memory] == ["memory"]


def test_a_layer_above_the_roof_is_left_out() -> None:
    parts = make_parts()
    above = make_times().model_copy(
        update={"layers": {"layers.0": exactly(0.001), "layers.1": exactly(0.001)}}
    )
    fast = findings(parts=parts.model_copy(update={"times": {"as it is": above}}))
    bounds = {one.name: one for one in find_bounds(fast)}
    assert (
        "layers.0 dense at 390 GFLOP/s, above the best product at 200 GFLOP/s" in bounds["arithmetic"].doubt
    )
    roof = roofline(fast)
    assert roof is not None
    assert [point.label for point in roof.points] == ["the step", "layers.1 activation"]
    assert "left out of the roofline" in doubt_notes(tuple(bounds.values()))[-1]
