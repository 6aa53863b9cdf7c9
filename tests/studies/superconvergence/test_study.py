"""Whole studies of super-convergence, whose trainings are made up; the docstring's example trains for real."""

from __future__ import annotations

from math import log10
from typing import TYPE_CHECKING, Any

import pytest

from wattlab.errors import UserError
from wattlab.studies.superconvergence import store
from wattlab.studies.superconvergence.answer import Superconvergence
from wattlab.studies.superconvergence.arms import judges_by_validation
from wattlab.studies.superconvergence.asked import (
    SuperconvergenceAsked,
    default_epochs,
    find_recipe,
    find_target,
)
from wattlab.studies.superconvergence.study import SuperconvergenceInterrupted, resume, superconvergence

from .invented import TARGET, Trainings, install, steady

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wattlab.recipe import Recipe
    from wattlab.studies.trainings.trained import Trained


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> Trainings:
    made = Trainings()
    install(monkeypatch, made)
    return made


def run(recipe: Recipe, tmp_path: Path, **more: Any) -> Superconvergence:
    asked: dict[str, Any] = {"target": TARGET, "epochs": 24, "rates": [0.03, 0.1, 0.3], "peaks": [0.3, 1.0]}
    return superconvergence(SuperconvergenceAsked(recipe, **(asked | more)), studies=tmp_path)


def chosen(found: Superconvergence) -> list[str]:
    return [row.label for row in found.rows if row.chosen]


def spent_s(trained: Iterable[Trained]) -> float:
    return sum(one.wall.value or 0.0 for one in trained if one.wall is not None)


def test_the_best_constant_rate_meets_the_shortest_cycle_by_fresh_seeds(
    tiny_recipe: Recipe, tmp_path: Path, trainings: Trainings
) -> None:
    found = run(tiny_recipe, tmp_path)
    assert chosen(found) == [
        "constant 0.1",
        "one-cycle 0.3, 4 epochs",
        "constant 0.1, fresh",
        "one-cycle 0.3, 4 epochs, fresh",
    ]
    # A peak that diverges with every seed is not tried in longer cycles.
    assert [row.label for row in found.rows if row.arm == "one-cycle" and row.rate == 1.0] == [
        "one-cycle 1, 1 epoch"
    ]
    assert [one.seed - tiny_recipe.seed for one in found.of(found.shown[0])] == [3, 4, 5]
    assert found.comparison is not None
    # 12 or 13 epochs by seed, against 4: an odd seed is one epoch later.
    assert found.comparison.epochs.ratio == pytest.approx(4 / (12 + (tiny_recipe.seed + 1) % 2))
    time_s = 1 + 2 * (12 + (tiny_recipe.seed + 1) % 2)
    assert found.comparison.time.ratio == pytest.approx(9 / time_s)
    assert found.comparison.energy is not None
    assert found.comparison.energy.ratio == pytest.approx(90 / (10 * time_s))
    assert (found.verdict, found.comparison.at_most) == ("super-convergence", False)
    assert found.verdicts[0].startswith("Super-convergence: 3.")
    assert {recipe.data.validation_fraction for recipe in trainings.recipes} == {0.1}
    assert any("judged on the validation part" in note for note in found.notes)
    assert Superconvergence.load(store.find(tmp_path, "last")) == found
    assert Superconvergence.model_validate_json(found.to_json()) == found


def test_a_recipe_that_names_the_test_part_is_judged_there_and_says_so(
    tiny_recipe: Recipe, tmp_path: Path, trainings: Trainings
) -> None:
    found = run(tiny_recipe.with_changes({"stop.part": "test"}), tmp_path)
    assert {recipe.evaluation.test for recipe in trainings.recipes} == {True}
    assert {recipe.data.validation_fraction for recipe in trainings.recipes} == {0.0}
    assert any("judged on the test part" in note for note in found.notes)


def test_both_arms_differ_in_the_schedule_alone(
    tiny_recipe: Recipe, tmp_path: Path, trainings: Trainings
) -> None:
    run(tiny_recipe.with_changes({"stop.patience": 2}), tmp_path, validation_fraction=0.25)
    kinds = {recipe.schedule.kind for recipe in trainings.recipes}
    assert kinds == {"constant", "one-cycle"}
    free = {"seed": 0, "schedule.kind": "constant", "optimizer.learning_rate": 1.0, "training.epochs": 1}
    alike = {recipe.with_changes({**free, "evaluation.test": True}).to_toml() for recipe in trainings.recipes}
    assert len(alike) == 1
    stops = {(one.stop.target, one.stop.at_target, one.stop.patience) for one in trainings.recipes}
    assert stops == {(TARGET, True, None)}


def test_the_test_part_is_opened_for_fresh_seeds_alone(
    tiny_recipe: Recipe, tmp_path: Path, trainings: Trainings
) -> None:
    found = run(tiny_recipe, tmp_path, validation_fraction=0.25)
    opened = {recipe.seed - tiny_recipe.seed for recipe in trainings.recipes if recipe.evaluation.test}
    assert opened == {3, 4, 5}
    assert [row.test is not None for row in found.rows] == [row.fresh for row in found.rows]
    assert found.part == "validation"


def test_rates_go_on_until_the_best_has_neighbours(
    tiny_recipe: Recipe, tmp_path: Path, trainings: Trainings
) -> None:
    falling = tiny_recipe.with_changes({"optimizer.learning_rate": 0.01, "schedule": {"kind": "constant"}})
    trainings.needed = lambda recipe: 5 + round(9 * abs(log10(recipe.optimizer.learning_rate / 0.1)))
    found = run(falling, tmp_path, rates=[], peaks=[], fresh=False)
    constants = [row.rate for row in found.rows if row.arm == "constant"]
    assert constants == [0.003, 0.01, 0.03, 0.09, 0.27]
    assert not any("at the end of those" in note for note in found.notes)
    cycle = tiny_recipe.with_changes({"optimizer.learning_rate": 1.0, "schedule": {"kind": "one-cycle"}})
    trainings.needed = lambda recipe: 5 if recipe.optimizer.learning_rate == 0.1 else 7
    found = run(cycle, tmp_path, rates=[], peaks=[], fresh=False)
    assert [row.rate for row in found.rows if row.arm == "constant"][:4] == [0.1, 0.3, 1.0, 0.033]
    assert found.verdict == "no difference"


def test_no_cycle_that_reaches_it_is_told_with_the_reason(
    tiny_recipe: Recipe, tmp_path: Path, trainings: Trainings
) -> None:
    trainings.needed = lambda recipe: 3 if recipe.schedule.kind == "constant" else None
    found = run(tiny_recipe, tmp_path)
    assert (found.verdict, found.comparison, chosen(found)[1:]) == ("not here", None, [])
    assert found.verdicts[0] == "Not here: no cycle of up to 1 epoch reached 0.9 with most seeds."
    assert "after 3 epochs" in found.verdicts[1]
    assert found.verdicts[2] == "No cycle gave a score; 6 trainings diverged."


def test_cycles_longer_than_the_constant_rate_needs_are_not_tried(
    tiny_recipe: Recipe, tmp_path: Path, trainings: Trainings
) -> None:
    trainings.needed = lambda recipe: 3 if recipe.schedule.kind == "constant" else 99
    found = run(tiny_recipe, tmp_path)
    assert max(row.epochs for row in found.rows if row.arm == "one-cycle") == 3
    assert "longer cycles are no quicker" in found.verdicts[1]
    # Beside the constant rate the figure shows the cycle that came nearest.
    assert [found.rows[place].label for place in found.shown] == ["constant 0.03", "one-cycle 0.3, 3 epochs"]


def test_a_constant_rate_that_misses_counts_with_what_it_spent(
    tiny_recipe: Recipe, tmp_path: Path, trainings: Trainings
) -> None:
    trainings.needed = lambda recipe: 99 if recipe.schedule.kind == "constant" else steady(recipe)
    found = run(tiny_recipe, tmp_path)
    assert found.comparison is not None
    assert found.comparison.at_most
    assert found.comparison.epochs.ratio == pytest.approx(4 / 24)
    assert found.verdicts[0] == "Super-convergence: at least 6.00 times fewer epochs to the same score."
    assert "missed the target in 24 epochs" in found.verdicts[-1]


def test_a_choice_that_fresh_seeds_do_not_bear_out_is_no_convergence(
    tiny_recipe: Recipe, tmp_path: Path, trainings: Trainings
) -> None:
    fresh = range(tiny_recipe.seed + 3, tiny_recipe.seed + 6)

    def lucky(recipe: Recipe) -> int | None:
        return 99 if recipe.schedule.kind == "one-cycle" and recipe.seed in fresh else steady(recipe)

    trainings.needed = lucky
    found = run(tiny_recipe, tmp_path)
    assert found.verdict == "not here"
    assert "misses the target with most of the seeds that compare" in found.verdicts[0]
    assert run(tiny_recipe, tmp_path, fresh=False).verdict == "super-convergence"


def test_the_first_rates_end_with_the_budget(
    tiny_recipe: Recipe, tmp_path: Path, trainings: Trainings
) -> None:
    found = run(tiny_recipe, tmp_path, budget_s=200.0)
    assert (found.verdict, found.complete) == ("undecided", True)
    assert any("The budget of 200 s ended the search" in note for note in found.notes)
    assert {row.arm for row in found.rows} == {"constant"}
    assert len(trainings.recipes) < 9
    assert spent_s(found.trainings) >= 200


def test_cycles_and_comparison_fit_into_the_budget(
    tiny_recipe: Recipe, tmp_path: Path, trainings: Trainings
) -> None:
    whole = run(tiny_recipe, tmp_path / "whole")
    constants = [place for place, row in enumerate(whole.rows) if row.arm == "constant" and not row.fresh]
    rates_s = spent_s([one for one in whole.trainings if one.candidate in constants])
    # Cycles of three epochs and a comparison would take 152 s, those of four 190 s.
    found = run(tiny_recipe, tmp_path, budget_s=rates_s + 170)
    assert (found.verdict, found.comparison) == ("undecided", None)
    assert max(row.epochs for row in found.rows if row.arm == "one-cycle") == 3
    assert found.verdicts[0].startswith("The budget ended the search before a cycle reached 0.9")
    found = run(tiny_recipe, tmp_path, budget_s=rates_s + 220)
    assert found.rows == whole.rows
    assert spent_s(found.trainings) < rates_s + 220


def test_few_seeds_choose_and_others_compare(
    tiny_recipe: Recipe, tmp_path: Path, trainings: Trainings
) -> None:
    found = run(tiny_recipe, tmp_path, search_seeds=1)
    assert {len(found.of(place)) for place, row in enumerate(found.rows) if not row.fresh} == {1}
    assert [one.seed - tiny_recipe.seed for one in found.of(found.shown[1])] == [1, 2, 3]
    assert found.verdict == "super-convergence"
    assert any(note.startswith(f"Both were chosen by seed {tiny_recipe.seed}, ") for note in found.notes)
    assert len(trainings.recipes) == len(found.trainings) == len(found.rows) - 2 + 2 * 3


def test_one_seed_decides_nothing(tiny_recipe: Recipe, tmp_path: Path, trainings: Trainings) -> None:
    found = run(tiny_recipe, tmp_path, seeds=1)
    assert found.verdict == "undecided"
    assert found.verdicts[0].startswith("Undecided: one seed shows 3.")
    assert len(trainings.recipes) == len(found.rows)


def test_a_few_epochs_less_are_no_super_convergence(
    tiny_recipe: Recipe, tmp_path: Path, trainings: Trainings
) -> None:
    trainings.needed = lambda recipe: 6 if recipe.schedule.kind == "constant" else steady(recipe)
    found = run(tiny_recipe, tmp_path)
    assert found.verdict == "quicker"
    assert found.verdicts[0] == (
        "Quicker, but no super-convergence (half the epochs or fewer): 1.50 times fewer epochs to the same score."
    )


def test_a_constant_rate_that_diverges_with_fresh_seeds_counts_as_infinite(
    tiny_recipe: Recipe, tmp_path: Path, trainings: Trainings
) -> None:
    def unlucky(recipe: Recipe) -> int | None:
        later = recipe.seed >= tiny_recipe.seed + 6
        return None if later and recipe.schedule.kind == "constant" else steady(recipe)

    trainings.needed = unlucky
    found = run(tiny_recipe, tmp_path, seeds=6)
    assert found.verdicts[0] == "Super-convergence: a target that the constant rate never reached."
    assert found.verdicts[-1].startswith("6 of the trainings with the constant rate diverged")


def test_a_rate_that_fails_with_most_seeds_is_not_the_nearest(
    tiny_recipe: Recipe, tmp_path: Path, trainings: Trainings
) -> None:
    def fragile(recipe: Recipe) -> int | None:
        if recipe.optimizer.learning_rate == 0.03:
            return 30 if recipe.seed == tiny_recipe.seed else None
        return 99

    trainings.needed = fragile
    found = run(tiny_recipe, tmp_path, fresh=False)
    assert chosen(found)[0] == "constant 0.1"


def test_an_interrupted_study_goes_on_to_the_same_answer(
    tiny_recipe: Recipe, tmp_path: Path, trainings: Trainings
) -> None:
    whole = run(tiny_recipe, tmp_path / "whole")
    n_trainings = len(trainings.recipes)
    trainings.recipes.clear()
    trainings.interrupt_after = 11
    with pytest.raises(SuperconvergenceInterrupted) as caught:
        run(tiny_recipe, tmp_path)
    assert (caught.value.n_done, caught.value.answer.verdict) == (11, "undecided")
    assert not caught.value.answer.complete
    trainings.interrupt_after = None
    again = resume("last", studies=tmp_path)
    assert (again.rows, again.comparison, again.verdicts) == (whole.rows, whole.comparison, whole.verdicts)
    assert len(trainings.recipes) == n_trainings


def test_a_resumed_study_keeps_to_the_budget_as_before(
    tiny_recipe: Recipe, tmp_path: Path, trainings: Trainings
) -> None:
    falling = tiny_recipe.with_changes({"optimizer.learning_rate": 0.01, "schedule": {"kind": "constant"}})
    trainings.needed = lambda recipe: 5 + round(9 * abs(log10(recipe.optimizer.learning_rate / 0.1)))
    # In the end no further rate would fit; when it was decided one did.
    asked: dict[str, Any] = {"rates": [], "peaks": [], "search_seeds": 1, "budget_s": 360.0}
    whole = run(falling, tmp_path / "whole", **asked)
    assert [row.rate for row in whole.rows if row.arm == "constant"] == [0.003, 0.01, 0.03, 0.09, 0.27, 0.09]
    trainings.interrupt_after = len(trainings.recipes) * 2 - 1
    with pytest.raises(SuperconvergenceInterrupted):
        run(falling, tmp_path, **asked)
    trainings.interrupt_after = None
    again = resume("last", studies=tmp_path)
    assert (again.rows, again.comparison, again.verdicts) == (whole.rows, whole.comparison, whole.verdicts)


def test_nothing_that_trains_is_undecided(tiny_recipe: Recipe, tmp_path: Path, trainings: Trainings) -> None:
    trainings.needed = lambda _: None
    found = run(tiny_recipe, tmp_path)
    assert (found.verdict, found.usable) == ("undecided", False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seeds": 0}, "--seeds is 0; expected a whole number of at least 1"),
        ({"epochs": 0}, "--epochs is 0"),
        ({"rates": [0.1, -1.0]}, "--rates has -1; expected numbers above 0"),
        ({"peaks": [1.0, 1.0]}, "--peaks names a number twice"),
        ({"budget_s": 0.0}, "--budget is 0 s"),
        ({"validation_fraction": 1.0}, "--validation-fraction is 1"),
        ({"target": 97.8}, "--target is 97.8, and no accuracy or R² is above 1; for 97.8 % write 0.978"),
        ({"target": 0.0}, "--target is 0; expected an accuracy"),
        ({"search_seeds": 0}, "--search-seeds is 0; expected a whole number of at least 1"),
        ({"search_seeds": 1, "fresh": False}, "--search-seeds says how many seeds choose"),
        ({"target": None}, "has no stop.target"),
        (
            {"changes": {"optimizer.learning_rate": 1.0}},
            "--set optimizer.learning_rate: that is what the study",
        ),
    ],
)
def test_bad_questions(tiny_recipe: Recipe, tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    recipe = tiny_recipe.with_changes({"stop.target": None})
    with pytest.raises(UserError, match=message.replace(".", r"\.")):
        run(recipe, tmp_path, **changes)


def test_samples_set_aside_judge_also_where_the_recipe_says_the_test_part(tiny_recipe: Recipe) -> None:
    asked = SuperconvergenceAsked(
        tiny_recipe.with_changes({"stop.part": "test"}), 0.9, validation_fraction=0.2
    )
    assert judges_by_validation(find_recipe(asked))


def test_target_and_length_are_the_recipes_where_nobody_says_otherwise(tiny_recipe: Recipe) -> None:
    recipe = tiny_recipe.with_changes({"stop.target": 0.7, "schedule": {"kind": "constant"}})
    assert find_target(SuperconvergenceAsked(recipe), recipe) == 0.7
    assert default_epochs(recipe) == recipe.training.epochs
    assert default_epochs(recipe.with_changes({"schedule.kind": "one-cycle"})) == 4 * recipe.training.epochs
