"""What is trained: the recipes with the target, judged on one part, stopped there, all on the same data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from wattlab.data.catalog import load, located
from wattlab.errors import RecipeError, UserError
from wattlab.studies.candidates import find_candidates, title
from wattlab.studies.question import Question, as_sequence
from wattlab.studies.target.asked import check_accuracy
from wattlab.studies.target.planned_notes import planned_notes
from wattlab.studies.trainings.rounds import Candidate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.recipe import Recipe
    from wattlab.studies import candidates
    from wattlab.studies.target.asked import TargetAsked

__all__ = ["DEFAULT_FRACTION", "Judged", "Settled", "settle", "settle_recipes"]

DEFAULT_FRACTION: Final = 0.15
"""Share of the training samples set aside where the validation part is asked for and a recipe has none."""
Part = Literal["test", "validation"]


@dataclass(frozen=True)
class Settled:
    """What is trained.

    Parameters
    ----------
    title : str
    candidates : tuple of Candidate
        Each with all that is asked.
    target : float
        Accuracy or R².
    part : {"test", "validation"}
        On which it is judged.
    notes : tuple of str
        What a reader must know of how it is judged, in sentences.
    """

    title: str
    candidates: tuple[Candidate, ...]
    target: float
    part: Part
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Judged:
    """Recipes that stop at the same target.

    Parameters
    ----------
    recipes : tuple of Recipe
    target : float
        Accuracy or R².
    part : {"test", "validation"}
        On which it is judged.
    notes : tuple of str
        What a reader must know of how it is judged, in sentences.
    """

    recipes: tuple[Recipe, ...]
    target: float
    part: Part
    notes: tuple[str, ...]


def settle(asked: TargetAsked) -> Settled:
    """Return what is to be trained; the data is read once, so that no training pays for fetching it.

    Parameters
    ----------
    asked : TargetAsked
        Checked by `check_asked`.

    Raises
    ------
    wattlab.errors.UserError
        If a recipe, field, value or engine is wrong, the data is not here, no recipe can run, or the recipes do not
        agree on data, target or part.
    """
    found = find_candidates(_question(asked))
    part = asked.part or (None if asked.validation_fraction is None else "validation")
    judged = settle_recipes([one.recipe for one in found if not one.refusal], part)
    recipes = iter(judged.recipes)
    planned = (_planned(one, one.recipe if one.refusal else next(recipes)) for one in found)
    return Settled(
        f"{title(found)} to {judged.target:g}", tuple(planned), judged.target, judged.part, judged.notes
    )


def settle_recipes(
    recipes: Sequence[Recipe], part: Part | None = None, to_validation: str = "--part validation"
) -> Judged:
    """Return recipes that all stop at the same target, judged on the same part; their data is read once.

    Parameters
    ----------
    recipes : sequence of Recipe
        At least one, with a target.
    part : {"test", "validation"}, optional
        On which it is judged; left out: as the recipes say.
    to_validation : str, optional
        Options that have it judged on the validation part, for a note.

    Raises
    ------
    wattlab.errors.UserError
        If the data is not here, or the recipes do not agree on data, target or part.
    """
    target = _common_target(recipes)
    _check_same_data(recipes)
    has_part = _look_at_data(recipes)
    ready = [_Ready.of(one, part, has_part=has) for one, has in zip(recipes, has_part, strict=True)]
    common = _common_part(ready, part)
    settled = tuple(one.with_target(target, common) for one in ready)
    notes = planned_notes([one.recipe for one in ready], settled, common, to_validation)
    return Judged(settled, target, common, notes)


def _question(asked: TargetAsked) -> Question:
    changes = {**asked.changes, **asked.options()}
    engines = () if asked.engine is None else (asked.engine,)
    return Question(as_sequence(asked.recipes), engines, asked.vary, changes)


def _planned(candidate: candidates.Candidate, recipe: Recipe) -> Candidate:
    # A study may be resumed from another folder.
    text = recipe.model_copy(update={"data": located(recipe.data)}).to_toml()
    return Candidate(label=candidate.label, recipe=text, refusal=candidate.refusal)


def _common_target(recipes: Sequence[Recipe]) -> float:
    targets = {one.name: one.stop.target for one in recipes}
    lacking = [name for name, target in targets.items() if target is None]
    if lacking:
        msg = f"recipe {lacking[0]!r} has no stop.target; say what to reach, as in: --accuracy 0.978"
        raise UserError(msg)
    first, *others = dict.fromkeys(one.stop.target for one in recipes)
    if others:
        told = ", ".join(f"{name} {target:g}" for name, target in targets.items())
        msg = f"the recipes have different targets ({told}); say which is meant, as in: --accuracy {first:g}"
        raise UserError(msg)
    assert first is not None
    check_accuracy(first, "the target")
    return first


def _check_same_data(recipes: Sequence[Recipe]) -> None:
    first, *others = recipes
    for one in others:
        if (one.data.dataset, one.data.task) != (first.data.dataset, first.data.task):
            msg = (
                f"recipes {first.name!r} and {one.name!r} learn from different data ({first.data.dataset} and "
                f"{one.data.dataset}), so that times to one target would mean nothing; name recipes for the same data"
            )
            raise RecipeError(msg)


def _look_at_data(recipes: Sequence[Recipe]) -> list[bool]:
    """Read the data of all recipes, each once, and return whether it has a validation part."""
    known: dict[str, bool] = {}
    for one in recipes:
        text = one.data.model_dump_json()
        if text not in known:
            known[text] = load(one.data).validation is not None
    return [known[one.data.model_dump_json()] for one in recipes]


@dataclass(frozen=True)
class _Ready:
    """A recipe whose data is here, and on which part it judges by itself."""

    recipe: Recipe
    part: Part
    has_own_part: bool
    """Whether the data comes with a validation part."""

    @classmethod
    def of(cls, recipe: Recipe, asked: Part | None, *, has_part: bool) -> _Ready:
        has_own = has_part and recipe.data.validation_fraction == 0
        wanted = asked or recipe.stop.part
        if wanted == "auto":
            return cls(recipe, "validation" if has_part else "test", has_own)
        if wanted == "validation" and not has_part:
            recipe = recipe.with_changes({"data.validation_fraction": DEFAULT_FRACTION})
        return cls(recipe, wanted, has_own)

    def with_target(self, target: float, part: Part) -> Recipe:
        """Return the recipe that stops at the target, and opens no other part before its end."""
        # A part that the data comes with has no share, which stop.part = "validation" asks for.
        judged = "auto" if part == "validation" and self.has_own_part else part
        changes: dict[str, Any] = {"stop.target": target, "stop.at_target": True, "stop.part": judged}
        if part == "validation":
            changes["evaluation.test_every"] = 0
        elif self.recipe.evaluation.test_every == 0:
            changes["evaluation.test_every"] = 1
        return self.recipe.with_changes(changes)


def _common_part(ready: Sequence[_Ready], asked: Part | None) -> Part:
    parts = dict.fromkeys(one.part for one in ready)
    if asked is None and len(parts) > 1:
        told = ", ".join(f"{one.recipe.name}: {one.part}" for one in ready)
        msg = (
            f"the recipes are judged on different parts of the data ({told}); say which is meant: --part test, or "
            "--part validation"
        )
        raise UserError(msg)
    return next(iter(parts))
