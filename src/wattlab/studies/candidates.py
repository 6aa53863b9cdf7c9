"""What is compared: every recipe on every engine with every value, each under a label that says what differs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattlab.engines.registry import get_engine
from wattlab.errors import MissingExtraError, RecipeError, UnsupportedError, UserError
from wattlab.machine.threads import usable_cores
from wattlab.recipe import Recipe
from wattlab.recipe.engine import engine_changes
from wattlab.studies.fields import find_field
from wattlab.studies.question import check_question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattlab.engines.base import Engine
    from wattlab.studies.question import Question

__all__ = ["Candidate", "find_candidates", "title"]


@dataclass(frozen=True)
class Candidate:
    """One way to train.

    Parameters
    ----------
    label : str
        What differs from the others, unique among them.
    recipe : Recipe
        With all changes; where these do not fit, the recipe without them.
    refusal : str
        Why it cannot run; empty where it can.
    """

    label: str
    recipe: Recipe
    refusal: str = ""


def find_candidates(question: Question) -> tuple[Candidate, ...]:
    """Return all candidates in order: by recipe, then by engine, then by value.

    Raises
    ------
    wattlab.errors.UserError
        If the question itself is wrong: an unknown recipe, engine or field, two candidates that are the same,
        or none that can run.
    """
    check_question(question)
    recipes = [Recipe.named(one) if isinstance(one, str) else one for one in question.recipes]
    sources = _sources(question.recipes, recipes)
    engines = [(spec, engine_changes(spec)) for spec in question.engines] or [("", {})]
    varied, changes = question.vary or {}, question.changes or {}
    found = []
    for (source, recipe), (spec, engine) in product(zip(sources, recipes, strict=True), engines):
        base = _changed(recipe, {**engine, **changes})
        fields = {name: find_field(base.recipe, name) for name in varied} if not base.refusal else {}
        _check_conflicts(fields, {**engine, **changes})
        for values in product(*varied.values()):
            chosen = dict(zip(varied, values, strict=True))
            by_path = {fields[name]: value for name, value in chosen.items() if fields}
            changed = base if base.refusal else _changed(base.recipe, by_path)
            label = _label(question, source, spec, chosen) or spec or recipe.name
            found.append(_ready(replace(changed, label=label), question.threads))
    _check_found(found)
    return tuple(found)


def title(candidates: Sequence[Candidate]) -> str:
    """Return the question in one line, such as "mnist-blog: native, torch"."""
    names = list(dict.fromkeys(one.recipe.name for one in candidates))
    labels = ", ".join(one.label for one in candidates)
    return labels if [one.label for one in candidates] == names else f"{', '.join(names)}: {labels}"


def _sources(given: Sequence[Recipe | str], recipes: Sequence[Recipe]) -> list[str]:
    """Return what tells the recipes apart: their names, else the names of their files, else the paths."""
    paths = [one if isinstance(one, str) else recipe.name for one, recipe in zip(given, recipes, strict=True)]
    for names in ([recipe.name for recipe in recipes], [Path(one).stem for one in paths], paths):
        if len(set(names)) == len(names):
            return names
    repeated = next(name for name, count in Counter(paths).items() if count > 1)
    msg = f"recipe {repeated!r} is named twice; name it once, or give the second another name"
    raise RecipeError(msg)


def _label(question: Question, source: str, spec: str, values: Mapping[str, Any]) -> str:
    """Return what differs, in words; empty where nothing does."""
    parts = [source] if len(question.recipes) > 1 else []
    parts += [spec] if len(question.engines) > 1 else []
    varied = question.vary or {}
    parts += [_value_label(path, value) for path, value in values.items() if len(varied[path]) > 1]
    return ", ".join(parts)


def _value_label(path: str, value: object) -> str:
    """Return a value in words: text speaks for itself, a number does not."""
    if isinstance(value, str):
        return value
    text = "unset" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return f"{path.rpartition('.')[2]} {text}"


def _changed(recipe: Recipe, changes: Mapping[str, Any]) -> Candidate:
    """Return the candidate with these changes, or why they do not fit."""
    try:
        return Candidate("", recipe.with_changes(dict(changes)) if changes else recipe)
    except RecipeError as error:
        return Candidate("", recipe, str(error))


def _check_conflicts(fields: Mapping[str, str], changes: Mapping[str, Any]) -> None:
    """Refuse to vary what is set for all, and to vary one field under two names."""
    for name, path in fields.items():
        if path in changes:
            msg = f"--vary {name}: {path} is already set to {changes[path]!r} for all; leave one of them out"
            raise RecipeError(msg)
    repeated = [path for path, count in Counter(fields.values()).items() if count > 1]
    if repeated:
        msg = f"--vary names {repeated[0]} twice; give all its values at once"
        raise RecipeError(msg)


def _ready(candidate: Candidate, threads: int | None) -> Candidate:
    """Set the threads of a recipe that leaves them open, and ask the engine whether it can."""
    if candidate.refusal:
        return candidate
    recipe = candidate.recipe
    try:
        engine = get_engine(recipe.engine.name)
        recipe = _with_equal_threads(recipe, engine, threads or usable_cores())
        engine.check_recipe(recipe)
    except (UnsupportedError, MissingExtraError) as error:
        return replace(candidate, refusal=str(error))
    return replace(candidate, recipe=recipe)


def _with_equal_threads(recipe: Recipe, engine: Engine, count: int) -> Recipe:
    """Set the threads of a recipe that leaves them open; an engine that knows that fewer serve better has those.

    Its own choice is left to it where all cores are allowed, else it is set, so that it stays within `count`.
    """
    if recipe.engine.threads is not None:
        return recipe
    preferred = engine.preferred_threads(recipe)
    if preferred is not None and count >= usable_cores():
        return recipe
    return recipe.with_changes({"engine.threads": min(count, preferred or count)})


def _check_found(found: Sequence[Candidate]) -> None:
    repeated = [label for label, count in Counter(one.label for one in found).items() if count > 1]
    if repeated:
        msg = f"two candidates would both be called {repeated[0]!r}; give their recipes different names"
        raise RecipeError(msg)
    _check_different([one for one in found if not one.refusal])
    if all(one.refusal for one in found):
        msg = "\n".join(f"{one.label}: {one.refusal}" if len(found) > 1 else one.refusal for one in found)
        raise UserError(msg)


def _check_different(found: Sequence[Candidate]) -> None:
    """Refuse two candidates that would do the same under different names."""
    labels: dict[str, str] = {}
    for one in found:
        content = one.recipe.model_dump_json(exclude={"name", "description"})
        if content in labels:
            msg = f"{labels[content]!r} and {one.label!r} are the same but for their names; leave one of them out"
            raise RecipeError(msg)
        labels[content] = one.label
