from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattlab.meter import Provenance, Quantity, measured, missing, modelled, total
from wattlab.meter.sensors.base import Facts, quantity

VALUES = st.floats(-1e9, 1e9)
WIDTHS = st.floats(0.0, 1e9)


@st.composite
def quantities(draw: st.DrawFn) -> Quantity:
    provenance: Provenance = draw(st.sampled_from(["measured", "modelled", "missing"]))
    if provenance == "missing":
        return missing("J", draw(st.sampled_from(["gone", "closed"])))
    value = draw(VALUES)
    interval = draw(st.none() | st.tuples(WIDTHS, WIDTHS).map(lambda w: (value - w[0], value + w[1])))
    return Quantity(
        value, "J", provenance, draw(st.sampled_from(["rapl:a", "model:b"])), interval, draw(st.text("xy"))
    )


def bounds(quantity: Quantity) -> tuple[float, float]:
    assert quantity.value is not None
    return quantity.interval or (quantity.value, quantity.value)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ((None, "J", "measured", "a"), "None goes with missing alone"),
        ((1.0, "J", "missing", "a", None, "why"), "None goes with missing alone"),
        ((None, "J", "missing", "none"), "needs a note that says why"),
        ((None, "J", "missing", "none", (0.0, 1.0), "why"), "has no interval"),
        ((1.0, "", "measured", "a"), "unit is empty"),
        ((1.0, "J", "measured", ""), "sensor is empty"),
        ((math.nan, "J", "measured", "a"), "finite"),
        ((math.inf, "J", "measured", "a"), "finite"),
        ((1.0, "J", "measured", "a", (2.0, 3.0)), "around the value"),
        ((1.0, "J", "measured", "a", (1.0, math.inf)), "around the value"),
        ((1.0, "J", "guessed", "a"), "provenance is 'guessed'"),
    ],
)
def test_refuses_what_is_not_honest(fields: tuple[object, ...], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Quantity(*fields)  # type: ignore[arg-type]


def test_is_no_number() -> None:
    with pytest.raises(TypeError):
        float(measured(1.0, "J", "a"))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        measured(1.0, "J", "a") + 1.0  # type: ignore[operator]
    with pytest.raises(TypeError):
        sum([measured(1.0, "J", "a")])  # type: ignore[list-item]


@given(quantities(), quantities())
def test_a_sum_is_no_better_than_its_parts(one: Quantity, other: Quantity) -> None:
    result = one + other
    if one.value is None or other.value is None:
        assert result.provenance == "missing"
        for part in (one, other):
            assert not part.is_missing or part.note in result.note
        return
    assert result.value == one.value + other.value
    assert result.provenance == (
        "modelled" if "modelled" in (one.provenance, other.provenance) else "measured"
    )
    assert one.sensor in result.sensor
    assert other.sensor in result.sensor
    if one.interval or other.interval:
        assert bounds(result) == (bounds(one)[0] + bounds(other)[0], bounds(one)[1] + bounds(other)[1])
    else:
        assert result.interval is None


@given(quantities(), quantities(), st.floats(0, 1), st.floats(0, 1))
def test_a_difference_covers_every_pair_of_true_values(
    one: Quantity, other: Quantity, share: float, other_share: float
) -> None:
    result = one - other
    if one.value is None or other.value is None:
        assert result.is_missing
        return
    low, high = bounds(one)
    other_low, other_high = bounds(other)
    truth = (low + share * (high - low)) - (other_low + other_share * (other_high - other_low))
    slack = 1e-6 * (1 + abs(low) + abs(high) + abs(other_low) + abs(other_high))
    assert bounds(result)[0] - slack <= truth <= bounds(result)[1] + slack


@given(quantities(), st.floats(-1e3, 1e3))
def test_scaling_keeps_provenance_and_scales_the_interval(one: Quantity, factor: float) -> None:
    result = one.times(factor, "EUR", "a price")
    assert result.unit == "EUR"
    assert result.provenance == one.provenance
    if one.value is None:
        assert result.note == one.note
        return
    assert result.value == one.value * factor
    assert "a price" in result.note
    if one.interval:
        assert set(bounds(result)) == {bound * factor for bound in one.interval}


@given(quantities())
def test_survives_json(one: Quantity) -> None:
    assert Quantity.from_dict(json.loads(json.dumps(one.to_dict()))) == one


def test_a_damaged_record_is_refused() -> None:
    fields = measured(1.0, "J", "a").to_dict()
    with pytest.raises(ValueError, match="missing alone"):
        Quantity.from_dict({**fields, "value": None})
    with pytest.raises(TypeError):
        Quantity.from_dict({**fields, "colour": "red"})


def test_units_do_not_mix() -> None:
    with pytest.raises(ValueError, match="units differ"):
        measured(1.0, "J", "a") + measured(1.0, "s", "a")


def test_the_sum_of_nothing_is_missing() -> None:
    assert total([], "J").is_missing
    assert total([measured(1.0, "J", "a"), measured(2.0, "J", "b")], "J").value == 3.0
    with pytest.raises(ValueError, match="expected 'J'"):
        total([measured(1.0, "s", "a")], "J")


def test_a_note_or_sensor_is_named_once() -> None:
    one = modelled(1.0, "J", "model:tdp", note="rough")
    result = one + one + measured(1.0, "J", "rapl:dram-0", note="fine")
    assert result.sensor == "model:tdp + rapl:dram-0"
    assert result.note == "rough; fine"


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (modelled(3610.0, "J", "m", (1900.0, 5200.0)), "3.61 kJ [1.90-5.20 kJ] modelled"),
        (measured(1.5, "s", "clock"), "1.50 s measured"),
        (missing("J", "no sensor"), "missing (no sensor)"),
    ],
)
def test_text(quantity: Quantity, text: str) -> None:
    assert str(quantity) == text


def test_html_shows_the_origin_and_escapes_it() -> None:
    shown = modelled(3610.0, "J", "m<1>", (1900.0, 5200.0), 'a "note"')._repr_html_()
    assert "<b>3.61 kJ</b> <small>[1.90-5.20 kJ] modelled</small>" in shown
    assert 'title="m&lt;1&gt;; a &quot;note&quot;"' in shown
    assert "<em>missing</em>" in missing("J", "gone")._repr_html_()


def truth_is_inside(facts: Facts, before_W: float, power_W: float, wall_s: float, phase: float) -> bool:
    """Step a counter every resolution, from `before_W` to `power_W` at the window's edge; compare with the truth."""
    step_s = facts.resolution_s
    steps_at = [(number + phase) * step_s for number in range(-2, int(wall_s / step_s) + 2)]

    def energy_J(until_s: float) -> float:
        return before_W * min(until_s, 0.0) + power_W * max(until_s, 0.0)

    def counted_J(moment_s: float) -> float:
        return energy_J(max(at for at in steps_at if at <= moment_s))

    found = quantity(facts, counted_J(wall_s) - counted_J(0.0), wall_s)
    assert found.interval is not None
    low, high = found.interval
    return low - 1e-9 <= energy_J(wall_s) <= high + 1e-9


@given(
    before_W=st.floats(0.0, 400.0),
    power_W=st.floats(0.0, 400.0),
    wall_s=st.floats(0.01, 0.49),
    phase=st.floats(0.0, 0.999),
)
def test_the_truth_lies_in_the_interval_of_a_short_window_whatever_came_before(
    before_W: float, power_W: float, wall_s: float, phase: float
) -> None:
    facts = Facts("nvml:GPU-1", "gpu-1", "measured", resolution_s=0.1, max_power_W=400.0)
    assert truth_is_inside(facts, before_W, power_W, wall_s, phase)


def test_a_counter_that_did_not_step_is_no_zero() -> None:
    facts = Facts("nvml:GPU-1", "gpu-1", "measured", resolution_s=0.1, max_power_W=400.0)
    found = quantity(facts, 0.0, wall_s=0.35)
    assert "below resolution" in found.note
    assert found.interval == (0.0, 40.0)


def test_doubt_of_samples_too_far_apart_widens_the_interval() -> None:
    facts = Facts("nvml:GPU-1", "gpu-1", "measured", resolution_s=0.1, max_power_W=400.0)
    sure = quantity(facts, 1000.0, wall_s=20.0)
    found = quantity(facts, 1000.0, wall_s=20.0, doubt_J=(300.0, 5000.0))
    assert sure.interval == pytest.approx((995.0, 1005.0))
    assert found.interval == pytest.approx((695.0, 6005.0))
