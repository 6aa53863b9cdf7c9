from __future__ import annotations

import threading

import pytest

from wattlab.meter import Meter, missing
from wattlab.meter.counters import Counters
from wattlab.meter.sampler import Sampler
from wattlab.meter.sensors import Facts, Reading, Sensor, SensorLost, Sensors


class Bench(Sensor):
    """A sensor whose readings the test sets."""

    def __init__(self, longest_gap_s: float = float("inf")) -> None:
        self.facts = Facts(
            "rapl:package-0", "package-0", "measured", 0.01, 500.0, longest_gap_s=longest_gap_s
        )
        self.now = Reading(0.0, 0.0)
        self.lost = ""
        self.read_in_background = threading.Event()

    def read(self) -> Reading:
        if threading.current_thread().name == "wattlab-meter":
            self.read_in_background.set()
        if self.lost:
            raise SensorLost(self.lost)
        return self.now


def test_power_is_that_of_the_last_two_samples() -> None:
    sensor = Bench()
    sampler = Sampler(Counters([sensor]), sample_s=0.5)
    assert sampler.power() == missing("W", "no sample yet")
    for sensor.now in (Reading(0.0, 0.0), Reading(0.5, 5.0), Reading(1.0, 35.0)):
        sampler.tick()
    assert sampler.power().value == pytest.approx(60.0)
    assert sampler.power().provenance == "measured"


def test_two_samples_of_one_moment_have_no_power() -> None:
    sampler = Sampler(Counters([Bench()]), sample_s=0.5)
    sampler.tick()
    sampler.tick()
    assert sampler.power() == missing("W", "no sample yet")


def test_power_of_a_lost_sensor_is_missing() -> None:
    sensor = Bench()
    sampler = Sampler(Counters([sensor]), sample_s=0.5)
    sampler.tick()
    sensor.lost = "gone"
    sampler.tick()
    assert sampler.power() == missing("W", "gone")


def test_samples_before_a_counter_can_wrap() -> None:
    sampler = Sampler(Counters([Bench(longest_gap_s=0.8)]), sample_s=10.0)
    assert sampler.period_s == pytest.approx(0.2)


@pytest.mark.parametrize("sample_s", [0.0, 0.001, -1.0, float("nan")])
def test_refuses_to_sample_so_often_that_it_disturbs(sample_s: float) -> None:
    with pytest.raises(ValueError, match="expected at least"):
        Sampler(Counters([]), sample_s)


def test_the_background_thread_samples_and_ends_with_the_meter() -> None:
    sensor = Bench()
    before = set(threading.enumerate())
    with Meter(Sensors((sensor,)), sample_s=0.05) as meter:
        assert sensor.read_in_background.wait(timeout=30.0)
        (thread,) = set(threading.enumerate()) - before
        assert (thread.name, thread.daemon) == ("wattlab-meter", True)
    assert meter.total().wall.value is not None
    assert not thread.is_alive()
