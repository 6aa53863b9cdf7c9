from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from wattlab.engines import registry
from wattlab.errors import RecipeError, UnsupportedError, UserError
from wattlab.machine.threads import usable_cores
from wattlab.recipe.engine import NativeChoice
from wattlab.studies.candidates import find_candidates, title
from wattlab.studies.question import Question, as_sequence, parse_engines

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe


class AnyEngine:
    """Does everything but float16; likes a thread for small batches."""

    def check_recipe(self, recipe: Recipe) -> None:
        if recipe.engine.precision == "float16":
            msg = "engine.precision is 'float16', which it cannot do"
            raise UnsupportedError(msg)

    def preferred_threads(self, recipe: Recipe) -> int | None:
        return 1 if recipe.training.batch_size == 8 else None


@pytest.fixture(autouse=True)
def _any_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wattlab.studies.candidates.get_engine", lambda _: AnyEngine())


def labels(*recipes: Recipe | str, **options: Any) -> list[str]:
    return [one.label for one in find_candidates(Question(recipes, **options))]


def test_a_label_says_only_what_differs(tiny_recipe: Recipe, tmp_path: Path) -> None:
    other = tiny_recipe.with_changes({"name": "other", "seed": 8})
    assert labels(tiny_recipe) == ["tiny"]
    assert labels(tiny_recipe, engines=["torch"]) == ["torch"]
    assert labels(tiny_recipe, engines=["native", "keras:jax"]) == ["native", "keras:jax"]
    assert labels(tiny_recipe, other) == ["tiny", "other"]
    precisions = {"precision": ["float32", "float64"]}
    assert labels(tiny_recipe, engines=["native"], vary=precisions) == ["float32", "float64"]
    assert labels(tiny_recipe, engines=["native", "torch"], vary=precisions) == [
        "native, float32",
        "native, float64",
        "torch, float32",
        "torch, float64",
    ]
    numbers = {"training.batch_size": [8, "all"], "shuffle": [True, False], "seed": [3]}
    assert labels(tiny_recipe, vary=numbers) == [
        "batch_size 8, shuffle true",
        "batch_size 8, shuffle false",
        "all, shuffle true",
        "all, shuffle false",
    ]


def test_recipes_of_the_same_name_are_told_apart_by_their_files(tiny_toml: str, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one/A.toml", "one/B.toml", "two/A.toml")]
    for number, path in enumerate(paths):
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"seed = {number}\n{tiny_toml}")
    one_a, one_b, two_a = map(str, paths)
    assert labels(one_a, one_b) == ["A", "B"]
    assert labels(one_a, two_a) == [one_a, two_a]
    with pytest.raises(RecipeError, match="named twice"):
        labels(one_a, one_a)


def test_changes_and_values_reach_the_recipes(tiny_recipe: Recipe) -> None:
    question = Question(
        [tiny_recipe],
        engines=["native", "keras:jax"],
        vary={"batch_size": [16, 32]},
        changes={"training.epochs": 2, "engine.precision": "float64"},
    )
    found = find_candidates(question)
    assert [one.recipe.training.batch_size for one in found] == [16, 32, 16, 32]
    assert {one.recipe.training.epochs for one in found} == {2}
    assert {one.recipe.engine.precision for one in found} == {"float64"}
    keras = found[2].recipe.engine
    assert (keras.name, getattr(keras, "backend", None)) == ("keras", "jax")


def test_threads_are_equal_where_recipe_and_engine_leave_them_open(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tiny_recipe.with_changes({"name": "own", "engine.threads": 7})
    small = tiny_recipe.with_changes({"name": "small", "training.batch_size": 8})
    assert find_candidates(Question([tiny_recipe]))[0].recipe.engine.threads == usable_cores()
    monkeypatch.setattr("wattlab.studies.candidates.usable_cores", lambda: 4)
    expected = {None: [4, 7, None], 3: [3, 7, 1], 4: [4, 7, None], 8: [8, 7, None]}
    for threads, counts in expected.items():
        found = find_candidates(Question([tiny_recipe, own, small], threads=threads))
        assert [one.recipe.engine.threads for one in found] == counts


def test_what_an_engine_refuses_does_not_stop_the_others(tiny_recipe: Recipe) -> None:
    found = find_candidates(Question([tiny_recipe], vary={"precision": ["float32", "float16", "float8"]}))
    assert [bool(one.refusal) for one in found] == [False, True, True]
    assert found[1].refusal == "engine.precision is 'float16', which it cannot do"
    assert "engine.precision is 'float8'; expected one of" in found[2].refusal


def test_a_change_that_only_one_engine_knows_fails_the_others(tiny_recipe: Recipe) -> None:
    changes = {"engine.steps_per_execution": 4}
    found = find_candidates(Question([tiny_recipe], ["native", "keras:tensorflow"], changes=changes))
    assert "engine.steps_per_execution is not a field" in found[0].refusal
    assert not found[1].refusal


def test_if_none_can_run_the_question_is_wrong(tiny_recipe: Recipe) -> None:
    with pytest.raises(UserError, match=r"native: .*float16.*\ntorch: .*float16"):
        find_candidates(Question([tiny_recipe], ["native", "torch"], changes={"engine.precision": "float16"}))
    with pytest.raises(UserError, match=r"^engine\.precision is 'float16'"):
        find_candidates(Question([tiny_recipe], changes={"engine.precision": "float16"}))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"engines": ["abacus"]}, "no engine 'abacus'"),
        ({"engines": ["keras:abacus"]}, "keras can be keras:tensorflow"),
        ({"engines": ["native", "native"]}, "'native' is named twice"),
        ({"vary": {"batch_size": []}}, "batch_size names no values"),
        ({"vary": {"batch_size": [1, 1]}}, "names a value twice"),
        ({"vary": {"batch_size": [1, 2], "training.batch_size": [3]}}, "training.batch_size twice"),
        ({"vary": {"bath_size": [1, 2]}}, "did you mean 'batch_size'"),
        ({"vary": {"jit_compile": [True]}, "engines": ["keras:jax", "native"]}, "engine native|'tiny'"),
        ({"vary": {"seed": [1, 2]}, "changes": {"seed": 3}}, "already set to 3"),
        ({"vary": {"engine.name": ["native"]}, "engines": ["torch"]}, "already set to 'torch'"),
        ({"vary": {"seed": [1, "1"]}}, None),
        ({"threads": 0}, "threads is 0"),
        ({"engines": "native"}, r"engines is 'native'; expected a list"),
        ({"vary": {"precision": "float32"}}, r"vary of precision is 'float32'; expected a list"),
        ({"vary": {"seed": 3}}, r"vary of seed is 3; expected a list"),
        (
            {"engines": ["native", "torch"], "changes": {"engine.name": "sklearn"}},
            r"--set engine\.name: engine 'na",
        ),
        (
            {"engines": ["keras:jax"], "changes": {"engine.backend": "torch"}},
            r"--set engine\.backend: .*'keras:jax'",
        ),
        (
            {"engines": ["native"], "changes": {"engine.compiled": True}},
            r"choose another engine, .* native:compiled",
        ),
        ({"engines": ["torch"], "vary": {"compiled": [True]}}, r"engine\.compiled is already set to False"),
        ({"engines": ["keras", "keras:tensorflow"]}, "'keras' and 'keras:tensorflow' are the same but for"),
    ],
)
def test_a_wrong_question_is_refused_at_once(
    options: dict[str, Any], message: str | None, tiny_recipe: Recipe
) -> None:
    if message is None:
        refused = find_candidates(Question([tiny_recipe], **options))
        assert [bool(one.refusal) for one in refused] == [False, True]
        return
    with pytest.raises(UserError, match=message):
        find_candidates(Question([tiny_recipe], **options))


def test_no_recipe_is_no_question() -> None:
    with pytest.raises(RecipeError, match="nothing to compare"):
        find_candidates(Question([]))
    with pytest.raises(RecipeError, match="no-such-recipe"):
        find_candidates(Question(["no-such-recipe"]))


def test_the_title_is_the_question(tiny_recipe: Recipe) -> None:
    other = tiny_recipe.with_changes({"name": "other", "seed": 8})
    assert title(find_candidates(Question([tiny_recipe], ["native", "torch"]))) == "tiny: native, torch"
    assert title(find_candidates(Question([tiny_recipe, other]))) == "tiny, other"


def test_engines_in_a_line() -> None:
    assert parse_engines(None) == ()
    assert parse_engines(" native ,keras:jax") == ("native", "keras:jax")
    with pytest.raises(UserError, match="empty name"):
        parse_engines("native,,torch")


def test_one_recipe_is_a_sequence_of_one(tiny_recipe: Recipe) -> None:
    assert as_sequence(tiny_recipe) == [tiny_recipe]
    assert as_sequence("digits") == ["digits"]
    assert as_sequence(("a", "b")) == ("a", "b")


def test_the_real_registry_is_asked(monkeypatch: pytest.MonkeyPatch, tiny_recipe: Recipe) -> None:
    monkeypatch.setattr("wattlab.studies.candidates.get_engine", registry.get_engine)
    changes = {"engine.compiled": True, "engine.layer_times": True}
    with pytest.raises(UserError, match=r"engine\.compiled does not go with"):
        find_candidates(Question([tiny_recipe], changes=changes))


def test_equal_recipes_under_two_names_are_one_candidate(tiny_recipe: Recipe) -> None:
    other = tiny_recipe.with_changes({"name": "other", "description": "the same in green"})
    with pytest.raises(RecipeError, match="'tiny' and 'other' are the same but for their names"):
        find_candidates(Question([tiny_recipe, other]))


def test_native_is_not_compiled_whatever_the_recipe_says(tiny_recipe: Recipe) -> None:
    recipe = tiny_recipe.with_changes({"engine.compiled": True})
    plain, compiled = find_candidates(Question([recipe], ["native", "native:compiled"]))
    assert isinstance(plain.recipe.engine, NativeChoice)
    assert isinstance(compiled.recipe.engine, NativeChoice)
    assert (plain.recipe.engine.compiled, compiled.recipe.engine.compiled) == (False, True)


def test_a_backend_that_this_process_has_loaded_is_no_hindrance(
    monkeypatch: pytest.MonkeyPatch, tiny_recipe: Recipe
) -> None:
    pytest.importorskip("jax")
    keras = ModuleType("keras")
    keras.__spec__ = ModuleSpec("keras", None)
    keras.backend = SimpleNamespace(backend=lambda: "tensorflow")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keras", keras)
    monkeypatch.setattr("wattlab.studies.candidates.get_engine", registry.get_engine)
    question = Question([tiny_recipe], ["native", "keras:jax"])
    assert [one.refusal for one in find_candidates(question)] == ["", ""]
    on_gpu = Question([tiny_recipe], ["keras:jax"], changes={"engine.device": "cuda"})
    assert find_candidates(on_gpu)[0].refusal == ""  # found out by the process that needs it
    wrong = Question([tiny_recipe], ["keras:jax"], changes={"engine.inter_threads": 2})
    with pytest.raises(UserError, match=r"engine\.inter_threads is a setting of TensorFlow"):
        find_candidates(wrong)
    with pytest.raises(UserError, match="already computes with tensorflow"):
        registry.get_engine("keras").check(find_candidates(question)[1].recipe)
