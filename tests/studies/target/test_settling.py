"""What is trained: target, part, divisions; and what is refused before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wattlab.data.catalog import load
from wattlab.errors import DataError, RecipeError, UserError
from wattlab.recipe import Recipe
from wattlab.studies.target.asked import TargetAsked, check_asked
from wattlab.studies.target.settling import settle

if TYPE_CHECKING:
    from wattlab.studies.target.settling import Settled


def settled(recipe: Recipe | list[Recipe], **options: Any) -> Settled:
    asked = TargetAsked(recipe, **{"accuracy": 0.9, **options})
    check_asked(asked)
    return settle(asked)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"accuracy": 1.0001}, "no accuracy or R² is above 1"),
        ({"accuracy": 97.8}, "for 97.8 % write 0.978"),
        ({"accuracy": 978.0}, "write at most 1"),
        ({"accuracy": 0.0}, "above 0 and at most 1"),
        ({"accuracy": float("nan")}, "above 0 and at most 1"),
        ({"accuracy": None}, "recipe 'tiny' has no stop.target; say what to reach, as in: --accuracy"),
        ({"accuracy": None, "changes": {"stop.target": 2.0}}, "the target is 2, and no accuracy"),
        ({"seeds": 0}, "--seeds is 0"),
        ({"epochs": 0}, "--epochs is 0"),
        ({"order_seed": -1}, "--order-seed is -1"),
        ({"timeout_s": 0.0}, "--timeout is 0 s"),
        ({"part": "training"}, "expected test or validation"),
        ({"validation_fraction": 1.0}, "--validation-fraction is 1"),
        ({"validation_fraction": 0.1, "part": "test"}, "leave one of them out"),
        ({"changes": {"stop.target": 0.8}}, "--set stop.target and --accuracy both say the same"),
        ({"changes": {"stop.part": "test"}, "part": "test"}, "--set stop.part and --part"),
        ({"vary": {"training.epochs": [1, 2]}, "epochs": 3}, "--vary training.epochs and --epochs"),
        ({"changes": {"engine.device": "cpu"}, "device": "cpu"}, "--set engine.device and --device"),
        ({"changes": {"evaluation.test": False}}, "which evaluation.test = false leaves closed"),
        ({"engine": "abacus"}, "there is no engine 'abacus'"),
        ({"changes": {"data.dataset": "nothing-of-the-kind"}}, "nothing-of-the-kind"),
        ({"accuracy": None, "vary": {"stop.target": [0.8, 0.9]}}, "different targets"),
    ],
)
def test_what_is_wrong_is_said_before_anything_runs(
    tiny_recipe: Recipe, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError) as refused:
        settled(tiny_recipe, **options)
    assert message in str(refused.value)


def test_data_that_is_not_here_is_said_before_anything_runs(tiny_recipe: Recipe) -> None:
    with pytest.raises(DataError, match=r"mine\.csv"):
        settled(tiny_recipe.with_changes({"data.dataset": "nowhere/mine.csv", "data.options": {}}))


def test_the_target_ends_a_training_on_the_test_part(tiny_recipe: Recipe) -> None:
    found = settled(tiny_recipe.with_changes({"stop.at_target": False}), epochs=7)
    recipe = found.candidates[0].read()
    assert (recipe.stop.target, recipe.stop.at_target, recipe.stop.part) == (0.9, True, "test")
    assert (recipe.training.epochs, recipe.evaluation.test_every) == (7, 1)
    assert (found.part, found.target, found.title) == ("test", 0.9, "tiny to 0.9")
    assert "as the sources did" in found.notes[0]
    assert "optimistic" in found.notes[0]


def test_a_recipes_own_target_does(tiny_recipe: Recipe) -> None:
    own = tiny_recipe.with_changes({"stop.target": 0.7})
    assert settled(own, accuracy=None).target == 0.7
    assert settled(own, accuracy=0.8).candidates[0].read().stop.target == 0.8


@pytest.mark.parametrize(
    ("options", "fraction"),
    [
        ({"part": "validation"}, 0.15),
        ({"validation_fraction": 0.3}, 0.3),
        ({"part": "validation", "validation_fraction": 0.2}, 0.2),
        ({"changes": {"data.validation_fraction": 0.25}}, 0.25),
    ],
)
def test_the_validation_part_decides_and_the_test_part_is_opened_once(
    tiny_recipe: Recipe, options: dict[str, Any], fraction: float
) -> None:
    found = settled(tiny_recipe, **options)
    recipe = found.candidates[0].read()
    assert found.part == recipe.stop.part == "validation"
    assert recipe.data.validation_fraction == fraction
    assert (recipe.evaluation.test, recipe.evaluation.test_every, recipe.evaluation.validation_every) == (
        True,
        0,
        1,
    )
    (note,) = found.notes
    assert (
        f"judged on the validation part ({fraction:g} of the training samples); the test part is opened once"
        in note
    )


def test_a_part_that_the_user_wants_beats_the_recipes_own(tiny_recipe: Recipe) -> None:
    both = tiny_recipe.with_changes({"data.validation_fraction": 0.2, "stop.part": "test"})
    assert settled(both).part == "test"
    assert settled(both, part="validation").part == "validation"
    assert settled(both.with_changes({"stop.part": "auto"})).part == "validation"
    closed = settled(both.with_changes({"stop.part": "validation", "evaluation.test": False}))
    assert "the test part stays closed" in closed.notes[0]


def test_how_often_the_part_is_looked_at_is_told_and_mended(tiny_recipe: Recipe) -> None:
    never = settled(tiny_recipe.with_changes({"evaluation.test_every": 0}))
    assert never.candidates[0].read().evaluation.test_every == 1
    assert "by itself looks at the test part at its end only" in never.notes[1]
    seldom = settled(tiny_recipe.with_changes({"evaluation.test_every": 3}))
    assert seldom.candidates[0].read().evaluation.test_every == 3
    assert (
        "after every 3 epochs only, so it may have reached the target up to 2 epochs earlier"
        in seldom.notes[1]
    )
    ends = settled(tiny_recipe.with_changes({"stop.patience": 2}))
    assert ends.notes[1] == "tiny has stop.patience = 2, which may end a training before its target."


def test_recipes_must_learn_from_the_same_data_and_be_judged_alike(tiny_recipe: Recipe) -> None:
    other = tiny_recipe.with_changes({"name": "other", "training.batch_size": 8})
    assert [one.label for one in settled([tiny_recipe, other]).candidates] == ["tiny", "other"]
    with pytest.raises(RecipeError, match="learn from different data"):
        settled([tiny_recipe, Recipe.named("moons")])
    apart = other.with_changes({"data.validation_fraction": 0.2})
    with pytest.raises(UserError, match="judged on different parts"):
        settled([tiny_recipe, apart])
    found = settled([tiny_recipe, apart], part="test")
    assert "The recipes differ in data.validation_fraction" in found.notes[1]
    with pytest.raises(UserError, match=r"has no stop\.target"):
        settled([tiny_recipe.with_changes({"stop.target": 0.5}), other], accuracy=None)


def test_what_cannot_run_here_is_kept_with_its_reason(tiny_recipe: Recipe) -> None:
    found = settled(tiny_recipe, vary={"precision": ["tf32", "float32"]})
    assert [bool(one.refusal) for one in found.candidates] == [True, False]
    assert "tf32" in found.candidates[0].refusal


def test_data_with_a_validation_part_of_its_own_is_judged_on_it(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tiny_recipe.data.model_copy(update={"validation_fraction": 0.25})
    monkeypatch.setattr("wattlab.studies.target.settling.load", lambda _: load(own))
    found = settled(tiny_recipe, part="validation")
    recipe = found.candidates[0].read()
    assert (recipe.data.validation_fraction, recipe.stop.part, found.part) == (0.0, "auto", "validation")
    assert settled(tiny_recipe).part == "validation"
