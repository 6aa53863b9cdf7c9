"""Bounds of a step against ceilings that are made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wattlab.studies.explain.bounds import bound_sentence, find_bounds, nearest, roofline

from .invented import STEP_S, make_ceilings, make_times, make_work

if TYPE_CHECKING:
    from wattlab.studies.explain.answer import Bound


def bounds(
    step_s: float = STEP_S, overhead_s: float | None = 0.0005, input_s: float | None = 0.001
) -> tuple[Bound, ...]:
    return find_bounds(step_s, "float32", make_work(), make_ceilings(), overhead_s, input_s)


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
    assert find_bounds(STEP_S, "float32", make_work(), None, None, None) == ()
    # float16 was not measured: its arithmetic has no ceiling, its traffic has.
    half = find_bounds(STEP_S, "float16", make_work(), make_ceilings(), None, None)
    assert [one.name for one in half] == ["memory"]


def test_the_roof_holds_the_step_and_its_layers() -> None:
    roof = roofline(STEP_S, "bfloat16", make_work(), make_ceilings(), make_times())
    assert [line.label for line in roof.arithmetic] == ["bfloat16", "float64", "float32"]
    assert roof.arithmetic[0].rate == 400e9
    assert roof.memory[-1].label == "memory"
    step, product, other = roof.points
    assert (step.kind, step.intensity, step.rate) == ("step", 20.0, 400e6 / STEP_S)
    assert (product.kind, product.rate) == ("affine", 390e6 / 0.006)
    assert other.kind == "other"
