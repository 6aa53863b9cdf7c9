"""From trainings to an answer: a row for each candidate, the comparison, the verdict, notes."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from wattlab.recipe.schedule import Steps
from wattlab.studies.course import answer_head
from wattlab.studies.superconvergence.answer import Superconvergence
from wattlab.studies.superconvergence.arms import judges_by_validation, recipe_of
from wattlab.studies.superconvergence.comparing import compare
from wattlab.studies.superconvergence.row import ArmRow
from wattlab.studies.superconvergence.verdict import find_verdict
from wattlab.studies.trainings.to_target import to_target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wattlab.studies.superconvergence.plan import SuperconvergencePlan
    from wattlab.studies.superconvergence.searching import Search

__all__ = ["make_answer"]

_POINTS: Final = 100
_BUSY: Final = 0.1


def make_answer(plan: SuperconvergencePlan, search: Search) -> Superconvergence:
    """Return what is known so far.

    Parameters
    ----------
    plan : SuperconvergencePlan
        What was to be done.
    search : Search
        Which may have been interrupted.
    """
    rows = tuple(_row(search, place) for place in range(len(search.entries)))
    found = None
    if search.complete and search.compared is not None:
        constant, cycle = (search.trained(place) for place in search.compared)
        found = compare(constant, cycle, fresh=plan.fresh)
    verdict = find_verdict(
        rows, found, plan.target, complete=search.complete, budget_ended=search.budget_ended
    )
    trainings = tuple(search.rounds.trained[key] for key in sorted(search.rounds.trained))
    return Superconvergence(
        **answer_head(plan),
        recipe=search.base.name,
        target=plan.target,
        part=_part(search),
        score_name=next((one.score_name for one in trainings if one.score_name), None),
        epochs=plan.epochs,
        seeds=plan.seeds,
        complete=search.complete,
        rows=rows,
        comparison=found,
        verdict=verdict.verdict,
        verdicts=verdict.sentences,
        trainings=trainings,
        notes=tuple(_notes(plan, search)),
    )


def _row(search: Search, place: int) -> ArmRow:
    entry, trained = search.entries[place], search.trained(place)
    chosen = {search.constant, search.cycle, *(search.compared or ())}
    failures = dict.fromkeys(one.failure for one in trained if one.failure is not None)
    return ArmRow(
        label=entry.label,
        arm=entry.arm,
        rate=entry.rate,
        epochs=entry.epochs,
        fresh=entry.fresh,
        chosen=place in chosen,
        to_target=to_target(trained),
        best=_median(one.best for one in trained),
        test=_median(one.test_score for one in trained),
        n_diverged=sum(one.cause == "diverged" for one in trained),
        failures=tuple(failures),
        learning_rates=_rates(search, place),
    )


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _rates(search: Search, place: int) -> tuple[tuple[float, float], ...]:
    """Return the schedule at evenly spaced times; how many batches an epoch has does not matter to its shape."""
    entry = search.entries[place]
    recipe = recipe_of(search.base, entry, search.plan.target, 0)
    total = _POINTS * entry.epochs
    rates = recipe.schedule_values(Steps(0, total, _POINTS, total)).learning_rate
    few = np.unique(np.linspace(0, total - 1, _POINTS).round().astype(int))
    return tuple(((int(step) + 1) / _POINTS, float(rates[step])) for step in few)


def _part(search: Search) -> Literal["test", "validation"]:
    return "validation" if judges_by_validation(search.base) else "test"


def _notes(plan: SuperconvergencePlan, search: Search) -> Iterable[str]:
    if _part(search) == "test":
        yield (
            "Rates, cycle and target are judged on the test part, as the sources did, so its scores are too good; "
            "--validation-fraction 0.1 judges on a part of the training samples instead."
        )
    else:
        yield "Rates, cycle and target are judged on the validation part."
    if search.compared is not None and plan.fresh:
        first, last = search.base.seed, search.base.seed + plan.search_seeds - 1
        chose = f"seed {first}" if first == last else f"seeds {first} to {last}"
        others = "another one" if plan.seeds == 1 else f"{plan.seeds} others"
        yield f"Both were chosen by {chose}, and are compared by {others}."
    elif search.compared is not None:
        yield "Both are compared by the seeds that chose them, which flatters both."
    constants = [entry.rate for entry in search.entries if entry.arm == "constant"]
    if search.constant is not None and len(set(constants)) > 1:
        best = search.entries[search.constant].rate
        if best in {min(constants), max(constants)}:
            yield (
                f"The best constant rate, {best:g}, is at the end of those that were tried; --rates names others."
            )
    if search.budget_ended:
        yield f"The budget of {plan.budget_s:g} s ended the search: there was no time for more rates or longer cycles."
    busy = sum((one.foreign_load or 0.0) > _BUSY for one in search.rounds.trained.values())
    if busy:
        yield (
            f"Other processes kept the machine busy just before {busy} of the trainings: times are longer than need be."
        )
