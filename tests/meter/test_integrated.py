"""Power added up: what lies between two samples that are too far apart is not known, and the interval says so."""

from __future__ import annotations

import pytest

from wattlab.meter.counters import Counters
from wattlab.meter.sensors.base import Facts, SensorLost
from wattlab.meter.sensors.integrated import TOLERATED, IntegratedPower
from wattlab.meter.tally import Snapshot, Tally

FACTS = Facts(
    "nvml:GPU-1", "gpu-1", "measured", 0.1, 500.0, source="integrated", sample_s=0.1, longest_gap_s=30.0
)


class Bench:
    def __init__(self) -> None:
        self.time_s, self.power_W = 10.0, 50.0
        self.sensor = IntegratedPower(FACTS, lambda: self.power_W, lambda: self.time_s)
        self.counters = Counters([self.sensor])

    def edge(self) -> Snapshot:
        return Snapshot(self.time_s, 0.0, self.counters.read())

    def go(self, seconds: float, power_W: float) -> None:
        self.time_s += seconds
        self.power_W = power_W


def test_trapezoids_between_close_samples_leave_no_doubt() -> None:
    bench = Bench()
    for _ in range(10):
        bench.go(0.1, 150.0)
        reading = bench.sensor.read()
    assert reading.energy_J == pytest.approx(0.1 * 100.0 + 0.9 * 150.0)
    assert (reading.below_J, reading.above_J) == (0.0, 0.0)


def test_what_a_long_gap_may_have_held_is_in_the_interval() -> None:
    bench = Bench()
    first = bench.edge()
    bench.go(20.0, 50.0)
    energy = bench.counters.energy(Tally(1).add(first, bench.edge(), 0))
    assert energy.value == pytest.approx(1000.0)
    assert energy.interval is not None
    low, high = energy.interval
    assert low == 0.0
    assert high >= 500.0 * 20.0


def test_a_hiccup_is_no_gap() -> None:
    bench = Bench()
    bench.sensor.read()
    bench.go(0.1 * TOLERATED, 50.0)
    assert bench.sensor.read().above_J == 0.0
    bench.go(0.1 * TOLERATED + 0.01, 50.0)
    assert bench.sensor.read().above_J > 0.0


def test_a_gap_of_one_window_is_no_doubt_about_the_next() -> None:
    bench = Bench()
    bench.go(20.0, 50.0)
    first = bench.edge()
    for _ in range(20):
        bench.go(0.1, 50.0)
        last = bench.edge()
    energy = bench.counters.energy(Tally(1).add(first, last, 0))
    assert energy.interval == pytest.approx((95.0, 105.0))


@pytest.mark.parametrize("power_W", [-1.0, 501.0, float("nan"), float("inf")])
def test_power_that_cannot_be_is_a_lost_sensor(power_W: float) -> None:
    bench = Bench()
    bench.go(0.1, power_W)
    with pytest.raises(SensorLost, match="where 0 to 500 W are possible"):
        bench.sensor.read()


def test_silence_beyond_the_longest_gap_is_a_lost_sensor() -> None:
    bench = Bench()
    bench.go(31.0, 50.0)
    with pytest.raises(SensorLost, match="was not read for 31 s"):
        bench.sensor.read()
