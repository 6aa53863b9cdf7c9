from __future__ import annotations

import json
import os
import signal
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from wattlab.errors import UserError
from wattlab.monitor.ending import Ending
from wattlab.monitor.watch import Audience, check_interval, deadlines, watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.meter.sensors.base import Reading
    from wattlab.monitor.sample import Sample

    from .conftest import Clock, Machine


class Listener(Audience):
    def __init__(self, act: Callable[[Sample], object] = lambda sample: None) -> None:
        self.samples: list[Sample] = []
        self.closed = False
        self._act = act

    def show(self, sample: Sample) -> None:
        self.samples.append(sample)
        self._act(sample)

    def close(self) -> None:
        self.closed = True


def times(clock: Clock, interval_s: float, count: int, work_s: Callable[[int], float]) -> list[float]:
    found = []
    for index, now_s in enumerate(deadlines(interval_s, clock.wait, clock)):
        found.append(now_s)
        if len(found) == count:
            break
        clock.now_s += work_s(index)
    return found


def test_deadlines_do_not_drift_whatever_the_work_between_them(machine: Machine) -> None:
    found = times(machine.clock, 0.25, 401, lambda index: 0.1 + 0.1 * (index % 2))
    assert found == pytest.approx([0.25 * index for index in range(401)])


def test_a_missed_deadline_is_left_out_and_not_made_up_for(machine: Machine) -> None:
    found = times(machine.clock, 1.0, 5, lambda index: 2.5 if index == 1 else 0.0)
    assert found == pytest.approx([0.0, 1.0, 4.0, 5.0, 6.0])


def test_a_wait_that_ends_early_is_gone_on_with(machine: Machine) -> None:
    def restless(seconds: float) -> bool:
        return machine.clock.wait(min(seconds, 0.1))

    found = []
    for now_s in deadlines(0.25, restless, machine.clock):
        found.append(now_s)
        if len(found) == 4:
            break
    assert found == pytest.approx([0.0, 0.25, 0.5, 0.75])


def test_a_watch_sums_up_what_it_saw(machine: Machine) -> None:
    listener = Listener()
    summary = watch(machine.gauges(), [listener], 0.25, 10.0, machine.clock.wait, machine.clock)
    assert len(listener.samples) == summary.samples == 41
    assert listener.closed
    assert summary.duration_s == pytest.approx(10.0)
    assert summary.missed == 0
    assert summary.energy.value == pytest.approx(400.0)
    low, high = summary.energy.interval or (0.0, 0.0)
    assert 399 < low < 400 < high < 401
    assert summary.mean_power.value == pytest.approx(40.0)
    assert summary.peak_power_W == pytest.approx(40.0)
    assert {name: energy.value for name, energy in summary.domains.items()} == pytest.approx(
        {"rapl:package-0": 400.0, "rapl:core-0": 300.0}
    )
    assert json.loads(json.dumps(summary.to_dict()))["energy"]["provenance"] == "measured"


def test_the_peak_is_that_of_the_samples(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    steady = machine.package.read

    def with_a_burst() -> Reading:
        reading = steady()
        return replace(reading, energy_J=reading.energy_J + (50.0 if reading.time_s >= 101.0 else 0.0))

    monkeypatch.setattr(machine.package, "read", with_a_burst)
    summary = watch(machine.gauges(), [], 0.5, 3.0, machine.clock.wait, machine.clock)
    assert summary.peak_power_W == pytest.approx(140.0)
    assert summary.mean_power.value == pytest.approx(40.0 + 50.0 / 3.0)


def test_what_was_read_before_the_watch_is_no_interval_of_it(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady = machine.package.read

    def busy_before_it() -> Reading:
        reading = steady()
        return replace(reading, energy_J=reading.energy_J + (10.0 if reading.time_s > 100.0 else 0.0))

    monkeypatch.setattr(machine.package, "read", busy_before_it)
    gauges, listener = machine.gauges(), Listener()
    gauges.read()  # as a recorder does, for its columns
    machine.clock.now_s += 0.025
    summary = watch(gauges, [listener], 0.5, 1.0, machine.clock.wait, machine.clock)
    first, second, _ = listener.samples
    assert (first.elapsed_s, first.power.value, first.processor.load) == (0.0, None, None)
    assert second.processor.load == pytest.approx(0.75)
    assert summary.peak_power_W == pytest.approx(40.0)
    assert summary.mean_power.value == pytest.approx(40.0)


def test_missed_samples_are_counted(machine: Machine) -> None:
    def slow(sample: Sample) -> None:
        machine.clock.now_s += 2.0 if sample.elapsed_s == 1.0 else 0.0

    summary = watch(machine.gauges(), [Listener(slow)], 0.5, 5.0, machine.clock.wait, machine.clock)
    assert (summary.samples, summary.missed) == (7, 4)


def test_the_energy_of_a_lost_sensor_is_missing_and_that_of_the_others_is_not(machine: Machine) -> None:
    def lose(sample: Sample) -> None:
        machine.package.lost = "gone" if sample.elapsed_s >= 1.0 else ""

    summary = watch(machine.gauges(), [Listener(lose)], 0.5, 3.0, machine.clock.wait, machine.clock)
    assert (summary.energy.value, summary.energy.note) == (None, "lost: gone")
    assert summary.domains["rapl:core-0"].value == pytest.approx(90.0)


def test_everybody_is_closed_whatever_happens(machine: Machine) -> None:
    def fail(sample: Sample) -> None:
        msg = "made up"
        raise RuntimeError(msg)

    first, second = Listener(), Listener(fail)
    with pytest.raises(RuntimeError, match="made up"):
        watch(machine.gauges(), [first, second], 0.5, 3.0, machine.clock.wait, machine.clock)
    assert first.closed
    assert second.closed


def test_whoever_waits_can_end_it(machine: Machine) -> None:
    waits = iter([False, False, True])
    summary = watch(
        machine.gauges(),
        [],
        1.0,
        None,
        lambda seconds: machine.clock.wait(seconds) or next(waits),
        machine.clock,
    )
    assert summary.samples == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_wait_at_once(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with Ending() as ending:
        timer = threading.Timer(0.05, os.kill, (os.getpid(), number))
        timer.start()
        assert ending.wait(30.0)
        timer.join()
    assert signal.getsignal(number) is before


def test_a_signal_in_the_middle_of_a_sample_ends_the_watch_behind_it(machine: Machine) -> None:
    finished: list[float] = []

    def interrupted(sample: Sample) -> None:
        if sample.elapsed_s >= 1.0:
            os.kill(os.getpid(), signal.SIGINT)
        finished.append(sample.elapsed_s)

    with Ending(machine.clock.wait) as ending:
        summary = watch(machine.gauges(), [Listener(interrupted)], 0.5, None, ending.wait, machine.clock)
    assert finished == pytest.approx([0.0, 0.5, 1.0])
    assert summary.samples == 3


@pytest.mark.parametrize("interval_s", [0.049, 0.0, -1.0, float("nan"), float("inf")])
def test_an_interval_that_would_disturb_is_refused_with_the_reason(interval_s: float) -> None:
    with pytest.raises(UserError, match=r"at least 0.05 s: .* slows the programs"):
        check_interval(interval_s)
    assert check_interval(0.05) == 0.05
