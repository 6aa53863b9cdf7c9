"""The question "which learning rates are good?": from recipe to answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from wattlab.errors import UserError
from wattlab.machine.fingerprint import describe_machine
from wattlab.meter.quantity import missing, total
from wattlab.studies.course import (
    StudyInterrupted,
    answer_head,
    begin,
    carry_out,
    go_on,
    plan_head,
)
from wattlab.studies.folders import DEFAULT_FOLDER
from wattlab.studies.lr_range import store
from wattlab.studies.lr_range.answer import LrRange
from wattlab.studies.lr_range.asked import check_asked, find_recipe, ramp_of
from wattlab.studies.lr_range.observer import LrRangeObserver
from wattlab.studies.lr_range.plan import LrRangePlan
from wattlab.studies.lr_range.suggesting import suggestion_of
from wattlab.studies.lr_range.trials import Trials
from wattlab.studies.lr_range.verdicts import planned_notes, study_notes, verdict_sentences

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe
    from wattlab.studies.lr_range.answer import Suggestion, Verified
    from wattlab.studies.lr_range.asked import LrRangeAsked
    from wattlab.studies.lr_range.store import LrRangeFolder

__all__ = ["LrRangeInterrupted", "lr_range", "resume"]


class LrRangeInterrupted(StudyInterrupted[LrRange]):
    """Ctrl-C during a range test; the processes that were over are kept."""

    verb = "lr-range"


def lr_range(
    asked: LrRangeAsked, *, studies: Path | str = DEFAULT_FOLDER, observer: LrRangeObserver | None = None
) -> LrRange:
    """Raise the learning rate step by step, tell which rates are good, and try what is suggested.

    Parameters
    ----------
    asked : LrRangeAsked
        Of which recipe, and within which range.
    studies : path, optional
        Folder of all studies.
    observer : LrRangeObserver, optional
        Told of every process.

    Returns
    -------
    LrRange
        Its ``status``, ``interval`` and ``suggestion``, with the curves that they rest on. Where no curve fell, there
        is no suggestion, and ``verdicts`` says what to do.

    Raises
    ------
    wattlab.errors.UserError
        If recipe or range are wrong, or the engine refuses.
    LrRangeInterrupted
        On Ctrl-C.

    References
    ----------
    L. N. Smith, "Cyclical learning rates for training neural networks", WACV 2017, section 3.3.
    """
    check_asked(asked)
    recipe = find_recipe(asked)
    plan = _plan(asked, recipe)
    return begin(
        store.create(studies, recipe.name),
        lambda study_id: plan.model_copy(update={"id": study_id}),
        partial(_start, observer=observer or LrRangeObserver()),
    )


def resume(
    name: str, *, studies: Path | str = DEFAULT_FOLDER, observer: LrRangeObserver | None = None
) -> LrRange:
    """Go on with an interrupted range test: processes that were over do not run again.

    Parameters
    ----------
    name : str
        The study's name, the beginning of it, its folder, or "last".
    studies, observer : optional
        As for `lr_range`.

    Raises
    ------
    wattlab.errors.RunError
        If the study is unknown, in use by another process, or was begun on another machine, with other cores, or by
        another version of wattlab.
    """
    return go_on(store.reopen(studies, name), partial(_run, observer=observer or LrRangeObserver()))


def _plan(asked: LrRangeAsked, recipe: Recipe) -> LrRangePlan:
    engine = recipe.engine
    title = f"{recipe.name}, {recipe.optimizer.kind}, by {engine.name} on {engine.device}, {engine.precision}"
    return LrRangePlan(
        **plan_head(recipe.name, title, describe_machine()),
        recipe=recipe.to_toml(),
        ramp=ramp_of(asked, recipe),
        seeds=tuple(recipe.seed + number for number in range(asked.seeds)),
        verify=asked.verify,
        verify_steps=asked.verify_steps,
        timeout_s=asked.timeout_s,
        notes=planned_notes(recipe),
    )


def _start(folder: LrRangeFolder, plan: LrRangePlan, observer: LrRangeObserver) -> LrRange:
    """Run a new range test; one that is refused before a process was over leaves nothing behind."""
    try:
        return _run(folder, plan, observer)
    except UserError:
        if not folder.ramps():
            folder.discard()
        raise


def _run(folder: LrRangeFolder, plan: LrRangePlan, observer: LrRangeObserver) -> LrRange:
    """Do what is missing of a plan, and write the answer."""
    trials = Trials(folder, plan, observer)
    observer.started(plan, trials.n_done)
    return carry_out(trials, folder.path, lambda: _write(folder, plan, trials), observer, LrRangeInterrupted)


def _write(folder: LrRangeFolder, plan: LrRangePlan, trials: Trials) -> LrRange:
    ramps = tuple(trials.ramps[seed] for seed in plan.seeds if seed in trials.ramps)
    short_runs = tuple(trials.runs[key] for key in sorted(trials.runs))
    reports = [one.report for one in ramps if one.report] + [one.runs for one in short_runs if one.runs]
    ended = [one.failed_wall for one in ramps] + [one.failed_wall for one in short_runs]
    failed = [wall for wall in ended if wall is not None]
    answer = LrRange(
        **answer_head(plan),
        plan=plan,
        complete=trials.complete,
        ramps=ramps,
        short_runs=short_runs,
        wall=total([*(one.wall for one in reports), *failed], "s"),
        energy=total(
            [*(one.energy for one in reports), *(missing("J", "a process failed") for _ in failed)], "J"
        ),
        **_found(trials),
    )
    answer = answer.model_copy(update={"verdicts": verdict_sentences(answer)})
    answer = answer.model_copy(update={"notes": study_notes(plan, answer)})
    folder.save(answer)
    return answer


def _found(trials: Trials) -> dict[str, Any]:
    """Return all that follows from the curves and the short trainings."""
    agreed = trials.agreed
    if agreed is None:
        return {"status": "failed", "interval": None, "picks": {}, "suggestion": None}
    suggestion = suggestion_of(agreed.interval) if agreed.interval is not None else None
    verified = trials.verified(trials.n_rounds)
    return {
        "status": agreed.status,
        "interval": agreed.interval,
        "interval_low": agreed.low,
        "interval_high": agreed.high,
        "picks": agreed.picks,
        "suggestion": _corrected(suggestion, verified),
        "verified": verified,
    }


def _corrected(suggestion: Suggestion | None, verified: Verified | None) -> Suggestion | None:
    """Let the short trainings decide; a peak below the constant rate would be none."""
    if suggestion is None or verified is None:
        return suggestion
    peak = max(suggestion.one_cycle_peak, verified.chosen)
    return suggestion.model_copy(update={"constant": verified.chosen, "one_cycle_peak": peak})
