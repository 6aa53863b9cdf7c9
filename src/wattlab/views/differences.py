"""In which fields recipes differ."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["fields", "recipe_differences", "side_by_side"]

_ABSENT = "–"
_NOT_A_SETTING = {"name", "description"}


def side_by_side(tables: Sequence[Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return for each name the text of every table; a dash where a table lacks it.

    Examples
    --------
    >>> side_by_side([{"a": "1"}, {"a": "2", "b": "3"}])
    {'a': ('1', '2'), 'b': ('–', '3')}
    """
    # The longest table has the order of all lines; a shorter one lacks some.
    names = dict.fromkeys(name for table in sorted(tables, key=len, reverse=True) for name in table)
    return {name: tuple(table.get(name, _ABSENT) for table in tables) for name in names}


def recipe_differences(recipes: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Return the fields that are not the same in all recipes, by path; what describes a recipe is no setting.

    Examples
    --------
    >>> recipe_differences([{"name": "a", "seed": 0}, {"name": "b", "seed": 1}])
    {'seed': ('0', '1')}
    """
    rows = side_by_side([dict(fields(recipe)) for recipe in recipes])
    return {name: texts for name, texts in rows.items() if len(set(texts)) > 1 and name not in _NOT_A_SETTING}


def fields(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Flatten nested tables to paths as error messages write them: ``network.layers[1].units``."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from fields(one, f"{path}.{name}" if path else str(name))
    elif isinstance(value, (list, tuple)) and any(isinstance(one, dict) for one in value):
        for index, one in enumerate(value):
            yield from fields(one, f"{path}[{index}]")
    else:
        yield path, "not set" if value is None else json.dumps(value, ensure_ascii=False).strip('"')
