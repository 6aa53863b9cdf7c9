"""The question "does one cycle with a large rate reach the target earlier?": from recipe to answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from wattlab.machine.fingerprint import describe_machine
from wattlab.studies.course import StudyInterrupted, begin, carry_out, go_on, plan_head
from wattlab.studies.folders import DEFAULT_FOLDER
from wattlab.studies.observer import StudyObserver, StudyPlan
from wattlab.studies.superconvergence import store
from wattlab.studies.superconvergence.answer import Superconvergence
from wattlab.studies.superconvergence.arms import Entry, default_rates
from wattlab.studies.superconvergence.asked import check_asked, default_epochs, find_recipe, find_target
from wattlab.studies.superconvergence.outcome import make_answer
from wattlab.studies.superconvergence.plan import SuperconvergencePlan
from wattlab.studies.superconvergence.searching import Search

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe
    from wattlab.studies.superconvergence.asked import SuperconvergenceAsked
    from wattlab.studies.superconvergence.store import SuperconvergenceFolder

__all__ = ["SuperconvergenceInterrupted", "resume", "superconvergence"]


class SuperconvergenceInterrupted(StudyInterrupted[Superconvergence]):
    """Ctrl-C during a study of super-convergence; the trainings that were over are kept."""

    verb, noun = "superconvergence", "training"


def superconvergence(
    asked: SuperconvergenceAsked,
    *,
    studies: Path | str = DEFAULT_FOLDER,
    observer: StudyObserver | None = None,
) -> Superconvergence:
    """Hold one cycle with a large rate against the best constant rate: epochs, time and energy to the same score.

    Several constant rates are trained, and the one that reaches the target first is the baseline. Then cycles of
    growing length are, until one reaches the target with most seeds. Both are compared by other seeds. Every training
    is a process of its own, in interleaved rounds.

    Parameters
    ----------
    asked : SuperconvergenceAsked
        Recipe, target, rates.
    studies : path, optional
        Folder of all studies.
    observer : StudyObserver, optional
        Told of every training.

    Returns
    -------
    Superconvergence
        Its ``verdict`` and ``comparison`` are the answer, its ``rows`` all that was trained.

    Raises
    ------
    wattlab.errors.UserError
        If the question itself is wrong.
    SuperconvergenceInterrupted
        On Ctrl-C, after what is known so far has been written.

    References
    ----------
    L. N. Smith, N. Topin, "Super-convergence: very fast training of neural networks using large learning rates", 2017,
    arXiv:1708.07120.

    Examples
    --------
    >>> from wattlab.studies.superconvergence.asked import SuperconvergenceAsked
    >>> asked = SuperconvergenceAsked("moons", target=0.5, epochs=2, rates=[0.1], peaks=[0.5], seeds=1, fresh=False)
    >>> found = superconvergence(asked, studies=getfixture("tmp_path"))
    >>> [row.label for row in found.rows]
    ['constant 0.1', 'one-cycle 0.5, 1 epoch']
    """
    check_asked(asked)
    recipe = find_recipe(asked)
    target = find_target(asked, recipe)
    return begin(
        store.create(studies, recipe.name),
        lambda study_id: _plan(study_id, asked, recipe, target),
        partial(_run, observer=observer or StudyObserver()),
    )


def resume(
    name: str, *, studies: Path | str = DEFAULT_FOLDER, observer: StudyObserver | None = None
) -> Superconvergence:
    """Go on with an interrupted study; nothing that was over runs again.

    Parameters
    ----------
    name : str
        Its name, the beginning of it, its folder, or "last".
    studies, observer : optional
        As for `superconvergence`.

    Returns
    -------
    Superconvergence
        The same if nothing was missing.

    Raises
    ------
    wattlab.errors.RunError
        If the study is unknown, in use by another process, or was begun on another machine, with other cores or by
        another version of wattlab.
    """
    return go_on(store.reopen(studies, name), partial(_run, observer=observer or StudyObserver()))


def _plan(study_id: str, asked: SuperconvergenceAsked, recipe: Recipe, target: float) -> SuperconvergencePlan:
    title = f"{recipe.name}: one cycle against a constant rate, to {target:g}"
    return SuperconvergencePlan(
        **plan_head(study_id, title, describe_machine()),
        recipe=recipe.to_toml(),
        target=target,
        epochs=asked.epochs or default_epochs(recipe),
        rates=tuple(asked.rates) or default_rates(recipe),
        walks=not asked.rates,
        peaks=tuple(asked.peaks),
        seeds=asked.seeds,
        search_seeds=asked.search_seeds or asked.seeds,
        fresh=asked.fresh,
        budget_s=asked.budget_s,
        timeout_s=asked.timeout_s,
        order_seed=asked.order_seed,
    )


def _run(
    folder: SuperconvergenceFolder, plan: SuperconvergencePlan, observer: StudyObserver
) -> Superconvergence:
    """Do what is missing of a plan, and write the answer."""
    search = Search(folder, plan, observer)
    observer.started(_outlook(folder, plan, search))
    return carry_out(
        search, folder.path, lambda: _write(folder, plan, search), observer, SuperconvergenceInterrupted
    )


def _outlook(folder: SuperconvergenceFolder, plan: SuperconvergencePlan, search: Search) -> StudyPlan:
    labels = tuple(Entry(arm="constant", rate=rate, epochs=plan.epochs).label for rate in plan.rates)
    n_trials = max(plan.search_seeds * len(labels), search.n_done)
    return StudyPlan(plan.title, labels, {}, plan.search_seeds, n_trials, search.n_done, folder.path)


def _write(folder: SuperconvergenceFolder, plan: SuperconvergencePlan, search: Search) -> Superconvergence:
    answer = make_answer(plan, search)
    folder.save(answer)
    return answer
