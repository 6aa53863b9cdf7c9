"""Ranges of learning rates from made-up range tests, and how starting points use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wattlab.cluster.ramp_report import RampFailure
from wattlab.recipe import Recipe
from wattlab.studies.tune import rates
from wattlab.studies.tune.asked import Range, TuneAsked
from wattlab.studies.tune.base import Base, find_base
from wattlab.studies.tune.rates import find_ranges
from wattlab.studies.tune.space import Space, make_space
from wattlab.studies.tune.starts import find_starts

from ..lr_range.invented import Machine  # noqa: TID252

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def base() -> Base:
    return find_base("digits", 0.9)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine(decade=-2.0)
    monkeypatch.setattr(rates, "run_ramp", found.ramp)
    return found


def test_the_range_is_around_the_largest_good_rate_and_holds_the_recipes_own(
    base: Base, machine: Machine, tmp_path: Path
) -> None:
    space = make_space(base, TuneAsked("digits", 0.9))
    found = find_ranges(space, tmp_path, 10.0)
    assert len(machine.names) == 2
    by_name = {one.name: one for one in found.settings}
    for name in ("learning_rate_sgd", "learning_rate_adaptive"):
        setting = by_name[name]
        assert setting.source == "range test"
        assert setting.low is not None
        assert setting.high is not None
        # the loss falls around 0.01, and nine tenths of its fall lie behind at about 0.035
        assert 0.001 < setting.low < 0.003
        assert 0.05 < setting.high < 0.2
    assert by_name["learning_rate_sgd"].low is not None
    assert by_name["learning_rate_sgd"].low <= 0.05 <= (by_name["learning_rate_sgd"].high or 0)
    assert [note.partition(":")[0] for note in found.notes] == [
        "Learning rates of nesterov",
        "Learning rates of adam",
    ]
    narrowed = Space(space.recipe, found.settings)
    assert any(one.is_base for one in find_starts(narrowed))


def test_a_test_that_finds_nothing_leaves_the_usual_range(
    base: Base, machine: Machine, tmp_path: Path
) -> None:
    space = make_space(base, TuneAsked("digits", 0.9))
    machine.failure = RampFailure(refused=False, reason="it crashed")
    found = find_ranges(space, tmp_path, 10.0)
    assert found.settings == space.settings
    assert all("the range test failed (it crashed)" in note for note in found.notes)


def test_what_was_asked_for_is_not_tested(base: Base, machine: Machine, tmp_path: Path) -> None:
    space = make_space(base, TuneAsked("digits", 0.9, vary={"learning_rate": Range(0.01, 1.0, log=True)}))
    assert find_ranges(space, tmp_path, 10.0).settings == space.settings
    assert machine.names == []


def test_only_families_that_are_tried_are_tested(machine: Machine, tmp_path: Path) -> None:
    base = find_base(Recipe.named("digits"), 0.9)
    space = make_space(base, TuneAsked("digits", 0.9, fix={"optimizer": "nesterov"}))
    assert "learning_rate_adaptive" not in space.by_name
    find_ranges(space, tmp_path, 10.0)
    assert len(machine.names) == 1
