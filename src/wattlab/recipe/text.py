"""A recipe as TOML: read with clear errors, written with a comment for every field."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from wattlab.errors import RecipeError
from wattlab.recipe.problems import to_recipe_error

if TYPE_CHECKING:
    from pathlib import Path

Model = TypeVar("Model", bound=BaseModel)

__all__ = ["format_part", "parse", "read", "read_text", "validate"]


def read(model: type[Model], path: Path) -> Model:
    """Read a model from a TOML file.

    Raises
    ------
    wattlab.errors.RecipeError
        If the file cannot be read, is not TOML (with the line), or does not fit the model (with the field).
    """
    return parse(model, read_text(path), str(path))


def read_text(path: Path) -> str:
    """Read a recipe's file as text; `wattlab.errors.RecipeError` if that fails."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        msg = f"recipe {str(path)!r} cannot be read: {error.strerror}"
        raise RecipeError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"recipe {str(path)!r} is not UTF-8 text (byte {error.start}); save it as UTF-8"
        raise RecipeError(msg) from error


def parse(model: type[Model], text: str, source: str) -> Model:
    """Read a model from TOML text; `source` names it in errors."""
    try:
        fields = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        msg = f"recipe {source!r} is not valid TOML: {error}"
        raise RecipeError(msg) from error
    return validate(model, fields, source)


def validate(model: type[Model], fields: dict[str, Any], source: str) -> Model:
    """Make a model of nested tables; `source` names it in errors."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise to_recipe_error(error, source, model) from error


def format_part(part: BaseModel) -> str:
    """Return TOML that reads back as the same recipe, each field explained by a comment."""
    lines: list[str] = []
    _write_table(part, "", lines)
    return "\n".join(lines).strip() + "\n"


def _write_table(part: BaseModel, path: str, lines: list[str]) -> None:
    """Write the plain values of `part`, then its tables, each under its own header."""
    fields = {name: getattr(part, name) for name in type(part).model_fields}
    tables = {name: value for name, value in fields.items() if value and _is_table(name, value)}
    for name, value in sorted(fields.items(), key=lambda field: field[0] not in {"kind", "name"}):
        if name not in tables:
            lines.append(_line(name, value, type(part).model_fields[name].description))
    for name, value in tables.items():
        inner = f"{path}.{name}" if path else name
        for entry in value if isinstance(value, tuple) else [value]:
            lines.extend(["", _header(inner, isinstance(value, tuple))])
            _write_table(entry, inner, lines)


def _is_table(name: str, value: Any) -> bool:
    if name in {"layers", "shortcut"}:
        return True
    if not isinstance(value, BaseModel) or name == "initial_weights":
        return False
    return name != "reduction" or len(type(value).model_fields) > 1


def _header(path: str, repeated: bool) -> str:  # noqa: FBT001 (a fact about the header, read at one place)
    return f"[[{path}]]" if repeated else f"[{path}]"


def _line(name: str, value: Any, description: str | None) -> str:
    comment = f"  # {' '.join(description.split())}" if description else ""
    if value is None:
        return f"# {name} = {comment.strip() or '# not set'}"
    return f"{name} = {_toml(value)}{comment}"


def _toml(value: Any) -> str:
    """Return a value in TOML; JSON's text for scalars is valid TOML too."""
    if isinstance(value, BaseModel):
        return _toml(value.model_dump(mode="json", exclude_none=True))
    if isinstance(value, dict):
        return (
            "{ " + ", ".join(f"{_key(key)} = {_toml(one)}" for key, one in value.items()) + " }"
            if value
            else "{}"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # the one that TOML escapes, too


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else _toml(key)
