"""Predictions from parts: Amdahl's law, and the ends between which they lie."""

from __future__ import annotations

import pytest

from wattlab.studies.explain.predict import by_parts, less, without_share

from .invented import exactly


def test_what_is_in_no_part_stays_or_changes_as_the_parts_do() -> None:
    gain = by_parts(10.0, 8.0, exactly(0.25, ""))
    assert gain.value == pytest.approx(10 / (2 + 8 / 4))
    assert (gain.low, gain.high) == pytest.approx((1 / (0.2 + 0.8 * 0.275), 1 / 0.225))


def test_amdahls_law_holds_for_both_ends() -> None:
    gain = by_parts(10.0, 5.0, exactly(0.01, ""))
    assert gain.high == pytest.approx(2.0)
    assert gain.value < 2.0


def test_parts_longer_than_the_step_are_all_of_it() -> None:
    gain = by_parts(10.0, 50.0, exactly(0.5, "", spread=0.1))
    assert gain.value == pytest.approx(2.0)
    assert (gain.low, gain.high) == pytest.approx((1 / (0.55 * 1.1), 1 / (0.45 * 0.9)))


def test_a_larger_batch_is_held_by_the_sample() -> None:
    gain = by_parts(10.0, 10.0, exactly(1.5, ""), samples=2.0)
    assert gain.value == pytest.approx(2 / 1.5)
    half = by_parts(10.0, 5.0, exactly(1.4, ""), samples=2.0)  # of the rest, half follows the batch
    assert half.value == pytest.approx(2 / (0.25 + 0.75 * 1.4))


def test_a_change_that_makes_it_slower_has_a_gain_below_one() -> None:
    gain = by_parts(10.0, 8.0, exactly(2.0, ""))
    assert gain.value == pytest.approx(10 / 18)
    assert gain.is_sure


def test_no_gain_is_endless() -> None:
    assert less(1.0, 1.0, 1.0, 2.0).high == pytest.approx(50.0)
    assert without_share(1.0, 0.0, 1.0).value == pytest.approx(50.0)
