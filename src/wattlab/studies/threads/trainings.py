"""Whole trainings with each number of threads: start-up, data and evaluations use them, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.errors import UserError
from wattlab.meter.statistics import median_quantity
from wattlab.studies.sweep.statistics import mean_of
from wattlab.studies.sweep.trainings import check_real_data, training_recipe
from wattlab.studies.target.asked import check_accuracy
from wattlab.studies.target.settling import DEFAULT_FRACTION, settle_recipes
from wattlab.studies.threads.answer import WholeTraining
from wattlab.studies.threads.plan import PlannedTrainings
from wattlab.studies.trainings.censored import censored_median, censored_ratio
from wattlab.studies.trainings.rounds import Candidate
from wattlab.studies.trainings.to_target import worst_provenance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wattlab.recipe import Recipe
    from wattlab.studies.threads.asked import ThreadsAsked
    from wattlab.studies.threads.plan import PlannedThreads, ThreadsPlan
    from wattlab.studies.trainings.censored import CensoredRatio
    from wattlab.studies.trainings.trained import Trained

    BySeed = Mapping[int, Trained]

__all__ = ["check_trainings", "plan_trainings", "whole_training"]


_TO_THE_END: Final = (
    "Whole trainings have so many epochs; no target or budget of the recipe ends one earlier."
)
_TO_VALIDATION: Final = f"--set data.validation_fraction={DEFAULT_FRACTION:g} --set stop.part=validation"


def check_trainings(asked: ThreadsAsked) -> None:
    """Refuse what is wrong with the trainings that are asked for, whatever the recipe is.

    Raises
    ------
    wattlab.errors.UserError
        Names what was said, and what would be right.
    """
    for name, value in (("epochs", asked.epochs), ("seeds", asked.seeds)):
        if value is not None and value < 1:
            msg = f"--{name} is {value}; expected a whole number of at least 1"
            raise UserError(msg)
    if asked.target is not None:
        check_accuracy(asked.target, "--target")
    if asked.seeds is not None and not asked.trains:
        msg = (
            f"--seeds {asked.seeds} counts whole trainings; say how long they are, as in --epochs 5 or --target 0.978, "
            "or leave --seeds out"
        )
        raise UserError(msg)


def plan_trainings(asked: ThreadsAsked, cells: Sequence[PlannedThreads]) -> PlannedTrainings | None:
    """Return what is trained as a whole; None where nobody asked for it.

    Parameters
    ----------
    asked : ThreadsAsked
        How long: so many epochs, or until a target is reached.
    cells : sequence of PlannedThreads
        Each becomes a candidate, in the same order.

    Raises
    ------
    wattlab.errors.UserError
        If the data is not here.
    """
    if not asked.trains:
        return None
    recipes = {place: cell.read() for place, cell in enumerate(cells) if not cell.refusal}
    part: str | None = None
    notes: tuple[str, ...] = (_TO_THE_END,)
    if asked.target is not None:
        recipes, part, notes = _to_target(asked, recipes)
    else:
        assert asked.epochs is not None
        check_real_data(next(iter(recipes.values())))
        recipes = {place: training_recipe(one, asked.epochs, one.seed) for place, one in recipes.items()}
    return PlannedTrainings(
        candidates=tuple(_candidate(cell, recipes.get(place)) for place, cell in enumerate(cells)),
        target=asked.target,
        epochs=asked.epochs,
        part=part,
        seeds=asked.n_seeds,
        notes=notes,
    )


def _to_target(
    asked: ThreadsAsked, recipes: Mapping[int, Recipe]
) -> tuple[dict[int, Recipe], str, tuple[str, ...]]:
    """Return the recipes that stop at the target, as `wattlab target` has them, and on which part they are judged."""
    changes = {"stop.target": asked.target}
    changes |= {} if asked.epochs is None else {"training.epochs": asked.epochs}
    judged = settle_recipes(
        [one.with_changes(changes) for one in recipes.values()], to_validation=_TO_VALIDATION
    )
    return dict(zip(recipes, judged.recipes, strict=True)), judged.part, judged.notes


def _candidate(cell: PlannedThreads, recipe: Recipe | None) -> Candidate:
    if recipe is None:
        return Candidate(label=cell.label, recipe=cell.recipe, refusal=cell.refusal)
    return Candidate.of(f"{cell.label}, whole training", recipe)


def whole_training(plan: ThreadsPlan, place: int, trained: Sequence[Trained]) -> WholeTraining | None:
    """Return what the whole trainings of one cell gave; None if there are none.

    Parameters
    ----------
    plan : ThreadsPlan
        With the cells.
    place : int
        Which of them.
    trained : sequence of Trained
        All trainings that are over.
    """
    own = _by_seed(trained, place)
    if plan.training is None or not own:
        return None
    time, energy = (_time, _energy) if plan.training.target is None else (_time_to_target, _energy_to_target)
    held = plan.baseline_of(place)
    base = {} if held == place else _by_seed(trained, held)
    both = {seed: (own[seed], base[seed]) for seed in sorted(own.keys() & base.keys())}
    ended = [one for one in own.values() if one.has_result]
    whole = [pair for pair in both.values() if all(one.has_result for one in pair)]
    median = censored_median([time(one) for one in own.values()], "s")
    return WholeTraining(
        n=len(own),
        n_finished=median.n_reached,
        time=median,
        time_ratio=_ratio(both, time),
        energy_ratio=_ratio(both, energy) if _is_measured(both) else None,
        cpu=median_quantity([one.cpu for one in ended if one.cpu], "s"),
        energy=median_quantity([one.energy for one in ended if one.energy], "J"),
        score=mean_of([one.score for one in ended if one.score is not None]),
        score_change=mean_of(
            [a.score - b.score for a, b in whole if a.score is not None and b.score is not None]
        ),
        failures=tuple(dict.fromkeys(one.failure for one in own.values() if one.failure is not None)),
    )


def _by_seed(trained: Sequence[Trained], place: int) -> dict[int, Trained]:
    return {one.seed: one for one in trained if one.candidate == place}


def _ratio(
    both: Mapping[int, tuple[Trained, Trained]], value: Callable[[Trained], float | None]
) -> CensoredRatio | None:
    pairs = [(value(own), value(base)) for own, base in both.values()]
    if not any(one is not None for pair in pairs for one in pair):
        return None
    return censored_ratio([own for own, _ in pairs], [base for _, base in pairs])


def _is_measured(both: Mapping[int, tuple[Trained, Trained]]) -> bool:
    return worst_provenance([one.energy for pair in both.values() for one in pair]) == "measured"


def _time(trained: Trained) -> float | None:
    return None if trained.wall is None or not trained.has_result else trained.wall.value


def _energy(trained: Trained) -> float | None:
    return None if trained.energy is None or not trained.has_result else trained.energy.value


def _time_to_target(trained: Trained) -> float | None:
    return None if trained.time_to_target is None else trained.time_to_target.value


def _energy_to_target(trained: Trained) -> float | None:
    return None if trained.energy_to_target is None else trained.energy_to_target.value
