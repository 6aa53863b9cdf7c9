"""What every energy sensor must do; a new sensor joins `RIGS` and passes the same tests."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.gpu_rigs import GPU_RIGS
from tests.contracts.sensor_rigs import RANGE_J, RESET, RIGS, ModelRig, Resettable, Rig

from wattlab.meter.counters import Counters
from wattlab.meter.sensors.base import SensorLost, quantity
from wattlab.meter.sensors.domains import KINDS, kind_of
from wattlab.meter.tally import Snapshot, Tally

every_sensor = pytest.mark.parametrize("make", [*RIGS, *GPU_RIGS], ids=lambda rig: rig.__name__)


@every_sensor
def test_counts_joules_from_zero_on_the_given_clock(make: type[Rig]) -> None:
    rig = make()
    assert rig.sensor.read().energy_J == 0.0
    rig.spend(40.0, seconds=0.4)
    reading = rig.sensor.read()
    assert reading.energy_J == pytest.approx(40.0)
    assert reading.time_s == 1000.4


@every_sensor
@given(powers=st.lists(st.floats(10.0, 110.0), min_size=1, max_size=30))
def test_never_goes_back_and_misses_nothing(make: type[Rig], powers: list[float]) -> None:
    rig = make()
    spent_J, last_J = 0.0, 0.0
    for power in powers:
        rig.spend(power * 0.4, seconds=0.4)
        spent_J += power * 0.4
        now_J = rig.sensor.read().energy_J
        assert now_J >= last_J
        last_J = now_J
    assert last_J == pytest.approx(spent_J, abs=2e-3)  # some count whole millijoules


@every_sensor
def test_goes_on_counting_across_wraps(make: type[Rig]) -> None:
    rig = make()
    for _ in range(100):
        rig.spend(40.0, seconds=0.4)
        rig.sensor.read()
    assert rig.sensor.read().energy_J == pytest.approx(4000.0)
    assert rig.sensor.read().energy_J > 5 * RANGE_J


@every_sensor
@pytest.mark.parametrize(
    "failure", [FileNotFoundError("gone"), PermissionError("closed"), OSError("no such device")]
)
def test_a_failing_read_is_a_lost_sensor_with_its_name_and_reason(make: type[Rig], failure: OSError) -> None:
    rig = make()
    rig.spend(50.0, seconds=1.0)
    rig.fail(failure)
    with pytest.raises(SensorLost, match=str(failure)) as caught:
        rig.sensor.read()
    assert rig.sensor.facts.name in str(caught.value)


@every_sensor
def test_stays_lost_when_the_hardware_comes_back(make: type[Rig]) -> None:
    rig = make()
    rig.fail(OSError("driver reloaded"))
    with pytest.raises(SensorLost):
        rig.sensor.read()
    rig.fail(None)
    with pytest.raises(SensorLost, match="driver reloaded"):
        rig.sensor.read()


@every_sensor
def test_a_lost_sensor_makes_the_energy_missing_not_zero(make: type[Rig]) -> None:
    rig = make()
    counters = Counters([rig.sensor])
    first = Snapshot(0.0, 0.0, counters.read())
    rig.spend(50.0, seconds=1.0)
    rig.fail(OSError("unplugged"))
    energy = counters.energy(Tally(1).add(first, Snapshot(1.0, 0.0, counters.read()), 0))
    assert energy.provenance == "missing"
    assert "unplugged" in energy.note


@every_sensor
def test_a_window_below_the_resolution_says_so_and_is_bounded_by_the_power(make: type[Rig]) -> None:
    facts = make().sensor.facts
    assert facts.resolution_s > 0
    short = quantity(facts, energy_J=0.0, wall_s=facts.resolution_s / 10)
    assert "below resolution" in short.note
    assert short.interval == (0.0, facts.max_power_W * facts.resolution_s)
    long = quantity(facts, energy_J=100.0, wall_s=facts.resolution_s * 1000)
    assert "below resolution" not in long.note


@every_sensor
def test_no_interval_goes_below_zero(make: type[Rig]) -> None:
    facts = make().sensor.facts
    interval = quantity(facts, energy_J=100.0, wall_s=facts.resolution_s).interval
    assert interval is not None
    assert interval[0] == 0.0


@every_sensor
def test_many_windows_widen_the_interval(make: type[Rig]) -> None:
    facts = make().sensor.facts
    wall_s = 10 * facts.resolution_s
    one, many = (quantity(facts, 100.0, wall_s, windows=count).interval for count in (1, 100))
    assert one is not None
    assert many is not None
    assert many[0] < one[0] <= 100.0 <= one[1] < many[1]


@pytest.mark.parametrize("make", RESET, ids=lambda rig: rig.__name__)
def test_hardware_that_starts_again_is_lost_or_followed_but_never_goes_back(make: type[Resettable]) -> None:
    rig = make()
    rig.spend(40.0, seconds=0.4)
    before_J = rig.sensor.read().energy_J
    rig.reset()
    for _ in range(3):
        rig.spend(40.0, seconds=0.4)
        with suppress(SensorLost):
            assert before_J <= rig.sensor.read().energy_J <= before_J + 121.0


@every_sensor
def test_reading_sleeps_for_nothing_asks_nobody_and_starts_nothing(
    make: type[Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make()
    rig.spend(40.0, seconds=0.4)

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a reading waits")

    for function in (
        "time.sleep",
        "socket.socket.connect",
        "subprocess.Popen.__init__",
        "threading.Event.wait",
    ):
        monkeypatch.setattr(function, refuse)
    assert rig.sensor.read().energy_J == pytest.approx(40.0)


@every_sensor
def test_can_be_closed_twice(make: type[Rig]) -> None:
    rig = make()
    rig.spend(40.0, seconds=0.4)
    rig.sensor.close()
    rig.sensor.close()


@pytest.mark.parametrize(
    "make", [rig for rig in (*RIGS, *GPU_RIGS) if rig is not ModelRig], ids=lambda rig: rig.__name__
)
def test_power_that_no_window_can_reach_is_never_told(make: type[Rig]) -> None:
    """Ten times what the domain can draw is a fault of the hardware, not energy."""
    rig = make()
    most_W = rig.sensor.facts.max_power_W
    rig.spend(40.0, seconds=0.4)
    before_J = rig.sensor.read().energy_J
    with suppress(SensorLost):
        rig.leap(10 * most_W * 10, seconds=10.0)
        assert rig.sensor.read().energy_J - before_J <= most_W * (10.0 + rig.sensor.facts.resolution_s)


@every_sensor
def test_facts_are_sound(make: type[Rig]) -> None:
    facts = make().sensor.facts
    assert facts.name
    assert kind_of(facts.domain) in KINDS
    assert facts.provenance in ("measured", "modelled")
    assert facts.max_power_W > 0
    assert facts.longest_gap_s > facts.resolution_s
    assert facts.source in ("plug", "counter", "integrated", "battery", "model")
    assert (facts.source == "model") == (facts.provenance == "modelled")
    assert all(0 <= share <= 1 for share in facts.spread)
    if facts.source in ("plug", "battery"):
        assert facts.domain == "machine"
        assert facts.resolution_s >= 1.0
    assert ("unfit for ranking" in facts.note) == (facts.provenance == "modelled")
