"""The question "does a warm start save anything?": from recipe and stages to answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from wattlab.data.catalog import located
from wattlab.engines.registry import get_engine
from wattlab.errors import UserError
from wattlab.machine.fingerprint import describe_machine
from wattlab.records.store import DEFAULT_FOLDER as RUNS
from wattlab.studies.course import (
    StudyInterrupted,
    answer_head,
    begin,
    carry_out,
    go_on,
    plan_head,
)
from wattlab.studies.folders import DEFAULT_FOLDER
from wattlab.studies.observer import StudyObserver, StudyPlan
from wattlab.studies.warm_start import store
from wattlab.studies.warm_start.answer import WarmStarts
from wattlab.studies.warm_start.asked import chain_of, check_asked, judged_cold
from wattlab.studies.warm_start.base import base_of, find_base
from wattlab.studies.warm_start.plan import PlannedTraining, WarmStartPlan
from wattlab.studies.warm_start.rounds import ChainRounds
from wattlab.studies.warm_start.rows import make_stages, make_ways
from wattlab.studies.warm_start.stages import stage_recipes
from wattlab.studies.warm_start.verdicts import pays, verdicts, warm_start_notes
from wattlab.training.warm_start import check_chain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wattlab.recipe import Recipe
    from wattlab.studies.target.settling import Judged
    from wattlab.studies.warm_start.asked import WarmStartAsked
    from wattlab.studies.warm_start.plan import Base
    from wattlab.studies.warm_start.stages import Stage
    from wattlab.studies.warm_start.store import WarmStartFolder
    from wattlab.training.warm_start import Earlier

__all__ = ["WarmStartInterrupted", "resume", "warm_start"]

_OTHERS: Final = "; or say what comes first, such as --stages pca=0.9:2,full"


class WarmStartInterrupted(StudyInterrupted[WarmStarts]):
    """Ctrl-C during a study of warm starts; the trainings that were over are kept."""

    verb, noun = "warm-start", "training"


def warm_start(
    asked: WarmStartAsked,
    *,
    studies: Path | str = DEFAULT_FOLDER,
    runs: Path | str = RUNS,
    observer: StudyObserver | None = None,
) -> WarmStarts:
    """Train a recipe cold and from earlier stages, to the same target, with several seeds, each in a fresh process.

    Parameters
    ----------
    asked : WarmStartAsked
        Recipe, stages or run, target, seeds.
    studies : path, optional
        Folder of all studies.
    runs : path, optional
        Folder of the run that is begun with.
    observer : StudyObserver, optional
        Told of every training.

    Returns
    -------
    WarmStarts
        Its ``ways`` hold time, energy and epochs to the target; ``pays`` whether the warm start, everything before its
        last stage included, takes less time.

    Raises
    ------
    wattlab.errors.UserError
        If the question itself is wrong, or a stage cannot begin with the one before it.
    WarmStartInterrupted
        On Ctrl-C, after what is known so far has been written.
    """
    check_asked(asked)
    judged = judged_cold(asked)
    (recipe,) = judged.recipes
    stages = chain_of(asked, recipe)
    recipes = stage_recipes(recipe, stages, asked.warm_changes, judged.part)
    earlier = None if asked.start_from is None else find_base(asked.start_from, runs, recipe)
    _check_stages(stages, recipes, earlier, "" if asked.stages else _OTHERS)
    base = None if earlier is None else base_of(earlier)
    trainings = [("cold", recipe), *((stage.label, one) for stage, one in zip(stages, recipes, strict=True))]
    planned = tuple(PlannedTraining.of(label, _placed(one)) for label, one in trainings)
    return begin(
        store.create(studies, recipe.name),
        lambda study_id: _plan(study_id, asked, judged, planned, base),
        partial(_run, observer=observer or StudyObserver()),
    )


def resume(
    name: str, *, studies: Path | str = DEFAULT_FOLDER, observer: StudyObserver | None = None
) -> WarmStarts:
    """Go on with an interrupted study; nothing that was over runs again.

    Parameters
    ----------
    name : str
        Its name, the beginning of it, its folder, or "last".
    studies, observer : optional
        As for `warm_start`.

    Returns
    -------
    WarmStarts
        The same if nothing was missing.

    Raises
    ------
    wattlab.errors.RunError
        If the study is unknown, in use by another process, or was begun on another machine, with other cores or by
        another version of wattlab.
    """
    return go_on(store.reopen(studies, name), partial(_run, observer=observer or StudyObserver()))


def _check_stages(
    stages: Sequence[Stage], recipes: Sequence[Recipe], earlier: Earlier | None, advice: str
) -> None:
    names = [stage.label for stage in stages]
    try:
        for one in recipes:
            get_engine(one.engine.name).check_recipe(one)
        check_chain(list(zip(names, recipes, strict=True)), earlier)
    except UserError as error:
        begins = "" if earlier is None else f" from run {earlier.run!r}"
        raise type(error)(f"stages {','.join(names)}{begins} cannot be trained: {error}{advice}") from error


def _plan(
    study_id: str,
    asked: WarmStartAsked,
    judged: Judged,
    trainings: tuple[PlannedTraining, ...],
    base: Base | None,
) -> WarmStartPlan:
    (recipe,) = judged.recipes
    begins = [] if base is None else [base.run]
    chain = " → ".join([*begins, *(one.label for one in trainings[1:])])
    return WarmStartPlan(
        **plan_head(study_id, f"{recipe.name}: cold against {chain}", describe_machine()),
        recipe=recipe.name,
        target=judged.target,
        part=judged.part,
        trainings=trainings,
        base=base,
        warm_changes=tuple(f"{path} = {_text(value)}" for path, value in asked.warm_changes.items()),
        first_seed=recipe.seed,
        seeds=asked.seeds,
        order_seed=asked.order_seed,
        timeout_s=asked.timeout_s,
        notes=judged.notes,
    )


def _placed(recipe: Recipe) -> Recipe:
    """Return a recipe whose data every folder finds: a study may be resumed from another one."""
    return recipe.model_copy(update={"data": located(recipe.data)})


def _text(value: Any) -> str:
    return "unset" if value is None else str(value)


def _run(folder: WarmStartFolder, plan: WarmStartPlan, observer: StudyObserver) -> WarmStarts:
    """Do what is missing of a plan, and write the answer, also after Ctrl-C."""
    rounds = ChainRounds(folder, plan, observer)
    labels = tuple(one.label for one in plan.trainings)
    observer.started(
        StudyPlan(plan.title, labels, {}, plan.seeds, rounds.n_trials, rounds.n_done, folder.path)
    )
    return carry_out(
        rounds, folder.path, lambda: _write(folder, plan, rounds), observer, WarmStartInterrupted
    )


def _write(folder: WarmStartFolder, plan: WarmStartPlan, rounds: ChainRounds) -> WarmStarts:
    stages, ways = make_stages(rounds), make_ways(rounds)
    trained = tuple(rounds.trained[key] for key in sorted(rounds.trained))
    answer = WarmStarts(
        **answer_head(plan),
        recipe=plan.recipe,
        recipe_toml=plan.trainings[0].recipe,
        target=plan.target,
        part=plan.part,
        score_name=next((one.score_name for one in trained if one.score_name), None),
        seeds=plan.seeds,
        complete=rounds.complete,
        base=plan.base,
        labels=tuple(one.label for one in plan.trainings),
        stages=stages,
        ways=ways,
        pays=pays(ways[-1]),
        verdicts=verdicts(ways),
        trainings=trained,
        notes=warm_start_notes(plan, stages),
    )
    folder.save(answer)
    return answer
