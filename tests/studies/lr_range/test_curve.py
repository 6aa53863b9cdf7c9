"""What curves tell, where it is known: analytic ones, and noise."""

from __future__ import annotations

from math import log, log10
from typing import TYPE_CHECKING

import numpy as np
import pytest

from wattlab.cluster.ramp_curve import SmoothedLoss
from wattlab.studies.lr_range.curve import Curve, suggest

from .invented import BEST, START, curve, falling

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEP = 5 / 100


def test_an_interval_lies_between_a_tenth_and_nine_tenths_of_the_fall() -> None:
    found = suggest(curve(falling(-2.0, width=0.1)))
    assert found.status == "found"
    assert found.interval is not None
    # A logistic curve has done a tenth and nine tenths at ln 9 widths before and behind its middle.
    assert log10(found.interval.low) == pytest.approx(-2 - 0.1 * log(9), abs=STEP)
    assert log10(found.interval.high) == pytest.approx(-2 + 0.1 * log(9), abs=STEP)
    assert [found.start, found.best] == pytest.approx([START, BEST], rel=1e-6)
    assert log10(found.picks["steep"]) == pytest.approx(-2, abs=STEP)


def test_the_scale_of_the_loss_changes_nothing() -> None:
    plain = suggest(curve(falling(-2.0)))
    large = suggest(curve(lambda rates: 1000 * falling(-2.0)(rates)))
    assert (large.status, large.interval) == (plain.status, plain.interval)
    assert large.picks == pytest.approx(plain.picks)


def test_a_loss_that_turns_within_the_range_is_found_without_a_divergence() -> None:
    def loss(
        rates: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        found: NDArray[np.float64] = falling(-3.0)(rates) + np.maximum(0.0, np.log10(rates) + 1)
        return found

    found = suggest(curve(loss, "end of the range"))
    assert found.status == "found"


def test_one_that_still_falls_at_the_end_is_too_short() -> None:
    found = suggest(curve(falling(0.0, width=0.5), "end of the range"))
    assert found.status == "too short"
    assert found.interval is not None
    assert found.interval.high == 1.0


def test_no_fall_is_flat_and_a_rise_at_once_is_named() -> None:
    def level(
        rates: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        return np.full(rates.shape, 2.3)

    assert suggest(curve(level, "end of the range")).status == "flat"
    assert suggest(curve(level, "loss is no finite number", kept=80)).status == "flat"
    assert suggest(curve(level, "loss is no finite number", kept=15)).status == "diverged at once"
    assert suggest(curve(lambda rates: rates * 1e6, "loss rose", kept=12)).status == "diverged at once"
    for few in (0, 1, 2):
        found = suggest(curve(level, "loss is no finite number", kept=few))
        assert (found.status, found.interval, found.picks, found.n) == ("diverged at once", None, {}, few)


def test_noise_is_no_fall_and_hides_none() -> None:
    statuses = [suggest(noisy(seed, fall=0.0)).status for seed in range(40)]
    assert statuses.count("flat") >= 39
    for seed in range(10):
        found = suggest(noisy(seed, fall=START - BEST))
        assert found.status == "found"
        assert found.interval is not None
        assert 1e-4 < found.interval.low < 1e-2 < found.interval.high < 0.5


def noisy(seed: int, fall: float) -> Curve:
    """Return a smoothed curve whose batches differ by a standard deviation of 0.3."""
    rates = np.geomspace(1e-5, 1.0, 101)
    clean = START - fall * (START - falling(-2.0)(rates)) / (START - BEST)
    smooth, losses = SmoothedLoss(0.9), clean + np.random.default_rng(seed).normal(0, 0.3, 101)
    for loss in losses:
        smooth.add(float(loss))
    return Curve(
        rates=tuple(map(float, rates)),
        losses=tuple(map(float, losses)),
        smoothed=tuple(smooth.values),
        ending="loss rose" if fall else "end of the range",
        steps=101,
        smoothing=0.9,
    )
