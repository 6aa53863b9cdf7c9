from __future__ import annotations

import gc
import time
from dataclasses import dataclass, field, replace
from threading import Barrier, Thread
from threading import enumerate as enumerate_threads
from typing import TYPE_CHECKING

import pytest

from wattlab.meter import Cost, Meter, Quantity, measured, missing, modelled
from wattlab.meter.cost import median_cost, with_unseen
from wattlab.meter.load import Load
from wattlab.meter.meter import NO_BASELINE
from wattlab.meter.sensors import Absent, Facts, Reading, Sensor, SensorLost, Sensors
from wattlab.meter.watch import Watch
from wattlab.meter.windows import MOST_KEPT

if TYPE_CHECKING:
    from wattlab.machine import Machine

IDLE = modelled(10.0, "W", "model:idle", (5.0, 20.0), "idle baseline modelled")


@dataclass
class World:
    """Time, processor time, energy and memory that pass when the test says so."""

    time_s: float = 50.0
    used_s: float = 3.0
    energy_J: float = 0.0
    memory_B: int = 1000
    order: list[str] = field(default_factory=list)

    def wall_s(self) -> float:
        return self.time_s

    def cpu_s(self) -> float:
        return self.used_s

    def peak_B(self) -> int:
        return self.memory_B

    def sleep(self, seconds: float) -> None:
        self.work(seconds, 8.0)

    def work(self, seconds: float, watts: float = 60.0) -> None:
        self.time_s += seconds
        self.used_s += seconds / 2
        self.energy_J += seconds * watts
        self.memory_B += 1


class WorldSensor(Sensor):
    def __init__(self, world: World, name: str = "rapl:package-0", share: float = 1.0) -> None:
        self.facts = Facts(name, "package-0", "measured", resolution_s=0.01, max_power_W=500.0)
        self.world, self.share, self.lost = world, share, ""

    def read(self) -> Reading:
        self.world.order.append("read")
        if self.lost:
            raise SensorLost(self.lost)
        return Reading(self.world.time_s, self.world.energy_J * self.share)


@pytest.fixture
def world() -> World:
    return World()


class WorldWatch(Watch):
    """Sees two cores: ours, busy half of the time, and one of which others take the share that the test says."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.others_s = world, 0.0

    def look(self, *, at_once: bool = False) -> None:
        self.load = Load(self.world.used_s + self.others_s, 2 * self.world.time_s, self.world.used_s)


def make(world: World, *sensors: Sensor, baseline_s: float = 0.0, watch: Watch | None = None) -> Meter:
    return Meter(
        Sensors(sensors or (WorldSensor(world),), idle=IDLE),
        sample_s=3600.0,
        baseline_s=baseline_s,
        wall_s=world.wall_s,
        cpu_s=world.cpu_s,
        peak_B=world.peak_B,
        sleep=world.sleep,
        watch=watch or WorldWatch(world),
    )


def test_a_window_counts_what_happens_inside_it_alone(world: World) -> None:
    with make(world) as meter:
        world.work(5.0)
        with meter.window("training"):
            world.work(10.0)
        world.work(5.0)
    cost = meter["training"]
    assert (cost.wall.value, cost.cpu.value, cost.energy.value) == (10.0, 5.0, 600.0)
    assert cost.energy.provenance == "measured"
    assert cost.peak_memory.value == 1002
    assert meter.total().wall.value == 20.0
    assert meter.total().energy.value == 1200.0


def test_windows_of_one_name_add_up_and_lie_in_others(world: World) -> None:
    with make(world) as meter, meter.window("training"):
        for _ in range(3):
            with meter.window("evaluation"):
                world.work(2.0)
            world.work(1.0)
    assert meter.cost("evaluation").wall.value == 6.0
    assert meter.cost("evaluation").energy.value == 360.0
    assert meter.cost("training").wall.value == 9.0
    assert meter.windows == ("evaluation", "training")


def test_idle_and_net_stand_beside_gross(world: World) -> None:
    with make(world) as meter, meter.window("training"):
        world.work(10.0)
    cost = meter["training"]
    assert (cost.energy.value, cost.idle.value, cost.net.value) == (600.0, 100.0, 500.0)
    assert (cost.idle.provenance, cost.net.provenance) == ("modelled", "modelled")
    assert "idle baseline modelled" in cost.net.note


def test_a_measured_baseline_replaces_the_modelled_one(world: World) -> None:
    with make(world, baseline_s=2.0) as meter, meter.window("training"):
        world.work(10.0)
    cost = meter["training"]
    assert cost.idle.value == pytest.approx(80.0)
    assert cost.net.provenance == "measured"
    assert "measured over 2 s" in cost.idle.note
    assert meter.baseline_wall_s == 2.0
    assert meter.total().wall.value == 10.0


def test_without_a_counter_no_baseline_is_waited_for(machine: Machine, world: World) -> None:
    from wattlab.meter.sensors.model import ModelSensor, model_power

    power = model_power(machine)
    sensor = ModelSensor(power, world.cpu_s, world.wall_s)
    with make(world, sensor, baseline_s=60.0) as meter:
        world.work(1.0)
    assert world.time_s == 51.0
    assert meter.total().idle.value == 10.0
    assert NO_BASELINE in meter.total().idle.note
    assert meter.advice == (NO_BASELINE,)
    assert meter.baseline_wall_s == 0.0


def test_a_net_energy_above_zero_has_no_negative_bound(world: World) -> None:
    with make(world) as meter, meter.window("quiet"):
        world.work(10.0, watts=12.0)
    net = meter["quiet"].net
    assert net.value == pytest.approx(20.0)
    assert net.interval is not None
    assert net.interval[0] == 0.0


def test_a_baseline_above_the_gross_energy_stays_visible(world: World) -> None:
    with make(world) as meter, meter.window("quiet"):
        world.work(10.0, watts=4.0)
    assert meter["quiet"].net.value == pytest.approx(-60.0)


def test_synchronises_before_the_first_edge_and_before_the_last(world: World) -> None:
    with make(world) as meter:
        world.order.clear()
        with meter.window("training", synchronize=lambda: world.order.append("synchronize")):
            world.order.append("work")
    assert world.order[:5] == ["synchronize", "read", "work", "synchronize", "read"]


def test_a_window_closes_when_its_work_fails(world: World) -> None:
    def diverge() -> None:
        world.work(4.0)
        msg = "diverged"
        raise RuntimeError(msg)

    with make(world) as meter:
        with pytest.raises(RuntimeError, match="diverged"), meter.window("training"):
            diverge()
        with meter.window("training"):
            world.work(1.0)
    assert meter["training"].wall.value == 5.0


def test_a_window_closes_when_the_device_fails(world: World) -> None:
    def failing() -> None:
        if world.time_s > 50.0:
            msg = "device lost"
            raise OSError(msg)

    with make(world) as meter:
        with pytest.raises(OSError, match="device lost"), meter.window("training", synchronize=failing):
            world.work(4.0)
        with meter.window("training"):
            world.work(1.0)
    assert meter["training"].wall.value == 5.0


def test_one_name_is_not_open_twice(world: World) -> None:
    with make(world) as meter, meter.window("training"):
        again = meter.window("training")
        with pytest.raises(ValueError, match="'training' is open already"):
            again.__enter__()
        world.work(1.0)
    assert meter["training"].wall.value == 1.0


def test_each_window_knows_its_own_cost(world: World) -> None:
    with make(world) as meter:
        costs = []
        for seconds in (1.0, 5.0, 2.0):
            with meter.window("epoch") as window:
                world.work(seconds)
                with pytest.raises(RuntimeError, match="still open"):
                    _ = window.cost
            costs.append(window.cost)
    assert [cost.wall.value for cost in costs] == [1.0, 5.0, 2.0]
    assert [cost.energy.value for cost in costs] == [60.0, 300.0, 120.0]
    assert list(meter.each("epoch")) == costs
    assert meter["epoch"].wall.value == 8.0


def test_the_median_window_has_an_interval_of_resolution_and_spread(world: World) -> None:
    with make(world) as meter:
        for seconds in (1.0, 5.0, 2.0):
            with meter.window("epoch"):
                world.work(seconds)
    median = meter.median("epoch")
    assert median.wall.value == 2.0
    assert median.energy.value == 120.0
    assert median.energy.interval is not None
    step_J = 60.0 * 0.01
    assert median.energy.interval == pytest.approx((60.0 - step_J, 300.0 + step_J))
    with pytest.raises(KeyError, match="no window 'batch' has closed"):
        meter.median("batch")


def test_the_median_of_shared_windows_tells_of_the_worst(world: World) -> None:
    with make(world) as meter, meter.window("epoch"):
        world.work(1.0)
    quiet = meter["epoch"]
    busy = [
        replace(quiet, foreign=measured(load, "1", "clock"), shared=f"others kept {load:.0%} busy")
        for load in (0.2, 0.7, 0.4)
    ]
    assert median_cost([quiet, *busy]).shared == "in 3 of 4 windows; at worst others kept 70% busy"
    assert median_cost([quiet, quiet]).shared == ""


def test_only_the_latest_windows_are_kept_one_by_one(world: World) -> None:
    with make(world) as meter:
        for _ in range(MOST_KEPT + 5):
            with meter.window("step"):
                world.work(0.5)
    assert len(meter.each("step")) == MOST_KEPT
    assert meter["step"].wall.value == (MOST_KEPT + 5) * 0.5


def test_threads_open_windows_side_by_side_and_none_is_lost() -> None:
    barrier = Barrier(8)

    def work(meter: Meter, number: int) -> None:
        barrier.wait(timeout=30.0)
        for _ in range(50):
            with meter.window(f"thread {number}"), meter.window(f"inner {number}"):
                pass

    with Meter(Sensors((), idle=IDLE)) as meter:
        threads = [Thread(target=work, args=(meter, number)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(meter.windows) == 16
    assert all(len(meter.each(name)) == 50 for name in meter.windows)


def test_a_name_that_is_open_in_one_thread_is_refused_in_another(world: World) -> None:
    refused: list[str] = []

    def again(meter: Meter) -> None:
        try:
            with meter.window("training"):
                pass
        except ValueError as error:
            refused.append(str(error))

    with make(world) as meter, meter.window("training"):
        thread = Thread(target=again, args=(meter,))
        thread.start()
        thread.join()
    assert refused
    assert "would count twice" in refused[0]
    assert len(meter.each("training")) == 1


def test_a_window_that_is_let_go_counts_nothing_and_frees_its_name(world: World) -> None:
    with make(world) as meter:
        left = meter.window("training")
        left.__enter__()
        world.work(5.0)
        order = len(world.order)
        del left
        assert len(world.order) == order  # collecting it reads no sensor
        with meter.window("training"):
            world.work(1.0)
    assert meter["training"].wall.value == 1.0


def test_a_collector_that_runs_while_a_sensor_is_read_stops_nothing(world: World) -> None:
    class Collecting(WorldSensor):
        def read(self) -> Reading:
            gc.collect()
            return super().read()

    def abandon(meter: Meter) -> None:
        for number in range(3):
            cycle: list[object] = [meter.window(f"left {number}").__enter__()]
            cycle.append(cycle)

    with make(world, Collecting(world)) as meter:
        thread = Thread(target=abandon, args=(meter,), daemon=True)
        thread.start()
        thread.join(timeout=30.0)
        assert not thread.is_alive()


def test_a_window_is_used_once(world: World) -> None:
    with make(world) as meter:
        window = meter.window("training")
        with window:
            world.work(1.0)
        with pytest.raises(RuntimeError, match="has been used"), window:
            pass
    assert meter["training"].wall.value == 1.0


def test_a_sum_that_was_asked_for_does_not_grow(world: World) -> None:
    with make(world) as meter:
        with meter.window("step"):
            world.work(1.0)
        sum_of_one = meter._windows.sum("step")
        with meter.window("step"):
            world.work(1.0)
    assert (sum_of_one.windows, sum_of_one.wall_s, sum_of_one.energy_J) == (1, 1.0, [60.0])


def test_an_interrupt_during_the_baseline_leaves_no_thread(world: World) -> None:
    def sleep(seconds: float) -> None:
        raise KeyboardInterrupt

    world.sleep = sleep  # type: ignore[method-assign]
    before = set(enumerate_threads())
    meter = make(world, baseline_s=5.0)
    with pytest.raises(KeyboardInterrupt):
        meter.__enter__()
    assert set(enumerate_threads()) == before


def test_sensors_that_the_meter_found_are_let_go_whatever_happens(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []

    class Closing(WorldSensor):
        def close(self) -> None:
            closed.append(self.facts.name)

    sensors = Sensors((Closing(world),), parts=(Closing(world, "rapl:core-0"),), idle=IDLE)
    monkeypatch.setattr("wattlab.meter.meter._discovered", lambda _: sensors)
    with pytest.raises(ValueError, match="expected at least"):
        Meter(sample_s=0.001)
    assert closed == []
    broken = pytest.raises(ZeroDivisionError)
    with broken, Meter(watch=WorldWatch(world)):
        raise ZeroDivisionError
    assert closed == ["rapl:package-0", "rapl:core-0"]


def test_sensors_are_looked_for_when_the_meter_starts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[float] = []

    def discovered(_: object) -> Sensors:
        made.append(world.time_s)
        return Sensors((WorldSensor(world),), idle=IDLE)

    monkeypatch.setattr("wattlab.meter.meter._discovered", discovered)
    meter = Meter(watch=WorldWatch(world), wall_s=world.wall_s)
    world.work(1000.0)
    with meter:
        pass
    assert made == [1050.0]


def test_start_up_that_no_sensor_saw_is_added_to_every_domain(world: World) -> None:
    with make(world) as meter:
        world.work(10.0)
    whole = meter.total().preceded_by(1.0, 0.5)
    assert whole.domains["rapl:package-0"].value == pytest.approx(660.0)


@pytest.mark.parametrize("seconds", [-1.0, float("nan")])
def test_a_baseline_is_no_less_than_nothing(seconds: float) -> None:
    with pytest.raises(ValueError, match=r"baseline_s is .* expected 0"):
        Meter(baseline_s=seconds)


def test_sensors_that_are_closed_are_told_with_what_opens_them(world: World) -> None:
    closed = Absent("rapl:package-0", "the counter is readable by root alone", "sudo chmod", closed=True)
    with Meter(Sensors((WorldSensor(world, "model:tdp"),), absent=(closed,), idle=IDLE)) as meter:
        assert meter.advice == ()  # the processor is measured here
    model = WorldSensor(world, "model:tdp")
    model.facts = Facts("model:tdp", "cpu", "modelled", 0.01, 500.0, source="model")
    absent = (closed, Absent("perf:package-0", "closed", "sysctl", closed=True), Absent("amd", "no AMD card"))
    with Meter(Sensors((model,), absent=absent, idle=IDLE)) as meter:
        pass
    assert meter.advice == (
        "not measured by rapl:package-0: the counter is readable by root alone; sudo chmod",
    )


def test_a_window_that_cannot_be_opened_leaves_its_name_free(world: World) -> None:
    def failing() -> None:
        msg = "no device"
        raise OSError(msg)

    with make(world) as meter:
        with pytest.raises(OSError, match="no device"), meter.window("training", synchronize=failing):
            pass
        with meter.window("training"):
            world.work(1.0)
    assert meter["training"].wall.value == 1.0


def test_what_others_do_on_the_machine_flags_the_window(world: World) -> None:
    watch = WorldWatch(world)
    with make(world, watch=watch) as meter:
        watch.look()
        with meter.window("shared"):
            world.work(10.0)
            watch.others_s += 6.0
            watch.look()
        with meter.window("alone"):
            world.work(10.0)
            watch.look()
        with meter.window("short"):
            world.work(0.1)
    assert meter["shared"].foreign.value == pytest.approx(0.3)
    assert "other processes kept 30% of the cores busy" in meter["shared"].shared
    assert (meter["alone"].foreign.value, meter["alone"].shared) == (0.0, "")
    assert meter["short"].foreign.is_missing
    assert "two looks" in meter["short"].foreign.note


def test_a_baseline_beside_others_says_so(world: World) -> None:
    watch = WorldWatch(world)

    def sleep(seconds: float) -> None:
        world.work(seconds, 8.0)
        watch.others_s += seconds

    world.sleep = sleep  # type: ignore[method-assign]
    with make(world, baseline_s=2.0, watch=watch) as meter:
        world.work(1.0)
    assert "while other processes kept 50% of the cores busy" in meter.total().idle.note


def test_parts_are_told_and_never_added(world: World) -> None:
    sensors = Sensors((WorldSensor(world),), parts=(WorldSensor(world, "rapl:core-0", share=0.7),), idle=IDLE)
    with Meter(sensors, wall_s=world.wall_s, cpu_s=world.cpu_s, sample_s=3600.0) as meter:
        world.work(10.0)
    cost = meter.total()
    assert cost.energy.value == 600.0
    assert {name: energy.value for name, energy in cost.domains.items()} == {
        "rapl:package-0": 600.0,
        "rapl:core-0": pytest.approx(420.0),
    }


def test_a_fault_of_a_driver_is_a_lost_sensor_and_no_end_of_the_work(world: World) -> None:
    class Faulty(WorldSensor):
        def read(self) -> Reading:
            if self.lost:
                raise ZeroDivisionError(self.lost)
            return super().read()

    sensor = Faulty(world)
    with make(world, sensor) as meter, meter.window("training"):
        world.work(1.0)
        sensor.lost = "in the library"
    assert "rapl:package-0 failed (ZeroDivisionError: in the library)" in meter["training"].energy.note


def test_the_meter_tells_what_it_used_itself() -> None:
    with Meter(Sensors(()), sample_s=0.05) as meter:
        time.sleep(0.3)
    overhead_s = meter.overhead.value
    assert overhead_s is not None
    assert 0 < overhead_s < 0.3


def test_an_unknown_window_is_named(world: World) -> None:
    with make(world) as meter, pytest.raises(KeyError, match="no window 'trainnig' has closed"):
        meter["trainnig"]


def test_a_meter_starts_once_and_first(world: World) -> None:
    meter = make(world)
    with pytest.raises(RuntimeError, match="has not started"):
        meter.total()
    with pytest.raises(RuntimeError, match="has not started"), meter.window("early"):
        pass
    with meter:
        pass
    with pytest.raises(RuntimeError, match="runs once"), meter:
        pass


def test_total_and_budget_are_readable_while_it_runs(world: World) -> None:
    with make(world) as meter:
        world.work(2.0)
        assert meter.energy_since_start().value == 120.0
        world.work(2.0)
        assert meter.total().energy.value == 240.0
    world.work(100.0)
    assert meter.total().energy.value == 240.0
    assert meter.energy_since_start().value == 240.0


def test_a_sensor_that_vanishes_leaves_what_was_complete_and_lets_the_work_go_on(world: World) -> None:
    sensor = WorldSensor(world)
    with make(world, sensor) as meter:
        with meter.window("first"):
            world.work(1.0)
        with meter.window("second"):
            world.work(1.0)
            sensor.lost = "driver reloaded"
            world.work(1.0)
        sensor.lost = ""
        with meter.window("third"):
            world.work(1.0)
    assert meter["first"].energy.value == 60.0
    for name in ("second", "third"):
        assert meter[name].energy.provenance == "missing"
        assert meter[name].net.provenance == "missing"
        assert "driver reloaded" in meter[name].energy.note
        assert meter[name].wall.value is not None
    assert meter.total().energy.is_missing


def test_sensors_side_by_side_are_added(world: World) -> None:
    sensors = (WorldSensor(world), WorldSensor(world, "rapl:dram-0", share=0.1))
    with make(world, *sensors) as meter, meter.window("training"):
        world.work(10.0)
    energy = meter["training"].energy
    assert energy.value == pytest.approx(660.0)
    assert energy.sensor == "rapl:package-0 + rapl:dram-0"


def test_half_a_sum_is_no_sum(world: World) -> None:
    lost = WorldSensor(world, "rapl:dram-0")
    with make(world, WorldSensor(world), lost) as meter, meter.window("training"):
        world.work(1.0)
        lost.lost = "dram is gone"
    assert meter["training"].energy == missing("J", "dram is gone")


def test_a_short_window_says_that_it_is_below_the_resolution(world: World) -> None:
    with make(world) as meter, meter.window("step"):
        world.work(0.001)
    energy = meter["step"].energy
    assert "below resolution" in energy.note
    assert energy.interval is not None
    assert energy.interval[1] == pytest.approx(0.06 + 500.0 * 0.01)


def test_no_sensor_at_all_is_missing_with_the_reason() -> None:
    with Meter(Sensors((), absent=(Absent("rapl", "no powercap tree"),))) as meter:
        pass
    assert meter.total().energy == missing("J", "rapl: no powercap tree")
    assert meter.power_now() == missing("W", "rapl: no powercap tree")
    assert meter.total().idle.is_missing


def test_a_cost_survives_a_record(world: World) -> None:
    with make(world) as meter:
        world.work(1.0)
    cost = meter.total()
    assert Cost.from_dict(cost.to_dict()) == cost
    assert "peak memory: 1001 B measured" in str(cost)


def test_the_usual_meter_measures_this_machine() -> None:
    with Meter() as meter, meter.window("work"):
        sum(range(100_000))
    cost = meter["work"]
    assert cost.wall.value is not None
    assert cost.wall.value > 0
    assert not cost.peak_memory.is_missing
    assert cost.energy.provenance in ("measured", "modelled")
    assert cost.energy.interval is not None


def test_what_no_counter_saw_widens_the_interval_and_changes_no_provenance(world: World) -> None:
    with make(world, baseline_s=2.0) as meter:
        world.work(10.0)
    seen = meter.total()
    whole = seen.preceded_by(1.0, 0.5)
    assert (whole.wall.value, whole.cpu.value) == (11.0, 5.5)
    note = "start-up before the meter: mean power of the rest"
    for before, after in ((seen.energy, whole.energy), (seen.idle, whole.idle), (seen.net, whole.net)):
        assert (after.provenance, after.sensor) == ("measured", before.sensor)
        assert before.value is not None
        assert after.value == pytest.approx(1.1 * before.value)
        low, high = before.interval or (before.value, before.value)
        assert after.interval == pytest.approx((low, high + 0.2 * before.value))
        assert note in after.note
    assert seen.extended_by(1.0, 0.5).energy.provenance == "modelled"
    assert meter.energy_since_start(unseen_s=1.0) == whole.energy
    assert seen.preceded_by(0.0, 0.0).energy == seen.energy


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (modelled(100.0, "J", "model:tdp", (50.0, 200.0)), (110.0, (55.0, 220.0))),
        (measured(-100.0, "J", "rapl:package-0", (-120.0, -80.0)), (-110.0, (-140.0, -80.0))),
        (missing("J", "no sensor"), (None, None)),
    ],
)
def test_what_nobody_saw_of_a_model_of_a_negative_net_and_of_nothing(
    seen: Quantity, expected: tuple[float | None, tuple[float, float] | None]
) -> None:
    whole = with_unseen(seen, 0.1)
    assert whole.provenance == seen.provenance
    if whole.value is None:
        assert (whole, expected) == (seen, (None, None))
        return
    assert whole.value == pytest.approx(expected[0])
    assert whole.interval == pytest.approx(expected[1])


def test_memory_is_asked_for_once_a_window_and_not_for_a_budget(world: World) -> None:
    asked: list[int] = []

    def peak_B() -> int:
        asked.append(1)
        return 1000

    world.peak_B = peak_B  # type: ignore[method-assign]
    with make(world) as meter:
        for _ in range(3):
            with meter.window("training"):
                world.work(1.0)
            meter.energy_since_start()
        assert len(asked) == 3
