"""What is to be compared, as it was asked: recipes, engines, values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wattlab.errors import RecipeError, UserError
from wattlab.recipe import Recipe
from wattlab.recipe.engine import engine_changes

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Question", "as_sequence", "check_question", "parse_engines"]


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


def check_question(question: Question) -> None:
    """Raise `wattlab.errors.UserError` for what is wrong whatever the recipes are."""
    if not question.recipes:
        msg = "there is nothing to compare; name at least one recipe (see: wattlab recipes)"
        raise RecipeError(msg)
    if question.threads is not None and question.threads < 1:
        msg = f"threads is {question.threads}; expected a whole number of at least 1"
        raise UserError(msg)
    _check_engines(question)
    for path, values in (question.vary or {}).items():
        _check_values(path, values)


def _check_engines(question: Question) -> None:
    """Refuse a text in place of a list, an engine named twice, and fields that both engine and changes decide."""
    if isinstance(question.engines, str):
        msg = f"engines is {question.engines!r}; expected a list, such as [{question.engines!r}]"
        raise UserError(msg)
    repeated = [spec for spec, count in Counter(question.engines).items() if count > 1]
    if repeated:
        msg = (
            f"engine {repeated[0]!r} is named twice; once is enough: the first candidate runs twice in each "
            "round as it is, to show the noise"
        )
        raise UserError(msg)
    for spec in question.engines:
        decided = {*engine_changes(spec), "engine"}
        for path in decided.intersection(question.changes or {}):
            msg = (
                f"--set {path}: engine {spec!r} of --engines decides that already; leave it out, and choose "
                f"another engine, such as native:compiled, native:torch, torch:compiled or keras:jax"
            )
            raise RecipeError(msg)


def _check_values(path: str, values: object) -> None:
    """Refuse values to vary that are none, no list, or named twice."""
    if isinstance(values, str) or not isinstance(values, Sequence):
        msg = f"vary of {path} is {values!r}; expected a list of values, such as [{values!r}]"
        raise UserError(msg)
    if not values:
        msg = f"--vary {path} names no values; write it as {path}=a,b"
        raise RecipeError(msg)
    if any(values.count(value) > 1 for value in values):
        msg = f"--vary {path} names a value twice; name each once"
        raise RecipeError(msg)
