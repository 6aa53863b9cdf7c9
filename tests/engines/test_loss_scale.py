"""Every transition of the loss scale."""

from __future__ import annotations

import numpy as np
import pytest

from wattlab.engines.native.arrays import NUMPY
from wattlab.engines.native.loss_scale import GOOD_STEPS, LARGEST, SMALLEST, LossScale, ScaleState

DYNAMIC, FIXED = LossScale(None), LossScale(512.0)


def after(scale: LossScale, state: tuple[float, float, float], *finite: bool) -> tuple[float, ...]:
    """Return the state after some steps, as plain numbers."""
    now = ScaleState(*(np.float32(number) for number in state))
    for good in finite:
        now = scale.after(NUMPY, now, np.bool_(good))
    return tuple(float(number) for number in now)


def test_it_begins_high_or_where_it_was_told() -> None:
    assert (DYNAMIC.initial, DYNAMIC.kind) == (2.0**16, "dynamic")
    assert (FIXED.initial, FIXED.kind) == (512.0, "fixed")


def test_a_good_step_is_counted() -> None:
    assert after(DYNAMIC, (65536, 7, 2), True) == (65536, 8, 2)


def test_overflow_halves_counts_and_begins_anew() -> None:
    assert after(DYNAMIC, (65536, 1999, 2), False) == (32768, 0, 3)
    assert after(DYNAMIC, (65536, 5, 0), False, False, True) == (16384, 1, 2)


def test_the_last_of_the_good_steps_doubles() -> None:
    assert after(DYNAMIC, (1024, GOOD_STEPS - 2, 1), True) == (1024, GOOD_STEPS - 1, 1)
    assert after(DYNAMIC, (1024, GOOD_STEPS - 1, 1), True) == (2048, 0, 1)


def test_two_thousand_good_steps_double_once() -> None:
    assert GOOD_STEPS == 2000
    assert after(DYNAMIC, (65536, 0, 0), *[True] * 2000) == (131072, 0, 0)


def test_it_stays_between_its_limits() -> None:
    assert after(DYNAMIC, (LARGEST, GOOD_STEPS - 1, 0), True) == (LARGEST, 0, 0)
    assert after(DYNAMIC, (SMALLEST, 3, 0), False) == (SMALLEST, 0, 1)


@pytest.mark.parametrize(("finite", "expected"), [(True, (512, 2000, 4)), (False, (512, 0, 5))])
def test_a_fixed_factor_only_counts(finite: bool, expected: tuple[float, ...]) -> None:
    assert after(FIXED, (512, 1999, 4), finite) == expected


def test_the_state_that_it_is_given_stays_as_it_was() -> None:
    state = ScaleState(*(np.full((), number, np.float32) for number in (65536, 3, 0)))
    DYNAMIC.after(NUMPY, state, np.bool_(False))
    assert tuple(map(float, state)) == (65536, 3, 0)
