"""Pydantic's findings as sentences a user can act on."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from wattlab.errors import RecipeError

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

__all__ = ["first_finding", "nearest", "to_recipe_error"]

_EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "text in quotes",
    "bool_type": "true or false",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "tuple_type": "a list",
    "finite_number": "a finite number",
}
_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
_LENGTHS = {"too_short": ("min_length", "at least"), "too_long": ("max_length", "at most")}
_PATTERNS = {
    "^(cpu": "cpu, cuda or cuda:N",
    "^[A-Za-z0-9]": "letters, digits, '.', '-' and '_', beginning with a letter or digit",
    "^[A-Za-z]": "letters, digits, '-' and '_', beginning with a letter",
}
"""What a text must look like, by how its pattern begins."""
_EXAMPLES = {
    "data": '[data] with dataset = "digits"',
    "network": '[network] with layers = [{ units = 32, activation = "relu" }, { activation = "softmax" }]',
    "loss": '[loss] with kind = "cross-entropy"',
    "optimizer": '[optimizer] with kind = "adam" and learning_rate = 0.001',
}
"""What the tables hold that every recipe needs, at the least."""


def nearest(name: str, allowed: list[str]) -> str:
    """Return "; did you mean …?" for names close to `name`, else an empty string."""
    close = get_close_matches(name, allowed, n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(repr(one) for one in close)}?" if close else ""


def first_finding(error: ValidationError) -> str:
    """Return where a file is not what it should be, and why: "at cost.total: Field required"."""
    first = error.errors()[0]
    place = ".".join(str(key) for key in first["loc"])
    return f"at {place or 'its beginning'}: {first['msg']}"


def to_recipe_error(error: ValidationError, source: str, model: type[BaseModel]) -> RecipeError:
    """Turn all findings of one validation into one `RecipeError`, one line each."""
    places: dict[str, list[str]] = {}
    for finding in _own(error.errors(include_url=False)):
        places.setdefault(_path(finding["loc"]), []).append(_sentence(finding, model))
    lines = [f"recipe {source!r}: {_joined(sentences)}" for sentences in places.values()]
    return RecipeError("\n".join(dict.fromkeys(lines)))


def _own(findings: list[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out lists that are too short only as pydantic dropped an entry, which is a finding of its own."""
    places = [finding["loc"] for finding in findings]

    def holds_another(place: tuple[int | str, ...]) -> bool:
        return any(len(one) > len(place) and one[: len(place)] == place for one in places)

    return [one for one in findings if one["type"] != "too_short" or not holds_another(one["loc"])]


def _joined(sentences: list[str]) -> str:
    """Join what the members of a union expect at the same place: "… expected a number or one of …"."""
    first, *others = sentences
    return " or ".join(
        [first, *(other.partition("; expected ")[2] for other in others if "; expected " in other)]
    )


def _path(location: tuple[int | str, ...]) -> str:
    """Return ``network.layers[1].units``; the tags of unions are left out."""
    path = ""
    for index, key in enumerate(location):
        if isinstance(key, int):
            path += f"[{key}]"
        elif not _is_tag(location, index):
            path += f".{key}" if path else key
    return path


_UNIONS = {
    "batch_size",
    "engine",
    "initial_weights",
    "jit_compile",
    "kernel",
    "loss",
    "loss_scale",
    "optimizer",
    "reduction",
    "schedule",
    "size",
    "stride",
}
_LISTS_OF_UNIONS = {"layers", "shortcut"}


def _is_tag(location: tuple[int | str, ...], index: int) -> bool:
    """Tell whether a key names the member of a union, which pydantic puts behind the union's field."""
    if index > 1 and location[index - 2] == "options":
        return True
    if index > 1 and isinstance(location[index - 1], int) and location[index - 2] in _LISTS_OF_UNIONS:
        return True
    return index > 0 and location[index - 1] in _UNIONS


def _sentence(finding: ErrorDetails, model: type[BaseModel]) -> str:
    path, kind, context = _path(finding["loc"]), finding["type"], finding.get("ctx", {})
    if kind == "value_error":
        message = str(context["error"])
        return f"{path}{'.' if message.startswith('layers[') else ': '}{message}" if path else message
    if kind == "missing":
        example = f", such as {_EXAMPLES[path]}" if path in _EXAMPLES else ""
        return f"{path} is missing; add it{example}"
    if kind == "extra_forbidden":
        return _unknown_field(finding, path, model)
    value = finding["input"]
    if kind == "union_tag_invalid":
        path, value = f"{path}.{_tag_field(context)}", context["tag"]
    return f"{path} is {value!r}; expected {_expected(kind, context, value, finding['msg'])}"


def _tag_field(context: dict[str, Any]) -> str:
    """Return the field that tells the members of a union apart; a function that reads it is named after it."""
    field: str = context["discriminator"].strip("'_()")
    return field


def _expected(kind: str, context: dict[str, Any], value: Any, message: str) -> str:
    if kind in _EXPECTED:
        return _EXPECTED[kind]
    if kind in _LENGTHS:
        key, words = _LENGTHS[kind]
        return f"a list of {words} {context[key]} {'entry' if context[key] == 1 else 'entries'}"
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        number = "a whole number" if isinstance(value, int) and isinstance(context[key], int) else "a number"
        return f"{number} of {words} {context[key]:g}"
    if kind in {"literal_error", "union_tag_invalid"}:
        return f"one of {context.get('expected') or context['expected_tags']}"
    if kind == "union_tag_not_found":
        return f'a table with {_tag_field(context)!r}, such as {_tag_field(context)} = "…"'
    pattern = context.get("pattern", "")
    fitting = (words for start, words in _PATTERNS.items() if pattern.startswith(start))
    return next(fitting, message[0].lower() + message[1:])


def _unknown_field(finding: ErrorDetails, path: str, model: type[BaseModel]) -> str:
    allowed = _fields_at(model, finding["loc"][:-1])
    name = str(finding["loc"][-1])
    hint = nearest(name, allowed) or (f"; allowed are {', '.join(allowed)}" if allowed else "")
    return f"{path} is not a field of a recipe{hint}"


def _fields_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """Return the field names of the model found by walking `location` down from `model`."""
    current: list[type[BaseModel]] = [model]
    for key in location:
        if isinstance(key, int):
            continue
        tagged = [one for one in current if key in _tags(one)]
        if tagged:
            current = tagged
            continue
        current = [
            inner
            for one in current
            if key in one.model_fields
            for inner in _models_in(one.model_fields[key].annotation)
        ]
    return sorted({name for one in current for name in one.model_fields})


def _tags(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the kinds that a member of a union stands for, or the name of an engine."""
    kind = model.model_fields.get("kind") or model.model_fields.get("name")
    return () if kind is None else get_args(kind.annotation)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]
