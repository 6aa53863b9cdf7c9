"""From trials and repetitions to the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.recipe import Recipe
from wattlab.studies.tune.answer import Opened, Tune
from wattlab.studies.tune.base import opened
from wattlab.studies.tune.baseline import baseline_of
from wattlab.studies.tune.choosing import front
from wattlab.studies.tune.importance import importance_of
from wattlab.studies.tune.notes import tune_notes
from wattlab.studies.tune.sampling import sampler_text
from wattlab.studies.tune.storage import dashboard_command, public_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.trainings.trained import Trained
    from wattlab.studies.tune.answer import Baseline, Finalist, Spent, TunedTrial
    from wattlab.studies.tune.plan import TunePlan
    from wattlab.studies.tune.store import Prepared
    from wattlab.studies.tune.verdict import Verdict

__all__ = ["make_answer", "winning_recipe"]


def winning_recipe(plan: TunePlan, finalist: Finalist) -> Recipe:
    """Return the recipe of a finalist as it is written: under a name of its own, with its test part open."""
    recipe = opened(Recipe.from_toml(finalist.recipe, finalist.label))
    name = plan.base if plan.base.endswith("-tuned") else f"{plan.base}-tuned"
    wanted = "least" if plan.target is not None else "best"
    text = f"{plan.dataset}: {wanted} {plan.goals[0]} found by wattlab tune"
    if plan.target is not None:
        text += f", to a validation score of {plan.target:g}"
    return recipe.model_copy(update={"name": name, "description": text})


def make_answer(
    plan: TunePlan,
    prepared: Prepared | None,
    trials: Sequence[TunedTrial],
    verdict: Verdict,
    last: Trained | None,
    spent: Spent,
    url: str,
    *,
    complete: bool,
) -> Tune:
    """Return the answer, as far as a study has come.

    Parameters
    ----------
    plan : TunePlan
        What was asked.
    prepared : Prepared or None
        Baseline and range tests; None: interrupted before.
    trials : sequence of TunedTrial
        Of the search.
    verdict : Verdict
        Of the repetitions.
    last : Trained or None
        The training whose test part was opened.
    spent : Spent
        Where the budget went.
    url : str
        Of Optuna's database.
    complete : bool
        Whether nothing is left to do.
    """
    settings = plan.settings if prepared is None else prepared.settings
    importance = importance_of(trials, settings, plan.goals[0])
    winner = None if verdict.winner is None else verdict.finalists[verdict.winner]
    answer = Tune(
        wattlab_version=plan.wattlab_version,
        id=plan.id,
        title=plan.title,
        created_utc=plan.created_utc,
        machine=plan.machine,
        base=plan.base,
        base_recipe=plan.recipe,
        dataset=plan.dataset,
        n_train=plan.n_train,
        n_validation=plan.n_validation,
        n_test=plan.n_test,
        target=plan.target,
        score_name=plan.score_name,
        goals=plan.goals,
        asked_goals=plan.asked_goals,
        seeds=plan.seeds,
        settings=settings,
        fixed=plan.fixed,
        baseline=_baseline(plan, prepared, verdict, winner),
        trials=tuple(trials),
        finalists=verdict.finalists,
        front=tuple(one.number for one in front(trials, plan.goals)),
        importance=importance.shares,
        importance_note=importance.note,
        winner=verdict.winner,
        distinguishable=verdict.distinguishable,
        recipe=None if winner is None else winning_recipe(plan, winner).to_toml(),
        opened=None if last is None else _opened(last, plan.target),
        spent=spent,
        complete=complete,
        storage=public_url(url),
        dashboard=dashboard_command(url),
        sampler=sampler_text(plan.sampler_seed),
    )
    notes = (*plan.notes, *(prepared.notes if prepared is not None else ()), *tune_notes(answer))
    return answer.model_copy(update={"notes": notes})


def _baseline(
    plan: TunePlan, prepared: Prepared | None, verdict: Verdict, winner: Finalist | None
) -> Baseline | None:
    if prepared is None or prepared.baseline is None:
        return None
    goal = plan.goals[0]
    span = winner.spans.get(goal) if winner is not None else None
    return baseline_of(
        prepared.baseline,
        prepared.capped_s,
        goal,
        span.median if span is not None else None,
        verdict.baseline,
        verdict.against_baseline,
    )


def _opened(last: Trained, target: float | None) -> Opened:
    score = last.test_score
    return Opened(
        run=last.run,
        seed=last.seed,
        test_score=score,
        score=last.best,
        reached=None if target is None or score is None else score >= target,
        time_to_target=last.time_to_target,
        energy_to_target=last.energy_to_target,
        wall=last.wall,
        energy=last.energy,
        failure=last.failure,
    )
