"""Fields of a recipe by their bare names, and the values of ``--vary``."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from wattlab.errors import RecipeError
from wattlab.recipe.override import parse_assignment
from wattlab.recipe.problems import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wattlab.recipe import Recipe

__all__ = ["find_field", "parse_assignments", "parse_variation", "parse_variations"]


def parse_variation(text: str) -> tuple[str, list[Any]]:
    """Split ``field=a,b,c`` into field and values; each value is TOML, or text where it is none.

    Raises
    ------
    wattlab.errors.RecipeError
        If it is none, or a value is empty.

    Examples
    --------
    >>> parse_variation("precision=float64,float32")
    ('precision', ['float64', 'float32'])
    >>> parse_variation("training.batch_size=32,500,all")
    ('training.batch_size', [32, 500, 'all'])
    >>> parse_variation("schedule.momentum=[0.8, 0.9],[0.9, 0.95]")
    ('schedule.momentum', [[0.8, 0.9], [0.9, 0.95]])
    """
    path, separator, values = text.partition("=")
    path = path.strip()
    if not separator or not path or not values.strip():
        msg = f"--vary {text!r} is not understood; write it as field=a,b,c, such as precision=float64,float32"
        raise RecipeError(msg)
    try:
        table = tomllib.loads(f"values = [{values}]")
    except tomllib.TOMLDecodeError:
        table = {}
    if len(table) == 1:
        return path, list(table["values"])
    words = [word.strip() for word in values.split(",")]
    if not all(words):
        msg = f"--vary {text!r} has an empty value; write it as {path}=a,b,c"
        raise RecipeError(msg)
    return path, [parse_assignment(f"{path}={word}")[1] for word in words]


def parse_assignments(texts: Sequence[str]) -> dict[str, Any]:
    """Return paths and values of several ``field=value``, as `wattlab.recipe.override.parse_assignment`."""
    return dict(parse_assignment(text) for text in texts)


def parse_variations(texts: Sequence[str]) -> dict[str, list[Any]]:
    """Return fields and values of several ``field=a,b,c``; `wattlab.errors.RecipeError` if a field comes twice."""
    found: dict[str, list[Any]] = {}
    for text in texts:
        path, values = parse_variation(text)
        if path in found:
            msg = f"--vary names {path} twice; give all its values at once: {path}=a,b,c"
            raise RecipeError(msg)
        found[path] = values
    return found


def find_field(recipe: Recipe, name: str) -> str:
    """Return the path of a field, given as that path or by its bare name.

    Parameters
    ----------
    recipe : Recipe
        Whose fields are meant.
    name : str
        Such as ``engine.precision``, or ``precision`` where only one part has a field of that name.

    Raises
    ------
    wattlab.errors.RecipeError
        If there is no such field (the nearest are offered), or several of that name.

    Examples
    --------
    >>> from wattlab.recipe import Recipe
    >>> find_field(Recipe.named("digits"), "precision")
    'engine.precision'
    """
    paths = list(_paths(recipe, ""))
    if name in paths:
        return name
    parent, _, last = name.rpartition(".")
    if parent in _free_tables(recipe):
        return name
    matches = [path for path in paths if path.rpartition(".")[2] == name]
    if len(matches) == 1:
        return matches[0]
    if matches:
        msg = f"--vary {name}: several fields have that name; write one of {', '.join(matches)}"
        raise RecipeError(msg)
    near = [path for path in paths if path.rpartition(".")[2] == last]
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else nearest(name, _names(paths))
    kind = f"with engine {recipe.engine.name}" if name.startswith("engine.") else f"{recipe.name!r}"
    msg = f"--vary {name}: recipe {kind} has no such field{hint or '; see: wattlab schema'}"
    raise RecipeError(msg)


def _names(paths: list[str]) -> list[str]:
    return list(dict.fromkeys([*paths, *(path.rpartition(".")[2] for path in paths)]))


def _paths(part: BaseModel, prefix: str) -> Iterator[str]:
    """Yield the paths of all fields that hold values; lists of tables come as a whole, and field by field."""
    for name in type(part).model_fields:
        value = getattr(part, name)
        path = f"{prefix}{name}"
        if isinstance(value, BaseModel):
            yield from _paths(value, f"{path}.")
            continue
        yield path
        if isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            for index, one in enumerate(value):
                yield from _paths(one, f"{path}[{index}].")


def _free_tables(recipe: Recipe) -> set[str]:
    """Return the tables whose keys are not the recipe's to know: a data set's own options."""
    return {
        f"{name}.{inner}"
        for name in type(recipe).model_fields
        if isinstance(part := getattr(recipe, name), BaseModel)
        for inner in type(part).model_fields
        if isinstance(getattr(part, inner), dict)
    }
