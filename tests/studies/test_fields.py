from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wattlab.errors import RecipeError
from wattlab.studies.fields import find_field, parse_assignments, parse_variation, parse_variations

if TYPE_CHECKING:
    from wattlab.recipe import Recipe


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("precision=float64,float32", ("precision", ["float64", "float32"])),
        ("training.batch_size = 32, 500, all", ("training.batch_size", [32, 500, "all"])),
        ("loss.kind=\"mse\",'log-loss'", ("loss.kind", ["mse", "log-loss"])),
        ("clip=[1, 2],[3]", ("clip", [[1, 2], [3]])),
        ("training.shuffle=true,false", ("training.shuffle", [True, False])),
        ("rate=1e-3", ("rate", [0.001])),
    ],
)
def test_values_are_toml_or_text(text: str, expected: tuple[str, list[Any]]) -> None:
    assert parse_variation(text) == expected


@pytest.mark.parametrize("text", ["precision", "=a", "precision=", "precision=float32,,float64", " = "])
def test_what_is_no_variation_is_refused(text: str) -> None:
    with pytest.raises(RecipeError, match="--vary"):
        parse_variation(text)


def test_a_field_that_comes_twice_is_refused() -> None:
    assert parse_variations(["a=1", "b=2,3"]) == {"a": [1], "b": [2, 3]}
    with pytest.raises(RecipeError, match="names a twice"):
        parse_variations(["a=1", "a=2"])


def test_assignments_are_those_of_train() -> None:
    assert parse_assignments(["a.b=1", "c="]) == {"a.b": 1, "c": None}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("precision", "engine.precision"),
        ("batch_size", "training.batch_size"),
        ("engine.threads", "engine.threads"),
        ("seed", "seed"),
        ("network.layers[0].units", "network.layers[0].units"),
        ("layers", "network.layers"),
        ("clip_norm", "training.clip_norm"),
        ("data.options.samples", "data.options.samples"),
        ("data.options.anything", "data.options.anything"),
    ],
)
def test_a_field_is_found_by_path_or_bare_name(name: str, path: str, tiny_recipe: Recipe) -> None:
    assert find_field(tiny_recipe, name) == path


def test_a_name_that_several_parts_have_is_not_guessed(tiny_recipe: Recipe) -> None:
    with pytest.raises(
        RecipeError, match=r"several .*network\.layers\[0\]\.units, network\.layers\[1\]\.units$"
    ):
        find_field(tiny_recipe, "units")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("precison", "did you mean 'precision'"),
        ("training.precision", "did you mean 'engine.precision'"),
        ("engine.jit_compile", "recipe with engine native has no such field"),
        ("sed", "did you mean 'seed'( or '(?!seed')[^']+')*\\?$"),
        ("xyzzy", "wattlab schema"),
        ("network.layers[7].units", r"network\.layers\[0\]\.units"),
    ],
)
def test_what_is_nowhere_is_refused_with_the_nearest(name: str, hint: str, tiny_recipe: Recipe) -> None:
    with pytest.raises(RecipeError, match=hint):
        find_field(tiny_recipe, name)
