from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wattlab.errors import RecipeError, UserError
from wattlab.studies.sweep.asked import SweepAsked, check_asked, parse_baseline
from wattlab.studies.sweep.cells import find_cells

from .invented import asked_for

if TYPE_CHECKING:
    from wattlab.recipe import Recipe


def test_a_cell_for_every_combination_held_against_its_own_batch_size(tiny_recipe: Recipe) -> None:
    found = find_cells(asked_for(tiny_recipe))
    assert [(*one.values.values(), one.baseline) for one in found.cells] == [
        ("float32", 16, 0),
        ("float32", 32, 1),
        ("float64", 16, 0),
        ("float64", 32, 1),
    ]
    assert (found.batch_field, found.baseline) == ("batch_size", {"precision": "float32"})
    assert found.cells[2].recipe.engine.precision == "float64"
    assert found.cells[3].recipe.training.batch_size == 32


def test_what_an_engine_refuses_is_a_cell_with_the_reason(tiny_recipe: Recipe) -> None:
    vary = {"precision": ["tf32", "float32", "float64"]}
    found = find_cells(asked_for(tiny_recipe, vary))
    assert "tf32" in found.cells[0].refusal
    # Named first, but it cannot run: the next one is what ratios are to.
    assert found.baseline == {"precision": "float32"}
    assert [one.baseline for one in found.cells] == [1, 1, 1]


def test_engines_vary_in_short(tiny_recipe: Recipe) -> None:
    vary: dict[str, list[Any]] = {"threads": [1, 2], "engine": ["native", "sklearn"]}
    found = find_cells(asked_for(tiny_recipe, vary))
    assert [(one.recipe.engine.threads, one.recipe.engine.name) for one in found.cells] == [
        (1, "native"),
        (1, "sklearn"),
        (2, "native"),
        (2, "sklearn"),
    ]
    assert found.batch_field is None
    assert {one.baseline for one in found.cells} == {0}


def test_where_only_the_batch_size_varies_nothing_is_held_against_anything(tiny_recipe: Recipe) -> None:
    found = find_cells(asked_for(tiny_recipe, {"training.batch_size": [8, "all"]}))
    assert [one.baseline for one in found.cells] == [None, None]
    assert found.cells[1].recipe.training.batch_size == "all"


def test_another_baseline(tiny_recipe: Recipe) -> None:
    found = find_cells(asked_for(tiny_recipe, baseline={"precision": "float64"}))
    assert [one.baseline for one in found.cells] == [2, 3, 2, 3]


@pytest.mark.parametrize(
    ("vary", "options", "message"),
    [
        ({"precison": ["float32"]}, {}, "did you mean 'precision'"),
        ({"batch_size": ["many"]}, {}, "--vary batch_size=many: .*training.batch_size is 'many'"),
        ({"precision": ["float32", "float8"]}, {}, "--vary precision=float8: .*expected"),
        ({"batch_size": [16, 0]}, {}, "--vary batch_size=0"),
        ({"engine": ["native", "nativ"]}, {}, "no engine 'nativ'"),
        ({"engine": ["native"]}, {"engine": "torch"}, "leave one of them out"),
        ({"precision": ["float32"]}, {"device": "tpu"}, "engine.device is 'tpu'"),
        (
            {"precision": ["float32"]},
            {"device": "cpu", "changes": {"engine.device": "cpu"}},
            "both say where",
        ),
        ({"precision": ["float32"]}, {"changes": {"engine.precision": "float64"}}, "already set"),
        ({"precision": ["tf32"]}, {}, "tf32"),
        ({"batch_size": [16]}, {"baseline": {"batch_size": 16}}, "a baseline of its own"),
    ],
)
def test_a_wrong_question_is_told_before_anything_runs(
    vary: dict[str, list[Any]], options: dict[str, Any], message: str, tiny_recipe: Recipe
) -> None:
    with pytest.raises(UserError, match=message):
        find_cells(asked_for(tiny_recipe, vary, **options))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"vary": {}}, "nothing to vary"),
        ({"vary": {"seed": []}}, "names no values"),
        ({"vary": {"seed": [1, 2, 1]}}, "names 1 twice"),
        ({"vary": {"seed": "12"}}, "expected a list"),
        ({"steps": 0}, "--steps is 0"),
        ({"rounds": 0}, "--rounds is 0"),
        ({"seeds": 0}, "--seeds is 0"),
        ({"epochs": 0}, "--epochs is 0"),
        ({"warm_up": -1}, "--warm-up is -1"),
        ({"limit_s": 0.0}, "--limit is 0 s"),
        ({"timeout_s": float("nan")}, "--timeout is nan"),
        ({"vary": {"seed": list(range(201))}}, "201 combinations.*--yes"),
    ],
)
def test_wrong_numbers_are_told(options: dict[str, Any], message: str) -> None:
    asked = SweepAsked(**{"recipe": "moons", "vary": {"seed": [0, 1]}, **options})
    with pytest.raises(UserError, match=message):
        check_asked(asked)


def test_many_cells_can_be_meant() -> None:
    check_asked(SweepAsked("moons", {"seed": list(range(201))}, many=True))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("float32", "not understood"),
        ("precison=float32", "did you mean 'precision'"),
        ("precision=int8", "none of its values"),
    ],
)
def test_a_baseline_that_is_none(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse_baseline(text, {"precision": ["float32", "float64"]})
    assert parse_baseline("first", {}) == {}


def test_an_unknown_recipe_is_told() -> None:
    with pytest.raises(RecipeError, match="mnist-fast"):
        find_cells(asked_for("mnist-fst"))
