"""``--set``: paths, values, and changes of kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wattlab.errors import RecipeError
from wattlab.recipe.override import parse_assignment

if TYPE_CHECKING:
    from wattlab.recipe import Recipe


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("f=0.05", 0.05),
        ("f=3", 3),
        ("f = 1e-4", 1e-4),
        ("f=true", True),
        ("f=adam", "adam"),
        ('f="adam"', "adam"),
        ("f='1'", "1"),
        ("f=[0.85, 0.95]", [0.85, 0.95]),
        ('f={ kind = "he-normal" }', {"kind": "he-normal"}),
        ("f=a=b", "a=b"),
        ("f=", None),
        ("f=two words ", "two words"),
        ("f=/some/file.csv", "/some/file.csv"),
        ("f=1\ng=2", "1\ng=2"),
    ],
)
def test_a_value_is_toml_or_else_text(text: str, value: Any) -> None:
    path, parsed = parse_assignment(text)
    assert (path, parsed, type(parsed)) == ("f", value, type(value))


@pytest.mark.parametrize("text", ["optimizer.learning_rate", "=3", "", " = 3"])
def test_what_is_no_assignment_is_refused(text: str) -> None:
    with pytest.raises(RecipeError, match=r"is not an assignment; write it as field.name=value"):
        parse_assignment(text)


def value_at(recipe: Recipe, path: str) -> Any:
    return eval(f"recipe.{path}", {"recipe": recipe})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("seed", 7),
        ("optimizer.learning_rate", 0.2),
        ("network.layers[0].units", 9),
        ("network.layers[1].activation", "softmax"),
        ("data.options", {"samples": 60}),
        ("training.batch_size", "all"),
        ("stop.target", 0.9),
        ("training.clip_norm", 1.0),
    ],
)
def test_a_path_leads_to_a_field(tiny_recipe: Recipe, path: str, value: Any) -> None:
    changed = tiny_recipe.with_changes({path: value})
    assert value_at(changed, path) == value
    assert changed.name == tiny_recipe.name
    assert value_at(tiny_recipe, path) != value or path.endswith("activation")


def test_options_and_unset_tables_can_be_reached(tiny_recipe: Recipe) -> None:
    changed = tiny_recipe.with_changes(
        {"data.options.seed": 1, "network.layers[0].initial_weights.kind": "he-normal"}
    )
    assert changed.data.options["seed"] == 1
    assert type(changed.data.options["seed"]) is int
    assert changed.data.options["samples"] == 120
    assert changed.network.dense_layers is not None
    weights = changed.network.dense_layers[0].initial_weights
    assert weights is not None
    assert weights.kind == "he-normal"


def test_a_list_of_lists_can_be_reached(tiny_recipe: Recipe) -> None:
    recipe = tiny_recipe.with_changes(
        {"schedule.kind": "piecewise-linear", "schedule.points": [[0, 0.5], [3, 1]]}
    )
    changed = recipe.with_changes({"schedule.points[1][0]": 2})
    assert changed.schedule.model_dump()["points"] == ((0.0, 0.5), (2.0, 1.0))


def test_a_new_kind_keeps_the_fields_that_it_has(tiny_recipe: Recipe) -> None:
    nesterov = tiny_recipe.with_changes({"optimizer.momentum": 0.7, "optimizer.kind": "nesterov"})
    assert nesterov.optimizer.model_dump() == {"kind": "nesterov", "learning_rate": 0.05, "momentum": 0.7}
    plain = nesterov.with_changes({"optimizer.kind": "sgd"})
    assert plain.optimizer.model_dump() == {"kind": "sgd", "learning_rate": 0.05}
    smooth = tiny_recipe.with_changes({"loss.label_smoothing": 0.1, "loss.reduction": "sum"})
    assert smooth.with_changes({"loss.kind": "mse"}).loss.model_dump() == {"kind": "mse", "reduction": "sum"}


def test_the_same_kind_again_changes_nothing(tiny_recipe: Recipe) -> None:
    assert tiny_recipe.with_changes({"optimizer.kind": "momentum"}) == tiny_recipe


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("optimizer.learning_rat", "optimizer.learning_rat is not a field of a recipe; did you mean"),
        ("optimzer.learning_rate", "optimzer is not a field of a recipe; did you mean 'optimizer'"),
        ("network.layers[5].units", r"--set network.layers\[5\].units: 5 is not to be found there"),
        ("network.layers[2]", r"--set network.layers\[2\]: there is no such place in the recipe"),
        ("network.layers.units", r"there is no such place .* in brackets: network.layers\[0\].units$"),
        ("network.layers.0.units", r"'0' is not to be found .* in brackets: network.layers\[0\].units$"),
        ("network.layers.1", r"there is no such place .* in brackets: network.layers\[1\]$"),
        ("seed.x", "--set seed.x: there is no such place"),
        ("optimizer[0]", r"--set optimizer\[0\]: there is no such place"),
        ("...", "names no field; write it as field.name=value"),
        ("network.layers[x].units", r"names no field; write it as .* or list\[0\].name=value"),
        ("training..epochs", "names no field"),
        ("training.epochs]", "names no field"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(tiny_recipe: Recipe, path: str, complaint: str) -> None:
    with pytest.raises(RecipeError, match=complaint):
        tiny_recipe.with_changes({path: 3})
