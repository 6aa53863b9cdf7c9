"""What every schedule must be: a pure function of the step, finite, never negative, and plain in TOML."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattlab.recipe import schedule as module
from wattlab.recipe.schedule import Schedule, Steps

if TYPE_CHECKING:
    from wattlab.recipe.base import Part

MEMBERS: dict[str, type[Part]] = {
    member.model_fields["kind"].default: member for member in get_args(get_args(Schedule)[0])
}
FIELDS: dict[str, list[dict[str, Any]]] = {
    "constant": [{}, {"linear_warm_up": 0.2}],
    "inverse-time": [{"decay": 0.0}, {"decay": 0.3}, {"decay": 0.3, "linear_warm_up": 0.5}],
    "step": [
        {"every": 1, "factor": 0.5},
        {"every": 4, "factor": 2.0},
        {"every": 1, "factor": 0.5, "linear_warm_up": 0.3},
    ],
    "piecewise-linear": [
        {"points": [[0, 1.0]]},
        {"points": [[0.5, 0.0], [3, 1.0], [4.5, 0.1]]},
        {"points": [[0, 1.0], [2, 0.1]], "linear_warm_up": 0.1},
    ],
    "cosine": [{}, {"final": 0.5}, {"linear_warm_up": 0.95, "warm_up_divisor": 1.0}],
    "one-cycle": [
        {},
        {"momentum": [0.8, 0.95]},
        {"warm_up": 0.9, "anneal": "linear", "momentum": [0.0, 0.9]},
    ],
}
CASES = [(kind, fields) for kind, choices in FIELDS.items() for fields in choices]

every_schedule = pytest.mark.parametrize(("kind", "fields"), CASES, ids=str)


def make(kind: str, fields: dict[str, Any]) -> Any:
    return MEMBERS[kind].model_validate({"kind": kind, **fields})


def test_no_schedule_is_left_out() -> None:
    assert FIELDS.keys() == MEMBERS.keys()
    assert {type(make(*case)).__name__ for case in CASES} <= set(module.__all__)


@every_schedule
@pytest.mark.parametrize(("epochs", "per_epoch"), [(1, 1), (1, 9), (9, 1), (2, 1), (6, 5)])
def test_values_are_finite_not_negative_and_one_a_step(
    kind: str, fields: dict[str, Any], epochs: int, per_epoch: int
) -> None:
    for epoch in range(epochs):
        values = make(kind, fields).values(0.1, Steps.of_epoch(epoch, per_epoch, epochs))
        for array, top in ((values.learning_rate, np.inf), (values.momentum, 1.0)):
            if array is not None:
                assert (array.shape, array.dtype) == ((per_epoch,), np.float64)
                assert np.isfinite(array).all()
                assert ((array >= 0) & (array < top)).all()


@every_schedule
@given(first=st.integers(0, 59), count=st.integers(1, 60), data=st.data())
def test_values_depend_on_nothing_but_the_step(
    kind: str, fields: dict[str, Any], first: int, count: int, data: st.DataObject
) -> None:
    per_epoch = data.draw(st.sampled_from([1, 3, 20]))
    schedule, count = make(kind, fields), min(count, 60 - first)
    whole = schedule.values(0.1, Steps(0, 60, per_epoch, 60)).part(first, first + count)
    alone = schedule.values(0.1, Steps(first, count, per_epoch, 60))
    np.testing.assert_array_equal(alone.learning_rate, whole.learning_rate)
    np.testing.assert_array_equal(alone.momentum, whole.momentum)


@every_schedule
def test_the_rate_scales_with_the_optimizers(kind: str, fields: dict[str, Any]) -> None:
    steps = Steps(0, 30, 5, 30)
    one, three = (make(kind, fields).values(rate, steps).learning_rate for rate in (1.0, 3.0))
    np.testing.assert_allclose(three, 3 * one, rtol=1e-10)


@every_schedule
def test_a_schedule_survives_json(kind: str, fields: dict[str, Any]) -> None:
    schedule = make(kind, fields)
    assert make(kind, json.loads(json.dumps(schedule.model_dump(mode="json")))) == schedule


@every_schedule
def test_a_schedule_is_frozen_and_knows_no_other_field(kind: str, fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="frozen"):
        make(kind, fields).kind = "constant"
    with pytest.raises(ValueError, match="warmup"):
        make(kind, {**fields, "warmup": 1})
