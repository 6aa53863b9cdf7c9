"""What a reader must know of how a target is judged, known before anything is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.recipe import Recipe

__all__ = ["planned_notes"]


def planned_notes(
    before: Sequence[Recipe],
    settled: Sequence[Recipe],
    part: Literal["test", "validation"],
    to_validation: str,
) -> tuple[str, ...]:
    """Return what must be known, a sentence or two each.

    Parameters
    ----------
    before, settled : sequence of Recipe
        As they were asked for, and as they are trained, in the same order.
    part : {"test", "validation"}
        On which the target is judged.
    to_validation : str
        Options that have it judged on the validation part.
    """
    about = _test_part(to_validation) if part == "test" else _validation_part(settled)
    rates = [_rate(old, new, part) for old, new in zip(before, settled, strict=True)]
    return (about, *_divisions(settled), *dict.fromkeys(filter(None, rates)), *_ends(settled))


def _test_part(to_validation: str) -> str:
    return (
        "The target is judged on the test part, as the sources did: it decides when a training ends, so the figures "
        f"are optimistic. {to_validation} judges on samples set aside, and opens the test part once."
    )


def _validation_part(recipes: Sequence[Recipe]) -> str:
    fractions = dict.fromkeys(one.data.validation_fraction for one in recipes)
    shares = " or ".join(f"{one:.3g} of the training samples" for one in fractions if one)
    opened = all(one.evaluation.test for one in recipes)
    test = "the test part is opened once, when a training is over" if opened else "the test part stays closed"
    return f"The target is judged on the validation part{f' ({shares})' if shares else ''}; {test}."


def _divisions(recipes: Sequence[Recipe]) -> list[str]:
    """Return that the same target is not the same task where recipes read or divide the data differently."""
    first = recipes[0].data
    differ = {
        f"data.{name}"
        for one in recipes[1:]
        for name in type(first).model_fields
        if getattr(one.data, name) != getattr(first, name)
    }
    if not differ:
        return []
    return [
        f"The recipes differ in {', '.join(sorted(differ))}: the same target is not quite the same task for them."
    ]


def _rate(before: Recipe, settled: Recipe, part: Literal["test", "validation"]) -> str:
    """Return how often a recipe looks at the part, where that is not after every epoch or not its own way."""
    evaluation, name = settled.evaluation, f"evaluation.{part}_every"
    every = evaluation.test_every if part == "test" else evaluation.validation_every
    if every > 1:
        return (
            f"{settled.name} looks at the {part} part after every {every} epochs only, so it may have reached the "
            f"target up to {every - 1} epochs earlier: --set {name}=1"
        )
    if part == "test" and before.evaluation.test_every == 0:
        return (
            f"{settled.name} by itself looks at the test part at its end only; here it does after every epoch, and "
            "that time and energy count."
        )
    return ""


def _ends(recipes: Sequence[Recipe]) -> list[str]:
    """Return which of the recipes' own conditions may end a training before its target."""
    found = []
    for one in recipes:
        conditions = {
            "stop.patience": one.stop.patience,
            "stop.time_budget_s": one.stop.time_budget_s,
            "stop.energy_budget_J": one.stop.energy_budget_J,
        }
        own = ", ".join(f"{name} = {value:g}" for name, value in conditions.items() if value is not None)
        if own:
            found.append(f"{one.name} has {own}, which may end a training before its target.")
    return list(dict.fromkeys(found))
