"""Changes to a recipe by path: ``--set optimizer.learning_rate=0.05``."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, get_args

from wattlab.errors import RecipeError
from wattlab.recipe import initialisation, layers, objective, optimizer, preparation, schedule
from wattlab.recipe.base import Part
from wattlab.recipe.engine import ENGINE_CHOICES, carried_fields

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["changed_tables", "parse_assignment"]

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_DOTTED = re.compile(r"\.(\d+)(?=[.\[]|$)")
_PATH = re.compile(r"[^.\[\]]+(\[\d+\])*(\.[^.\[\]]+(\[\d+\])*)*")


def parse_assignment(text: str) -> tuple[str, Any]:
    """Split ``a.b=c`` into path and value; the value is TOML, or text where it is none, and None where it is empty.

    Examples
    --------
    >>> parse_assignment("optimizer.learning_rate=0.05")
    ('optimizer.learning_rate', 0.05)
    >>> parse_assignment("loss.kind=mse")
    ('loss.kind', 'mse')
    >>> parse_assignment("stop.target=")
    ('stop.target', None)
    """
    path, separator, value = text.partition("=")
    if not separator or not path.strip():
        msg = f"--set {text!r} is not an assignment; write it as field.name=value"
        raise RecipeError(msg)
    if not value.strip():
        return path.strip(), None
    try:
        table = tomllib.loads(f"value = {value}")
    except tomllib.TOMLDecodeError:
        table = {}
    return path.strip(), table["value"] if len(table) == 1 else value.strip()


def changed_tables(part: BaseModel, changes: dict[str, Any]) -> dict[str, Any]:
    """Return the nested tables of `part` with the fields named by dotted paths set to new values.

    Setting the ``kind`` of a loss, optimizer, schedule or reduction, or the ``name`` of the engine, replaces the
    whole table and keeps those of its fields that the new kind has too; of the engine's, those that were set.

    Raises
    ------
    wattlab.errors.RecipeError
        If a path leads nowhere.
    """
    tables = part.model_dump(mode="python", exclude_none=True)
    for path, value in changes.items():
        _assign(tables, path, value)
    return tables


def _assign(tables: dict[str, Any], path: str, value: Any) -> None:
    if not _PATH.fullmatch(path):
        msg = f"--set {path!r} names no field; write it as field.name=value or list[0].name=value"
        raise RecipeError(msg)
    steps: list[str | int] = [int(index) if index else key for key, index in _STEP.findall(path)]
    place = _walk(tables, steps[:-1], path)
    last = steps[-1]
    if isinstance(place, dict) and isinstance(last, str):
        if last == "kind" and place.get("kind") != value:
            _keep_only(place, _fields_by_kind().get(str(value)))
        elif path == "engine.name" and value in ENGINE_CHOICES:
            _keep_only(place, carried_fields(place, value))
        place[last] = value
    elif isinstance(place, list) and isinstance(last, int) and last < len(place):
        place[last] = value
    else:
        msg = f"--set {path}: there is no such place in the recipe{_by_number(place, last, path)}"
        raise RecipeError(msg)


def _walk(tables: dict[str, Any], steps: list[str | int], path: str) -> Any:
    place: Any = tables
    for step in steps:
        if isinstance(place, dict) and isinstance(step, str):
            place[step] = _as_mutable(place.get(step, {}))
            place = place[step]
        elif isinstance(place, list) and isinstance(step, int) and step < len(place):
            place[step] = _as_mutable(place[step])
            place = place[step]
        else:
            msg = f"--set {path}: {step!r} is not to be found there{_by_number(place, step, path)}"
            raise RecipeError(msg)
    return place


def _by_number(place: Any, step: str | int, path: str) -> str:
    """Return how a place in a list is written, if it was written in another way."""
    if not isinstance(place, list) or isinstance(step, int):
        return ""
    written = _DOTTED.sub(r"[\1]", path)
    example = written if written != path else path.replace(f".{step}", f"[0].{step}", 1)
    return f"; an entry of a list is named by its number in brackets: {example}"


def _as_mutable(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _keep_only(table: dict[str, Any], known: set[str] | None) -> None:
    """Drop the fields that the new kind does not have; an unknown kind is left to validation."""
    for name in [name for name in table if known is not None and name not in known]:
        del table[name]


def _fields_by_kind() -> dict[str, set[str]]:
    fields: dict[str, set[str]] = {}
    for module in (initialisation, layers, objective, optimizer, preparation, schedule):
        for model in vars(module).values():
            if isinstance(model, type) and issubclass(model, Part) and "kind" in model.model_fields:
                for kind in get_args(model.model_fields["kind"].annotation):
                    fields[kind] = set(model.model_fields)
    return fields
