from __future__ import annotations

import pytest

from wattlab.meter.sensors.base import Facts, Reading, SensorLost
from wattlab.monitor.power import PowerWindow

SLOW = Facts("plug:desk", "machine", "measured", resolution_s=1.0, max_power_W=3000.0)
FAST = Facts("rapl:package-0", "package-0", "measured", resolution_s=0.001, max_power_W=300.0)


def test_a_fast_counter_shows_the_power_between_two_samples() -> None:
    window = PowerWindow(FAST)
    assert window.add(Reading(0.0, 0.0)).note == "no second sample yet"
    assert window.add(Reading(0.25, 10.0)).value == pytest.approx(40.0)
    assert window.add(Reading(0.5, 30.0)).value == pytest.approx(80.0)


def test_a_counter_slower_than_the_samples_shows_a_power_and_no_noise() -> None:
    window = PowerWindow(SLOW)
    shown = [window.add(Reading(0.25 * tick, 60.0 * (tick // 4))).value for tick in range(41)]
    # The first step tells nothing: when the one before it was is not known.
    assert shown[:4] == [None] * 4
    assert shown[5:] == pytest.approx([60.0] * 36)


def test_a_step_that_comes_a_sample_late_moves_the_figure_by_no_more_than_that_sample() -> None:
    window = PowerWindow(SLOW)
    late = {8: 9, 16: 17}
    energy_J = 0.0
    for tick in range(60):
        moved = {late.get(due, due) for due in range(4, 60, 4)}
        energy_J += 60.0 * (tick in moved)
        power = window.add(Reading(0.25 * tick, energy_J))
        if tick > 5:
            assert power.value == pytest.approx(60.0, rel=0.25)


def test_a_counter_that_stands_still_says_zero_and_goes_on() -> None:
    window = PowerWindow(SLOW)
    for second in range(5):
        window.add(Reading(float(second), 60.0 * second))
    assert window.add(Reading(5.0, 240.0)).value == pytest.approx(60.0)
    assert window.add(Reading(7.5, 240.0)).value == 0.0
    # What was counted since the last step belongs to all the time since.
    assert window.add(Reading(8.0, 280.0)).value == pytest.approx(10.0)


def test_a_lost_sensor_says_why() -> None:
    window = PowerWindow(FAST)
    window.add(Reading(0.0, 0.0))
    lost = window.add(SensorLost("rapl:package-0 was unplugged"))
    assert (lost.provenance, lost.note) == ("missing", "lost: rapl:package-0 was unplugged")
