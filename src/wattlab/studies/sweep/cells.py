"""The cells of a sweep: a recipe for every combination of the values, or why it cannot run."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final, Literal

from wattlab.errors import RecipeError, UserError
from wattlab.recipe import Recipe
from wattlab.recipe.engine import engine_changes
from wattlab.studies.candidates import find_candidates
from wattlab.studies.fields import find_field
from wattlab.studies.question import Question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattlab.studies.candidates import Candidate
    from wattlab.studies.sweep.asked import SweepAsked

__all__ = ["BATCH_SIZE", "BatchSize", "Cell", "Cells", "find_cells"]

BatchSize = int | Literal["all"]
BATCH_SIZE: Final = "training.batch_size"
_ENGINE: Final = "engine"


@dataclass(frozen=True)
class Cell:
    """One combination.

    Parameters
    ----------
    values : dict
        Those of the fields that vary, by the names they were given under.
    recipe : Recipe
        With all changes; where these do not fit, the recipe without them.
    refusal : str
        Why it cannot run; empty where it can.
    baseline : int or None
        Index of the cell that it is held against: itself for a baseline, None where only the batch size varies.
    """

    values: dict[str, Any]
    recipe: Recipe
    refusal: str
    baseline: int | None = None


@dataclass(frozen=True)
class Cells:
    """All combinations.

    Parameters
    ----------
    recipe : str
        Name of the recipe.
    batch_size : int or "all"
        The recipe's own.
    batch_field : str or None
        Under which name the batch size varies; None: it does not.
    baseline : dict
        Values of the baseline, but for the batch size.
    cells : tuple of Cell
        The last field varies first.
    """

    recipe: str
    batch_size: BatchSize
    batch_field: str | None
    baseline: dict[str, Any]
    cells: tuple[Cell, ...]


def find_cells(asked: SweepAsked) -> Cells:
    """Return the recipe of every combination, each engine asked whether it can.

    Raises
    ------
    wattlab.errors.UserError
        If the recipe, a field, a value or an engine is unknown or of the wrong kind, or if no combination can run.
    """
    recipe = Recipe.named(asked.recipe) if isinstance(asked.recipe, str) else asked.recipe
    engines = _engines(asked)
    changes = dict(asked.changes)
    if asked.device is not None:
        changes |= _once("engine.device", asked.device, changes)
    others = {name: values for name, values in asked.vary.items() if name != _ENGINE}
    batch_field = _check_fields(recipe, engines, changes, others)
    question = Question([recipe], engines, others, changes)
    found = dict(zip(_keys(engines, others), find_candidates(question), strict=True))
    cells = [_cell(found, dict(zip(asked.vary, one, strict=True))) for one in product(*asked.vary.values())]
    baseline = _baseline(asked, cells, batch_field)
    places = {_key(one.values): place for place, one in enumerate(cells)}
    held = [_held_against(one, baseline, places) for one in cells]
    numbered = (
        Cell(one.values, one.recipe, one.refusal, place) for one, place in zip(cells, held, strict=True)
    )
    return Cells(recipe.name, recipe.training.batch_size, batch_field, baseline, tuple(numbered))


def _engines(asked: SweepAsked) -> tuple[str, ...]:
    varied = tuple(map(str, asked.vary.get(_ENGINE, ())))
    if varied and asked.engine is not None:
        msg = f"--engine {asked.engine} is for all cells alike, but --vary names engines, too; leave one of them out"
        raise UserError(msg)
    return varied or ((asked.engine,) if asked.engine is not None else ())


def _once(path: str, value: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    if path in changes:
        msg = f"--set {path} and --device both say where to compute; leave one of them out"
        raise UserError(msg)
    return {path: value}


def _check_fields(
    recipe: Recipe, engines: Sequence[str], changes: Mapping[str, Any], vary: Mapping[str, Sequence[Any]]
) -> str | None:
    """Refuse fields and values that fit no engine; return under which name the batch size varies."""
    bases = _bases(recipe, engines, changes)
    batch_field = None
    for name, values in vary.items():
        path = find_field(bases[0], name)
        batch_field = name if path == BATCH_SIZE else batch_field
        for value in values:
            _check_value(bases, name, path, value)
    return batch_field


def _bases(recipe: Recipe, engines: Sequence[str], changes: Mapping[str, Any]) -> list[Recipe]:
    """Return the recipe on each engine; where one does not go together with the changes, that is its cells' refusal."""
    found, problem = [], None
    for spec in engines or ("",):
        try:
            found.append(recipe.with_changes({**(engine_changes(spec) if spec else {}), **changes}))
        except RecipeError as error:
            problem = error
    if not found and problem is not None:
        raise problem
    return found


def _check_value(bases: Sequence[Recipe], name: str, path: str, value: object) -> None:
    problem: RecipeError | None = None
    for base in bases:
        try:
            base.with_changes({path: value})
        except RecipeError as error:
            problem = error
        else:
            return
    msg = f"--vary {name}={value}: {problem}"
    raise RecipeError(msg)


def _keys(engines: Sequence[str], others: Mapping[str, Sequence[Any]]) -> list[tuple[str, str]]:
    """Return what tells the candidates apart, in their order."""
    return [(spec, repr(values)) for spec, values in product(engines or [""], product(*others.values()))]


def _cell(found: Mapping[tuple[str, str], Candidate], values: dict[str, Any]) -> Cell:
    others = tuple(value for name, value in values.items() if name != _ENGINE)
    engine = values.get(_ENGINE)
    one = next(
        candidate
        for (spec, rest), candidate in found.items()
        if rest == repr(others) and (engine is None or spec == engine)
    )
    return Cell(values, one.recipe, one.refusal)


def _baseline(asked: SweepAsked, cells: Sequence[Cell], batch_field: str | None) -> dict[str, Any]:
    """Return the values of the baseline: those named, else the first of each field with which something can run."""
    if batch_field in asked.baseline:
        msg = (
            f"--baseline {batch_field}: ratios are at equal batch size, so each size has a baseline of its own; "
            "leave it out"
        )
        raise UserError(msg)
    wanted = dict(asked.baseline).items()
    fitting = [one for one in cells if wanted <= one.values.items()] if wanted else list(cells)
    chosen = next((one for one in fitting if not one.refusal), fitting[0])
    return {name: value for name, value in chosen.values.items() if name != batch_field}


def _held_against(
    cell: Cell, baseline: Mapping[str, Any], places: Mapping[tuple[tuple[str, str], ...], int]
) -> int | None:
    return places[_key({**cell.values, **baseline})] if baseline else None


def _key(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, repr(value)) for name, value in values.items())
