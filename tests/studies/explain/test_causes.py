"""Every cause fires where it should, and does not where it should not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from wattlab.cluster.step_report import CardReadings
from wattlab.meter import missing
from wattlab.recipe import Recipe
from wattlab.studies.explain.causes import find_causes, suggested
from wattlab.studies.explain.findings import Overhead
from wattlab.studies.explain.variants import plan_variants

from .invented import FORMATS, exactly, make_ceilings, make_findings, make_parts, make_step, make_times

if TYPE_CHECKING:
    from wattlab.studies.explain.answer import Cause

TORCH = {"engine.name": "torch"}


def recipe(changes: dict[str, Any] | None = None, name: str = "mnist-fast") -> Recipe:
    return Recipe.named(name).with_changes({**TORCH, **(changes or {})})


def cause(name: str, of: Recipe | None = None, **changes: Any) -> Cause:
    found = make_findings(of or recipe(), **changes)
    return {one.name: one for one in find_causes(found)}[name]


def test_input_that_is_waited_for() -> None:
    slow = cause("input", step=make_step({"data": 0.5, "forward": 0.2, "backward": 0.2, "optimizer": 0.1}))
    assert (slow.verdict, slow.gain.value if slow.gain else 0) == ("yes", 2.0)
    assert "50 % of a step; 25.7 k samples/s" in slow.evidence
    assert cause("input").verdict == "no"
    unknown = cause("input", step=make_step().model_copy(update={"phases": None}))
    assert unknown.verdict == "unknown"


def test_bytes_that_became_numbers() -> None:
    waiting = make_step({"data": 0.5, "forward": 0.2, "backward": 0.2, "optimizer": 0.1})
    found = cause("bytes", step=waiting, parts=make_parts(bytes_kept=False))
    assert (found.verdict, found.change) == (
        "unknown",
        {},
    )  # nobody knows how much of the gathering is moving
    assert cause("bytes", parts=make_parts(bytes_kept=False)).verdict == "no"
    assert cause("bytes").verdict == "no"
    names = [one.name for one in find_causes(make_findings(recipe(), parts=make_parts(bytes_given=False)))]
    assert "bytes" not in names


def test_overhead_that_compiling_saves() -> None:
    much = cause("overhead", overhead=Overhead(0.006, 0.001, {"engine.compiled": True}))
    assert much.verdict == "yes"
    assert much.change == {"engine.compiled": True}
    assert much.gain is not None
    assert much.gain.value == pytest.approx(10 / 5, rel=0.01)
    assert cause("overhead").verdict == "no"
    assert cause("overhead", overhead=Overhead(0.006)).change == {}
    failed = cause("overhead", overhead=Overhead(0.006, None, {"engine.compiled": True}, "no compiler"))
    assert "no compiler" in failed.evidence
    assert cause("overhead", overhead=Overhead(None, reason="it crashed")).verdict == "unknown"


def test_on_a_gpu_no_more_is_saved_than_it_is_idle() -> None:
    on_gpu = recipe({"engine.device": "cuda"})
    busy = make_step().model_copy(update={"card_use": make_step().processor_use})  # 0.5
    found = cause(
        "overhead", on_gpu, step=busy, overhead=Overhead(0.009, 0.001, {"engine.cuda_graphs": True})
    )
    assert found.gain is not None
    assert (found.gain.value, found.gain.high) == pytest.approx((2.0, 5.0), rel=0.01)


def test_a_larger_batch() -> None:
    better = make_parts(
        {"batch 256": make_times(1.2, batch_size=256), "batch 512": make_times(3.0, batch_size=512)}
    )
    found = cause("batch-size", parts=better)
    assert (found.verdict, found.change) == ("yes", {"training.batch_size": 256})
    assert found.gain is not None
    assert found.gain.value == pytest.approx(2 / (0.1 + 0.9 * 1.2), rel=0.01)
    same = make_parts({"batch 256": make_times(2.6, batch_size=256)})
    assert cause("batch-size", parts=same).verdict == "no"
    everything = recipe({"training.batch_size": "all"})
    assert cause("batch-size", everything).evidence == "a batch cannot be larger"


def test_threads_that_get_in_each_others_way() -> None:
    fewer = make_parts({"threads 1": make_times(0.5)})
    found = cause("threads", parts=fewer)
    assert (found.verdict, found.change) == ("yes", {"engine.threads": 1})
    assert cause("threads", parts=make_parts({"threads 1": make_times(1.9)})).verdict == "no"
    unsure = make_parts({"threads 1": make_times(0.9, spread=0.5)})
    assert cause("threads", parts=unsure).verdict == "unknown"


def test_a_half_format_by_the_layers_own_times() -> None:
    quicker = make_parts({"precision bfloat16": make_times(0.5)})
    found = cause("half-precision", parts=quicker)
    assert (found.verdict, found.change) == ("yes", {"engine.precision": "bfloat16"})
    assert "large products are 2.00 × as fast" in found.evidence
    slower = make_parts({"precision bfloat16": make_times(1.3)})
    assert cause("half-precision", parts=slower).verdict == "no"
    assert cause("half-precision", formats=("float64", "float32")).verdict == "no"
    refused = make_parts(refused={"precision bfloat16": "not today"})
    assert cause("half-precision", parts=refused).evidence == "not today"
    native = Recipe.named("mnist-fast")
    assert "engine torch does" in cause("half-precision", native).evidence


def test_a_precision_that_is_not_in_effect() -> None:
    assert cause("precision-in-effect").verdict == "no"
    assert cause("precision-in-effect", parts=make_parts(bits=10)).verdict == "yes"
    assert cause("precision-in-effect", parts=None, unknown={"parts": "it crashed"}).evidence == "it crashed"


def test_float64_and_emulated_formats() -> None:
    double = recipe({"engine.precision": "float64"})
    found = cause("float64", double, parts=make_parts({"precision float32": make_times(0.5)}, bits=52))
    assert (found.verdict, found.change) == ("yes", {"engine.precision": "float32"})
    assert cause("float64").verdict == "no"
    half = recipe({"engine.precision": "float16", "engine.emulated": True})
    assert cause("emulated-format", half).verdict == "yes"
    assert cause("emulated-format").verdict == "no"


def test_sizes_are_padded_and_timed() -> None:
    better = make_parts({"padded": make_times(0.8)})
    found = cause("sizes", parts=better)
    assert (found.verdict, found.change) == (
        "yes",
        {"network.layers[0].units": 72, "network.layers[1].units": 32},
    )
    assert cause("sizes", parts=make_parts({"padded": make_times(1.0)})).verdict == "no"
    assert (
        cause("sizes", recipe({"network.layers[0].units": 64, "network.layers[1].units": 32})).verdict == "no"
    )


def test_the_other_layout() -> None:
    images = recipe(name="mnist-cnn")
    quicker = make_parts({"layout": make_times(0.5)})
    found = cause("layout", images, parts=quicker)
    assert (found.verdict, found.change) == ("yes", {"engine.layout": "channels-first"})
    assert cause("layout", images, parts=make_parts({"layout": make_times(1.5)})).verdict == "no"
    assert "layout" not in {one.name for one in find_causes(make_findings(recipe()))}


def test_layers_that_move_more_than_they_compute() -> None:
    found = cause("low-intensity")  # the ridge lies at 200 / 20 = 10 FLOP/B
    assert (found.verdict, found.evidence) == (
        "no",
        "14 % of the layers' time lies below 10.0 FLOP/B: activation",
    )
    slow = make_ceilings().model_copy(update={"bandwidths": make_ceilings().bandwidths[:1]})
    assert cause("low-intensity", ceilings=slow).verdict == "no"
    assert cause("low-intensity", ceilings=None, unknown={"ceilings": "no torch"}).evidence == "no torch"


def test_evaluations() -> None:
    found = cause("evaluation", evaluation_share=0.5)
    assert (found.verdict, found.change) == ("yes", {"evaluation.test_every": 5})
    assert cause("evaluation").verdict == "no"
    assert cause("evaluation", evaluation_share=None).verdict == "unknown"


def test_heat_and_other_programs() -> None:
    card = CardReadings(
        name="T4", samples=3, clock_MHz=(500, 900), temperature_C=91, power_limit_W=70, throttle=("heat",)
    )
    hot = make_step().model_copy(update={"card": card})
    assert cause("throttling", step=hot).verdict == "yes"
    assert "500 to 900 MHz, 91 °C" in cause("throttling", step=hot).evidence
    assert cause("foreign-load", step=make_step(foreign=0.4)).verdict == "yes"
    assert cause("foreign-load").verdict == "no"
    unseen = make_step()
    cost = replace(unseen.cost, foreign=missing("1", "no clock"))
    unseen = unseen.model_copy(update={"cost": cost})
    assert cause("foreign-load", step=unseen).evidence == "no clock"


def test_the_suggestion_is_the_largest_sure_gain_of_a_step() -> None:
    both = make_parts({"precision bfloat16": make_times(0.5), "threads 1": make_times(0.8)})
    causes = find_causes(make_findings(recipe(), parts=both, evaluation_share=0.9))
    top = suggested(causes)
    assert top is not None
    assert top.name == "half-precision"
    assert causes[0].verdict == "yes"
    assert suggested(find_causes(make_findings(recipe()))) is None


def test_variants_of_a_recipe() -> None:
    planned = plan_variants(recipe({"engine.threads": 2}), FORMATS, 8, 600)
    assert set(planned.named()) == {
        *("precision bfloat16", "threads 1", "threads 4", "threads 8", "batch 256", "padded"),
    }
    asked = planned.asked(recipe(), 1.0)
    assert "units = 72" in asked.recipes["padded"]


def test_what_was_timed_on_a_busy_machine_is_unknown() -> None:
    better = make_parts({"threads 1": make_times(0.5)})
    assert cause("threads", parts=better).verdict == "yes"
    for busy in (
        {"parts": better.model_copy(update={"foreign_load": 0.4})},
        {"parts": better, "step": make_step(foreign=0.4)},
    ):
        found = cause("threads", **busy)
        assert (found.verdict, found.gain, found.change) == ("unknown", None, {})
        assert "as the machine was busy (others used 40 % of all cores)" in found.evidence
        assert "×" not in found.evidence
    wide = make_parts({"threads 1": make_times(1.1, spread=0.5)})
    assert cause("threads", parts=wide).verdict == "no"
    assert cause("threads", parts=wide.model_copy(update={"foreign_load": 0.4})).verdict == "unknown"
    disturbed = Overhead(0.006, 0.001, {"engine.compiled": True}, "", 0.4)
    assert cause("overhead", overhead=disturbed).verdict == "unknown"


def test_parts_longer_than_the_step_tell_nothing() -> None:
    long = cause("overhead", overhead=Overhead(0.020, 0.0115, {"engine.compiled": True}, "", 0.4))
    assert (long.verdict, long.gain, long.change) == ("unknown", None, {})
    assert long.evidence.startswith("could not be determined, as the machine was busy (20.0 ms, longer than")
    parts = make_parts({"threads 1": make_times(0.5)})
    huge = make_times().model_copy(update={"layers": {"layers.0": exactly(0.02)}})
    found = cause("threads", parts=parts.model_copy(update={"times": {**parts.times, "as it is": huge}}))
    assert (found.verdict, found.change) == ("unknown", {})
    assert "the figures contradict each other (layers.0 alone 20.0 ms, longer than" in found.evidence


def test_no_gain_exceeds_its_share_of_the_step() -> None:
    saved = cause("overhead", parts=None, overhead=Overhead(0.006, 0.0001, {"engine.compiled": True}))
    assert saved.gain is not None
    assert saved.gain.high <= 1 / (1 - 0.006 / make_step().step_s) * (1 + 1e-9)
