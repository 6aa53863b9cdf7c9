"""What a session has spent at a moment, and in all, with the start-up that no meter saw."""

from __future__ import annotations

import pytest

from wattlab.meter import missing, modelled
from wattlab.meter.cost import with_unseen
from wattlab.recipe import Recipe
from wattlab.training.past import Past
from wattlab.training.spending import Spending
from wattlab.training.start import Start

from ..made_up_meter import World  # noqa: TID252


def test_a_moment_never_costs_more_than_the_whole() -> None:
    world = World()
    start = Start(world.wall_s(), world.cpu_s())
    world.work(2.0)  # interpreter and imports
    with world.meter() as meter:
        world.work(1.0)
        spending = Spending(meter, start, Past.nothing(Recipe.named("moons"), "", None))
        assert spending.energy().value == pytest.approx(3 * 60)
        world.time_s, world.energy_J = world.time_s + 1, world.energy_J + 500  # all cores are busy
        at_target = spending.energy()
        world.time_s += 10  # and idle
        total = spending.costs()["total"]
    assert at_target.value == pytest.approx(3 * 60 + 500)
    assert total.energy.value == at_target.value
    assert total.energy.provenance == "measured"
    assert total.wall.value == pytest.approx(14)
    assert "mean power of what followed it" in total.energy.note
    assert spending.costs()["start-up"].energy.value == pytest.approx(2 * 60)


def test_a_model_s_interval_grows_with_that_of_the_beginning() -> None:
    first = modelled(10.0, "J", "model:tdp", (5.0, 20.0))
    seen = modelled(100.0, "J", "model:tdp", (50.0, 200.0))
    whole = with_unseen(seen, 2.0, first)
    assert (whole.value, whole.interval, whole.sensor) == (120.0, (60.0, 240.0), "model:tdp")
    assert with_unseen(seen, 0.1, missing("J", "not yet read")).value == pytest.approx(110.0)
