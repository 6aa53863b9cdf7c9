"""The question "what does it take to reach this accuracy?": from recipes to answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from wattlab.machine.fingerprint import describe_machine
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
from wattlab.studies.target import store
from wattlab.studies.target.answer import Target
from wattlab.studies.target.asked import check_asked
from wattlab.studies.target.notes import target_notes
from wattlab.studies.target.plan import TargetPlan
from wattlab.studies.target.rows import add_up, make_rows
from wattlab.studies.target.settling import settle
from wattlab.studies.target.verdicts import verdict_sentences
from wattlab.studies.trainings.rounds import TrainingRounds

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.studies.target.asked import TargetAsked
    from wattlab.studies.target.settling import Settled
    from wattlab.studies.target.store import TargetFolder

__all__ = ["TargetInterrupted", "resume", "target"]


class TargetInterrupted(StudyInterrupted[Target]):
    """Ctrl-C during a study of a target; the trainings that were over are kept."""

    verb, noun = "target", "training"


def target(
    asked: TargetAsked,
    *,
    studies: Path | str = DEFAULT_FOLDER,
    observer: StudyObserver | None = None,
) -> Target:
    """Find out what recipes take to reach an accuracy: time, energy and epochs, over seeds.

    Each seed is a whole training in a fresh process, in interleaved rounds, that ends at the target. Time and energy
    count from the start of the process: interpreter, data, reduction, compiling and evaluations included. A training
    that misses took infinitely long, and is never left out.

    Parameters
    ----------
    asked : TargetAsked
        Recipes, target and seeds.
    studies : path, optional
        Folder of all studies.
    observer : StudyObserver, optional
        Told of every training.

    Returns
    -------
    Target
        Its ``rows`` hold success rates, censored medians, survivals, and ratios to the first recipe; its
        ``trainings`` what each seed did.

    Raises
    ------
    wattlab.errors.UserError
        If the question itself is wrong, the data is not here, or no recipe can run.
    TargetInterrupted
        On Ctrl-C, after what is known so far has been written.

    Examples
    --------
    >>> from wattlab.studies.target.asked import TargetAsked
    >>> found = target(TargetAsked("moons", accuracy=0.5, seeds=1), studies=getfixture("tmp_path"))
    >>> found.rows[0].state, found.rows[0].outcome.rate.n_reached, found.part
    ('reached', 1, 'test')
    """
    check_asked(asked)
    settled = settle(asked)
    names = "-".join(dict.fromkeys(one.read().name for one in settled.candidates))
    return begin(
        store.create(studies, names),
        lambda study_id: _plan(study_id, asked, settled),
        partial(_run, observer=observer or StudyObserver()),
    )


def resume(
    name: str, *, studies: Path | str = DEFAULT_FOLDER, observer: StudyObserver | None = None
) -> Target:
    """Go on with an interrupted study; no training that was over is repeated.

    Parameters
    ----------
    name : str
        Its name, the beginning of it, its folder, or "last".
    studies, observer : optional
        As for `target`.

    Returns
    -------
    Target
        The same if nothing was missing.

    Raises
    ------
    wattlab.errors.RunError
        If the study is unknown, in use by another process, or was begun on another machine, with other cores or by
        another version of wattlab.
    """
    return go_on(store.reopen(studies, name), partial(_run, observer=observer or StudyObserver()))


def _plan(study_id: str, asked: TargetAsked, settled: Settled) -> TargetPlan:
    return TargetPlan(
        **plan_head(study_id, settled.title, describe_machine()),
        candidates=settled.candidates,
        target=settled.target,
        part=settled.part,
        seeds=asked.seeds,
        order_seed=asked.order_seed,
        timeout_s=asked.timeout_s,
        notes=settled.notes,
    )


def _run(folder: TargetFolder, plan: TargetPlan, observer: StudyObserver) -> Target:
    """Train what is missing of a plan, and write the answer."""
    rounds = TrainingRounds(
        folder, plan.candidates, plan.seeds, plan.order_seed, observer, timeout_s=plan.timeout_s
    )
    observer.started(_outlook(folder, plan, rounds))
    return carry_out(rounds, folder.path, lambda: _write(folder, plan, rounds), observer, TargetInterrupted)


def _outlook(folder: TargetFolder, plan: TargetPlan, rounds: TrainingRounds) -> StudyPlan:
    labels = tuple(one.label for one in plan.candidates)
    refused = {one.label: one.refusal for one in plan.candidates if one.refusal}
    return StudyPlan(plan.title, labels, refused, plan.seeds, rounds.n_trials, rounds.n_done, folder.path)


def _write(folder: TargetFolder, plan: TargetPlan, rounds: TrainingRounds) -> Target:
    trainings = tuple(rounds.trained[key] for key in sorted(rounds.trained))
    rows = make_rows(plan, trainings)
    answer = Target(
        **answer_head(plan),
        target=plan.target,
        score_name=next((one.score_name for one in trainings if one.score_name), None),
        part=plan.part,
        seeds=plan.seeds,
        complete=rounds.complete,
        rows=rows,
        trainings=trainings,
        wall=add_up(trainings, lambda one: one.wall, "s"),
        energy=add_up(trainings, lambda one: one.energy, "J"),
        verdicts=verdict_sentences(plan, rows, trainings),
        notes=target_notes(plan, rows, trainings),
    )
    folder.save(answer)
    return answer
