from __future__ import annotations

from typing import Any

import pytest

from wattlab.errors import RecipeError, UserError
from wattlab.recipe import Recipe
from wattlab.studies.threads.asked import (
    ThreadsAsked,
    check_counts,
    default_counts,
    parse_counts,
)
from wattlab.studies.threads.cells import engine_name, find_series, left_out, make_cells
from wattlab.studies.threads.planning import make_plan


@pytest.mark.parametrize(
    ("usable", "physical", "logical", "own", "counts"),
    [
        (1, 1, 1, None, (1,)),
        (2, 2, 2, None, (1, 2)),
        (8, 4, 8, None, (1, 2, 4, 8)),
        (12, 6, 12, None, (1, 2, 4, 6, 8, 12)),
        (3, 16, 32, None, (1, 2, 3)),  # a container's quota
        (64, 64, 128, 48, (1, 2, 4, 8, 16, 32, 48, 64)),
    ],
)
def test_counts_are_powers_of_two_and_cores_up_to_what_may_be_used(
    usable: int, physical: int, logical: int, own: int | None, counts: tuple[int, ...]
) -> None:
    assert default_counts(usable, physical, logical, own) == counts


def test_more_threads_than_cores_can_be_meant_but_not_any_number() -> None:
    check_counts([1, 8], usable=2)
    with pytest.raises(
        UserError, match=r"--counts names 9, and this process may use 2 cores; name at most 8"
    ):
        check_counts([1, 9], usable=2)


def test_counts_are_read() -> None:
    assert parse_counts(None, "--counts") == ()
    for text in ("1,two", "1,,2", "", "1.5"):
        with pytest.raises(UserError, match="no whole number; write it as --counts 1,2,4"):
            parse_counts(text, "--counts")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"counts": [1, 0]}, "--counts names 0; a number of threads is a whole number of at least 1"),
        ({"counts": [2, 1, 2]}, "--counts names 2 twice"),
        ({"inter_threads": [0]}, "--inter-threads names 0"),
        ({"engines": ["native", "native"]}, "--engines names native twice"),
        ({"engines": ["nativ"]}, "no engine 'nativ'"),
        ({"engines": "native"}, "expected a list"),
        ({"engines": ["torch"], "changes": {"engine.compiled": True}}, "decides that already"),
        ({"changes": {"engine.threads": 2}}, "that is what this study varies; name the numbers"),
        ({"inter_threads": [1], "changes": {"engine.inter_threads": 1}}, "leave one of them out"),
        ({"device": "cpu", "changes": {"engine.device": "cpu"}}, "leave one of them out"),
        ({"rounds": 0}, "rounds is 0"),
        ({"steps": 0}, "--steps is 0"),
        ({"warm_up": -1}, "--warm-up is -1"),
        ({"limit_s": 0.0}, "--limit is 0 s"),
        ({"timeout_s": float("inf")}, "--timeout is inf"),
        ({"epochs": 0}, "--epochs is 0"),
        ({"target": 97.8}, "for 97.8 % write 0.978"),
        ({"seeds": 2}, "as in --epochs 5 or --target 0.978, or leave --seeds out"),
    ],
)
def test_a_wrong_question_is_told(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        make_plan(ThreadsAsked("moons", **options))


def test_every_engine_is_found_by_its_short_name(tiny_recipe: Recipe) -> None:
    changed: dict[str, dict[str, Any]] = {
        "native": {},
        "native:compiled": {"engine.compiled": True},
        "native:torch": {"engine.arrays": "torch"},
        "torch": {"engine.name": "torch"},
        "keras:jax": {"engine.name": "keras", "engine.backend": "jax"},
        "sklearn": {"engine.name": "sklearn"},
    }
    for name, changes in changed.items():
        assert engine_name(tiny_recipe.with_changes(changes)) == name


def test_tensorflows_inter_threads_are_series_of_their_own(tiny_recipe: Recipe) -> None:
    asked = ThreadsAsked(tiny_recipe, ["native", "keras:tensorflow"], inter_threads=[1, 2])
    found = find_series(tiny_recipe, asked)
    assert [one.name for one in found] == [
        "native",
        "keras:tensorflow (inter 1)",
        "keras:tensorflow (inter 2)",
    ]
    cells = make_cells(tiny_recipe, found, [6])
    engine = cells[1].recipe.engine
    # The sources' best setting of a quad-core: 6 threads within an operation, 1 among them.
    assert (engine.threads, engine.model_dump()["inter_threads"]) == (6, 1)
    with pytest.raises(UserError, match=r"--inter-threads are TensorFlow's, and the engines are native;"):
        find_series(tiny_recipe, ThreadsAsked(tiny_recipe, inter_threads=[1]))


def test_what_an_engine_cannot_do_is_told_for_it_alone_and_refused_if_nothing_is_left() -> None:
    recipe = Recipe.named("cifar10-cnn")
    series = find_series(recipe, ThreadsAsked(recipe, ["sklearn", "torch"]))
    cells = make_cells(recipe, series, [1, 2])
    assert [bool(one.refusal) for one in cells] == [True, True, False, False]
    with pytest.raises(UserError, match="dense layers"):
        make_cells(recipe, series[:1], [1, 2])


def test_a_graphics_card_is_refused_with_what_to_do(tiny_recipe: Recipe) -> None:
    asked = ThreadsAsked(tiny_recipe, ["torch"], device="cuda")
    with pytest.raises(UserError, match=r"--device cpu, or .*: wattlab sweep tiny --vary threads=1,2"):
        make_cells(tiny_recipe, find_series(tiny_recipe, asked), [1])
    on_card = tiny_recipe.with_changes({"engine.name": "torch", "engine.device": "cuda"})
    back = find_series(on_card, ThreadsAsked(on_card, device="cpu"))
    assert make_cells(on_card, back, [1])[0].recipe.engine.device == "cpu"
    with pytest.raises(RecipeError):
        Recipe.named("nowhere")


def test_what_a_training_has_if_nothing_is_set(tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wattlab.studies.threads.cells.usable_cores", lambda: 8)
    assert left_out(tiny_recipe, {}) == 1  # small batches: the native engine knows better
    assert left_out(tiny_recipe, {"training.batch_size": 96}) == 8
    assert left_out(tiny_recipe, {"engine.threads": 3}) == 3
    assert left_out(tiny_recipe, {"engine.name": "torch"}) == 8
    assert left_out(tiny_recipe, {"engine.nothing": 1}) is None
