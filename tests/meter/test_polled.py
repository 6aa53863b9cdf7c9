from __future__ import annotations

import time
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattlab.meter.sensors.base import Facts, Reading, SensorLost
from wattlab.meter.sensors.polled import Polled, Sample, TotalFacts

FACTS = Facts("plug:test", "machine", "measured", resolution_s=2.0, max_power_W=1000.0, source="plug")


class Device:
    """A device that is asked when the test says so."""

    def __init__(self, total: TotalFacts | None = None) -> None:
        self.time_s = 0.0
        self.answer: Sample | Exception = Sample(100.0)
        self.sensor = Polled(FACTS, self._poll, 1.0, total, wall_s=lambda: self.time_s)

    def _poll(self) -> Sample:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def says(self, time_s: float, answer: Sample | Exception) -> None:
        self.time_s, self.answer = time_s, answer
        self.sensor.tick()

    def energy_J(self, time_s: float) -> float:
        self.time_s = time_s
        return self.sensor.read().energy_J


def test_power_is_integrated_between_answers_and_carried_on_after_the_last() -> None:
    device = Device()
    device.says(0.0, Sample(100.0))
    assert device.energy_J(0.5) == pytest.approx(50.0)
    device.says(1.0, Sample(200.0))
    assert device.energy_J(1.0) == pytest.approx(150.0)
    assert device.energy_J(1.5) == pytest.approx(250.0)


def test_a_time_without_answers_is_told_as_doubt() -> None:
    device = Device()
    device.says(0.0, Sample(100.0))
    device.energy_J(2.0)
    assert device.sensor.read() == Reading(2.0, 200.0)  # one answer may be missing
    device.time_s = 4.0
    assert device.sensor.read() == Reading(4.0, 400.0, below_J=400.0, above_J=4 * 1000.0 - 400.0)
    device.says(5.0, Sample(100.0))
    assert device.sensor.read() == Reading(5.0, 500.0, below_J=500.0, above_J=5 * 1000.0 - 500.0)
    device.says(6.0, Sample(100.0))
    assert device.sensor.read() == Reading(6.0, 600.0, below_J=500.0, above_J=4500.0)


@given(answers=st.lists(st.tuples(st.floats(0.1, 5.9), st.floats(0.0, 1000.0)), min_size=1, max_size=20))
def test_what_a_reading_may_be_off_by_never_goes_back(answers: list[tuple[float, float]]) -> None:
    device = Device()
    device.says(0.0, Sample(500.0))
    before = device.sensor.read()
    for gap_s, power_W in answers:
        for moment_s in (device.time_s + gap_s / 2, device.time_s + gap_s):
            device.time_s = moment_s
            now = device.sensor.read()
            assert (now.energy_J, now.below_J, now.above_J) >= (before.energy_J, 0.0, 0.0)
            assert now.below_J >= before.below_J
            assert now.above_J >= before.above_J
            before = now
        device.says(device.time_s, Sample(power_W))


def test_power_that_has_fallen_takes_nothing_back() -> None:
    device = Device()
    device.says(0.0, Sample(100.0))
    assert device.energy_J(0.9) == pytest.approx(90.0)
    device.says(1.0, Sample(0.0))
    assert device.energy_J(1.0) == pytest.approx(90.0)
    device.says(2.0, Sample(100.0))
    assert device.energy_J(2.0) == pytest.approx(100.0)


def test_a_few_answers_may_be_missing() -> None:
    device = Device()
    device.says(0.0, Sample(100.0))
    for second in (1.0, 2.0, 3.0):
        device.says(second, TimeoutError("timed out"))
        assert device.energy_J(second) == pytest.approx(100.0 * second)
    device.says(4.0, Sample(100.0))
    assert device.energy_J(4.0) == pytest.approx(400.0)


def test_who_answers_no_more_is_lost_with_the_last_reason() -> None:
    device = Device()
    device.says(0.0, Sample(100.0))
    device.says(5.0, TimeoutError("timed out"))
    assert device.energy_J(6.0) == pytest.approx(600.0)
    with pytest.raises(SensorLost, match=r"plug:test has not answered for 7 s \(timed out\)"):
        device.energy_J(7.0)
    device.says(8.0, Sample(100.0))
    with pytest.raises(SensorLost, match="timed out"):
        device.energy_J(8.0)


@pytest.mark.parametrize("power_W", [-5.0, 1001.0, float("nan"), float("inf")])
def test_a_power_that_cannot_be_is_no_answer(power_W: float) -> None:
    device = Device()
    device.says(0.0, Sample(100.0))
    device.says(1.0, Sample(power_W))
    assert device.energy_J(2.0) == pytest.approx(200.0)
    with pytest.raises(SensorLost, match="where 0 to 1000 W are possible"):
        device.energy_J(9.0)


def test_who_can_say_no_more_is_lost_at_once() -> None:
    device = Device()
    device.says(0.0, Sample(100.0))
    device.says(1.0, SensorLost("a charger is connected"))
    with pytest.raises(SensorLost, match="plug:test: a charger is connected"):
        device.energy_J(1.0)


def test_a_fault_nobody_foresaw_is_no_answer_this_time() -> None:
    device = Device()
    device.says(0.0, Sample(100.0))
    device.says(1.0, TypeError("nonsense"))
    device.says(2.0, Sample(100.0))
    assert device.energy_J(2.0) == pytest.approx(200.0)
    device.says(3.0, TypeError("nonsense"))
    with pytest.raises(SensorLost, match=r"has not answered for 8 s \(TypeError: nonsense\)"):
        device.energy_J(10.0)


def test_before_the_first_answer_there_is_no_reading() -> None:
    with pytest.raises(SensorLost, match="has not answered"):
        Device().sensor.read()


def test_peaks_between_answers_are_in_the_devices_own_total() -> None:
    """Every answer says 100 W, but the device counts 200 W: bursts that its power does not show."""
    device = Device(TotalFacts(step_J=10.0, late_s=5.0))
    for second in range(121):
        device.says(float(second), Sample(100.0, total_J=5000.0 + 200.0 * second))
    energy_J = device.energy_J(120.0)
    # One second passes before the total steps for the first time; then it bounds from below, to a step and an answer.
    assert 100.0 + 119 * 200.0 - 110.0 <= energy_J <= 120 * 200.0


def test_peaks_that_only_the_answers_see_are_bounded_from_above() -> None:
    device = Device(TotalFacts(step_J=10.0, late_s=5.0))
    for second in range(121):
        device.says(float(second), Sample(200.0, total_J=5000.0 + 100.0 * second))
    assert 120 * 100.0 <= device.energy_J(120.0) <= 120 * 100.0 + 10.0 + 200.0 + 200.0 * 5.0 + 200.0


def test_a_coarse_and_late_total_moves_nothing_in_a_short_run() -> None:
    """A total in whole watt-hours that comes a minute late, as plugs have it."""
    device = Device(TotalFacts(step_J=3600.0, late_s=60.0))
    for second in range(301):
        late_J = max(0.0, 100.0 * (second - 60.0))
        device.says(float(second), Sample(100.0, total_J=late_J // 3600.0 * 3600.0))
        assert device.energy_J(float(second)) == pytest.approx(100.0 * second)


def test_a_total_that_moves_once_a_minute_moves_nothing_either() -> None:
    """As Shelly's first generation has it: whole watt-minutes, when a minute is full."""
    device = Device(TotalFacts(step_J=60.0, late_s=60.0))
    for second in range(301):
        device.says(float(second), Sample(100.0, total_J=(second + 20) // 60 * 6000.0))
        assert device.energy_J(float(second)) == pytest.approx(100.0 * second)


def test_a_total_that_was_reset_is_followed_from_there() -> None:
    device = Device(TotalFacts(step_J=10.0))
    for second in range(100):
        total_J = 100.0 * second if second < 50 else 100.0 * (second - 50)
        device.says(float(second), Sample(100.0, total_J))
        assert device.energy_J(float(second)) == pytest.approx(100.0 * second)


@pytest.mark.parametrize("leap_J", [1e12, 1000.0 * 6 + 11.0])
def test_a_total_that_leaps_further_than_anything_can_draw_is_no_energy(leap_J: float) -> None:
    """A thousand watts, one second and a total that is five late: 6 kJ and a step of the total are possible."""
    device = Device(TotalFacts(step_J=10.0, late_s=5.0))
    for second in range(100):
        total_J = 100.0 * second if second < 50 else 100.0 * (second - 1) + leap_J
        device.says(float(second), Sample(100.0, total_J))
        assert device.energy_J(float(second)) == pytest.approx(100.0 * second)


def test_after_a_leap_the_total_bounds_again() -> None:
    device = Device(TotalFacts(step_J=10.0))
    for second in range(121):
        leapt_J = 1e9 if second >= 20 else 0.0
        device.says(float(second), Sample(100.0, leapt_J + 200.0 * second))
    # Bursts that its power does not show count, but for a second at the start and after the leap.
    assert 110 * 200.0 <= device.energy_J(120.0) <= 120 * 200.0


def test_reading_never_waits_for_an_answer() -> None:
    answer, asked = Event(), Event()

    def poll() -> Sample:
        if asked.is_set():
            answer.wait(5.0)
        asked.set()
        return Sample(100.0)

    sensor = Polled(FACTS, poll, period_s=0.01)
    assert sensor.start(wait_s=5.0).power_W == 100.0
    time.sleep(0.05)  # the second question is on its way now
    began_s = time.perf_counter()
    assert sensor.read().energy_J > 0
    assert time.perf_counter() - began_s < 0.02
    sensor.close()
    answer.set()


def test_is_asked_in_the_background_until_closed() -> None:
    asked: list[int] = []

    def poll() -> Sample:
        asked.append(1)
        return Sample(50.0)

    sensor = Polled(FACTS, poll, period_s=0.01)
    sensor.start(wait_s=5.0)
    time.sleep(0.1)
    sensor.close()
    sensor._thread.join(5.0)
    assert not sensor._thread.is_alive()
    assert len(asked) > 2


def test_the_thread_outlives_a_fault_nobody_foresaw() -> None:
    asked: list[int] = []

    def poll() -> Sample:
        asked.append(1)
        if len(asked) == 2:
            msg = "nonsense"
            raise TypeError(msg)
        return Sample(50.0)

    sensor = Polled(FACTS, poll, period_s=0.01)
    sensor.start(wait_s=5.0)
    end_s = time.perf_counter() + 5.0
    while len(asked) < 4 and time.perf_counter() < end_s:
        time.sleep(0.01)
    assert sensor.read().energy_J > 0
    sensor.close()
    assert len(asked) >= 4


def test_a_first_answer_that_takes_too_long_is_not_waited_for() -> None:
    answer = Event()

    def poll() -> Sample:
        answer.wait(5.0)
        return Sample(1.0)

    sensor = Polled(FACTS, poll, period_s=1.0)
    with pytest.raises(TimeoutError, match=r"no answer within 0\.05 s"):
        sensor.start(wait_s=0.05)
    answer.set()
    sensor._thread.join(5.0)
    assert not sensor._thread.is_alive()
