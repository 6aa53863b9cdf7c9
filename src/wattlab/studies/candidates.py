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

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattlab.engines.base import Engine

__all__ = ["Candidate", "Question", "as_sequence", "find_candidates", "parse_engines", "title"]


@dataclass(frozen=True)
class Question:
    """What is to be compared.

    Parameters
    ----------
    recipes : sequence of Recipe or str
        Recipes, their names, or paths of TOML files.
    engines : sequence of str
        In short, such as "keras:jax"; empty: each recipe's own.
    vary : mapping of str to sequence
        Values by field; the field's path, or its bare name where only one part of the recipe has it.
    changes : mapping of str
        Values by path, for all candidates alike.
    threads : int or None
        For every recipe that leaves them open; None: as many as there are cores.
    """

    recipes: Sequence[Recipe | str]
    engines: Sequence[str] = ()
    vary: Mapping[str, Sequence[Any]] | None = None
    changes: Mapping[str, Any] | None = None
    threads: int | None = None


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
    _check(question)
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


def as_sequence(recipes: Recipe | str | Sequence[Recipe | str]) -> Sequence[Recipe | str]:
    """Return one recipe as a sequence of one."""
    return [recipes] if isinstance(recipes, (Recipe, str)) else recipes


def parse_engines(text: str | None) -> tuple[str, ...]:
    """Split ``native,keras:jax`` into engines; `wattlab.errors.UserError` where a name is empty.

    Examples
    --------
    >>> parse_engines("native, keras:jax")
    ('native', 'keras:jax')
    """
    if text is None:
        return ()
    specs = tuple(spec.strip() for spec in text.split(","))
    if not all(specs):
        msg = f"--engines {text!r} has an empty name; write it as native,torch,keras:jax"
        raise UserError(msg)
    return specs


def title(candidates: Sequence[Candidate]) -> str:
    """Return the question in one line, such as "mnist-blog: native, torch"."""
    names = list(dict.fromkeys(one.recipe.name for one in candidates))
    labels = ", ".join(one.label for one in candidates)
    return labels if [one.label for one in candidates] == names else f"{', '.join(names)}: {labels}"


def _check(question: Question) -> None:
    if not question.recipes:
        msg = "there is nothing to compare; name at least one recipe (see: wattlab recipes)"
        raise RecipeError(msg)
    if question.threads is not None and question.threads < 1:
        msg = f"threads is {question.threads}; expected a whole number of at least 1"
        raise UserError(msg)
    repeated = [spec for spec, count in Counter(question.engines).items() if count > 1]
    if repeated:
        msg = (
            f"engine {repeated[0]!r} is named twice; once is enough: the first candidate runs twice in each "
            "round as it is, to show the noise"
        )
        raise UserError(msg)
    for path, values in (question.vary or {}).items():
        if not values:
            msg = f"--vary {path} names no values; write it as {path}=a,b"
            raise RecipeError(msg)
        if any(values.count(value) > 1 for value in values):
            msg = f"--vary {path} names a value twice; name each once"
            raise RecipeError(msg)


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
        engine.check(recipe)
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
    if all(one.refusal for one in found):
        msg = "\n".join(f"{one.label}: {one.refusal}" if len(found) > 1 else one.refusal for one in found)
        raise UserError(msg)
