"""Which steps a training looks into, and what it makes of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattlab.engines.native.trainer import NativeTrainer
from wattlab.engines.phases import IDLE, PHASES, PhaseClock, PhaseTimes, Untimed
from wattlab.meter.cost import Cost
from wattlab.meter.quantity import Quantity, measured, missing, modelled
from wattlab.records.card import card_lines, card_text
from wattlab.records.record import RunRecord
from wattlab.training import train
from wattlab.training.phases import BUDGET, FEWEST, MOST, PhaseSampling

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe
    from wattlab.records.phases import StepPhases

JOULES = measured(100.0, "J", "rapl:package-0", (90.0, 110.0))


class Steps:
    """A trainer that has something to say about its phases, and nothing else."""

    def __init__(self, times: PhaseTimes | Untimed | Exception) -> None:
        self.times, self.budget_s = times, -1.0

    def synchronize(self) -> None:
        pass

    def phase_times(self, clock: PhaseClock, budget_s: float) -> PhaseTimes | Untimed:
        self.budget_s = budget_s
        if isinstance(self.times, Exception):
            raise self.times
        return self.times


def sampling(n_batches: int, epochs: int = 10, trainer: Any = None) -> PhaseSampling:
    chosen: Any = trainer or Steps(Untimed("not asked"))
    return PhaseSampling(chosen, n_batches, epochs)


def cost(energy: Quantity = JOULES, idle: Quantity | None = None) -> Cost:
    second = measured(20.0, "s", "clock:wall")
    return Cost(second, second, energy, idle or energy, energy, measured(1.0, "B", "memory"))


def go(clock: PhaseClock, n_batches: int) -> int:
    """Go through an epoch; return how many of its steps were timed."""
    before = len(clock.samples)
    for step in range(n_batches):
        clock.begin(step)
        for phase in ("data", "forward", "backward"):
            clock.lap(phase)
        clock.end("optimizer")
    return len(clock.samples) - before


def phases_of(
    times: PhaseTimes | Untimed | Exception, energy: Quantity = JOULES, idle: Quantity | None = None
) -> StepPhases:
    found = sampling(10, trainer=Steps(times)).phases(cost(energy, idle))
    assert found is not None
    return found


MEASURED = PhaseTimes(
    {
        "data": np.array([1.0, 1.0, 2.0, 1.0, 1.0]),
        "forward": np.array([3.0, 3.0, 3.0, 3.0, 3.0]),
        "backward": np.array([4.0, 4.0, 4.0, 4.0, 4.0]),
        "optimizer": np.array([2.0, 2.0, 2.0, 2.0, 2.0]),
    },
    5,
    "measured",
)


# ---- which steps


@pytest.mark.parametrize(
    ("n_batches", "epochs", "count"), [(100, 10, FEWEST), (600, 4, 12), (5000, 50, MOST)]
)
def test_few_steps_of_two_epochs_are_timed(n_batches: int, epochs: int, count: int) -> None:
    one = sampling(n_batches, epochs)
    assert [go(one.clock(), n_batches) for _ in range(2)] == [count, count]
    assert one.clock() is IDLE


def test_the_first_epoch_counts_only_if_it_is_the_only_one() -> None:
    one = sampling(100)
    clock = one.clock()
    go(clock, 100)
    assert clock.n_steps == FEWEST
    go(one.clock(), 100)
    assert clock.n_steps == FEWEST


@pytest.mark.parametrize(("n_batches", "epochs"), [(1, 6), (2, 4), (4, 3)])
def test_where_an_epoch_has_few_steps_more_epochs_are_looked_into(n_batches: int, epochs: int) -> None:
    one, last, seen = sampling(n_batches, 100), IDLE, 0
    while (clock := one.clock()) is not IDLE:
        go(clock, n_batches)
        last, seen = clock, seen + 1
    assert seen == epochs
    assert last.n_steps >= FEWEST


def test_the_very_first_step_is_left_out() -> None:
    clock = sampling(50).clock()
    clock.begin(0)
    assert not clock.running


# ---- what is made of them


def test_shares_are_applied_to_the_training() -> None:
    found = phases_of(MEASURED)
    assert {name: share.value for name, share in found.shares.items()} == pytest.approx(
        {"data": 0.1, "forward": 0.3, "backward": 0.4, "optimizer": 0.2}
    )
    assert {one.provenance for one in found.shares.values()} == {"measured"}
    assert found.wall["backward"].value == pytest.approx(8.0)
    assert found.wall["backward"].provenance == "measured"
    assert found.energy["backward"].value == pytest.approx(40.0)
    assert found.backward_over_forward == pytest.approx(4 / 3)
    assert (found.how, found.n_steps) == ("measured", 5)


def test_an_interval_holds_what_the_steps_showed() -> None:
    share, energy = phases_of(MEASURED).shares["data"], phases_of(MEASURED).energy["data"]
    assert share.interval == pytest.approx((0.1, 2 / 11))
    assert energy.interval == pytest.approx((90.0 * 0.1, 110.0 - 90.0 * 9 / 11))  # all of it was drawn idle


def test_phases_may_draw_different_powers() -> None:
    shares = {
        name: np.full(20, share) for name, share in (("data", 0.4), ("forward", 0.2), ("backward", 0.4))
    }
    times, gross = PhaseTimes(shares, 20, "measured"), measured(10_000.0, "J", "nvml:0", (9900.0, 10_100.0))
    # 100 s at 100 W in the mean, of which 20 W idle: loading may draw 20 W or next to all.
    idle = measured(2000.0, "J", "nvml:0", (1900.0, 2100.0))
    data = phases_of(times, gross, idle).energy["data"]
    assert data.value == pytest.approx(4000.0)
    assert data.interval == pytest.approx((0.4 * 1900.0, 10_100.0 - 0.6 * 1900.0))
    assert "phases may draw different powers" in data.note
    unknown = phases_of(times, gross, missing("J", "no baseline")).energy["data"]
    assert unknown.interval == pytest.approx((0.0, 10_100.0))


@pytest.mark.parametrize("idle_J", [-50.0, 0.0, 120.0, 5000.0])
def test_no_idle_power_drives_a_phase_out_of_its_interval(idle_J: float) -> None:
    for one in phases_of(MEASURED, JOULES, measured(idle_J, "J", "rapl:package-0")).energy.values():
        assert one.interval is not None
        assert 0.0 <= one.interval[0] <= (one.value or 0.0) <= one.interval[1] <= 110.0


def test_the_energy_of_a_phase_is_a_model_even_if_all_else_is_measured() -> None:
    assert {one.provenance for one in phases_of(MEASURED).energy.values()} == {"modelled"}
    assert phases_of(MEASURED).energy["data"].sensor == "model:time-share"


def test_parts_timed_apart_are_a_model() -> None:
    found = phases_of(PhaseTimes(MEASURED.seconds, 5, "modelled", "apart"))
    for by_phase in (found.shares, found.wall, found.energy):
        assert {one.provenance for one in by_phase.values()} == {"modelled"}
    assert found.note == "apart"


def test_a_missing_energy_is_missing_in_every_phase() -> None:
    energy = phases_of(MEASURED, missing("J", "the sensor went away")).energy
    assert {one.note for one in energy.values()} == {"the sensor went away"}
    assert {one.value for one in energy.values()} == {None}


def test_phases_nobody_could_time_are_missing_with_the_reason() -> None:
    found = phases_of(Untimed("all is one call"))
    assert (found.how, found.n_steps, found.backward_over_forward) == ("missing", 0, None)
    assert {one.note for one in found.shares.values()} == {"all is one call"}
    assert all(one.value is None for one in (*found.wall.values(), *found.energy.values()))


def test_a_failure_costs_the_phases_alone() -> None:
    assert phases_of(MemoryError("no room")).note == "timing the parts of a step failed: MemoryError: no room"


def test_timing_apart_may_take_a_hundredth_of_the_training() -> None:
    trainer = Steps(MEASURED)
    sampling(10, trainer=trainer).phases(cost())
    assert trainer.budget_s == pytest.approx(BUDGET * 20.0)
    assert BUDGET <= 0.01


# ---- in a training


@pytest.fixture
def longer(tiny_recipe: Recipe) -> Recipe:
    return tiny_recipe.with_changes({"training.epochs": 4})


def test_a_run_keeps_its_phases(longer: Recipe, tmp_path: Path) -> None:
    record = train(longer, runs=tmp_path).record
    phases = record.phases
    assert phases is not None
    assert phases.how == "measured"
    assert list(phases.shares) == [name for name in PHASES if name != "other"]
    assert sum(one.value or 0.0 for one in phases.shares.values()) == pytest.approx(1)
    assert sum(one.value or 0.0 for one in phases.wall.values()) == pytest.approx(
        record.cost.training.wall.value
    )
    assert sum(one.value or 0.0 for one in phases.energy.values()) == pytest.approx(
        record.cost.training.energy.value
    )
    assert RunRecord.from_json(record.to_json(), "there") == record
    assert record.to_dict()["phases"]["energy"]["forward"]["provenance"] == "modelled"


def test_a_training_is_the_same_to_the_bit_whether_it_is_looked_into_or_not(
    longer: Recipe, tmp_path: Path
) -> None:
    watched = train(longer, runs=tmp_path, name="watched")
    alone = train(longer, runs=tmp_path, name="alone", phases=False)
    assert alone.record.phases is None
    assert "forward" not in card_text(alone.record)
    for name, array in alone.model.weights().items():
        np.testing.assert_array_equal(watched.model.weights()[name], array)
    np.testing.assert_array_equal(watched.history["batch_cost"], alone.history["batch_cost"])


def test_a_record_from_before_phases_loads(longer: Recipe, tmp_path: Path) -> None:
    values = json.loads(train(longer, runs=tmp_path).record.to_json())
    del values["phases"]
    assert RunRecord.from_json(json.dumps(values), "there").phases is None


def test_the_card_says_where_the_training_went(longer: Recipe, tmp_path: Path) -> None:
    record = train(longer, runs=tmp_path).record
    line = _line(record.model_copy(update={"phases": phases_of(MEASURED)}))
    assert line.value == "data 10%, forward 30%, backward 40%, optimizer 20%"
    assert line.detail.endswith(", measured on 5 steps")
    line = _line(record.model_copy(update={"phases": phases_of(Untimed("all is one call"))}))
    assert (line.value, line.detail) == ("missing", "all is one call")


def _line(record: RunRecord) -> Any:
    (line,) = [one for one in card_lines(record) if one.label.strip() == "training"]
    return line


def test_a_training_is_kept_if_its_phases_cannot_be_found(
    longer: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("CUDA error: out of memory")

    monkeypatch.setattr(NativeTrainer, "phase_times", fail)
    record = train(longer, runs=tmp_path).record
    assert record.phases is not None
    assert "CUDA error: out of memory" in record.phases.note


def test_a_note_and_an_interval_of_a_modelled_energy_stay_sane() -> None:
    energy = modelled(100.0, "J", "model:tdp", (0.0, 300.0))
    found = phases_of(MEASURED, energy).energy["forward"]
    assert found.interval is not None
    assert found.interval[0] <= (found.value or 0.0) <= found.interval[1]
