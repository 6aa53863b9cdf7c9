"""The question "how many threads make a training quick, and how many make it cheap?": from recipe to answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from wattlab.studies.course import StudyInterrupted, begin, carry_out, go_on
from wattlab.studies.folders import DEFAULT_FOLDER
from wattlab.studies.observer import StudyObserver, StudyPlan
from wattlab.studies.threads import store
from wattlab.studies.threads.answer import Threads
from wattlab.studies.threads.outcome import make_answer
from wattlab.studies.threads.planning import make_plan
from wattlab.studies.threads.rounds import ThreadsRounds

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.studies.threads.asked import ThreadsAsked
    from wattlab.studies.threads.plan import ThreadsPlan
    from wattlab.studies.threads.store import ThreadsFolder

__all__ = ["ThreadsInterrupted", "resume", "threads"]


class ThreadsInterrupted(StudyInterrupted[Threads]):
    """Ctrl-C during a study of threads; the trials that were over are kept."""

    verb = "threads"


def threads(
    asked: ThreadsAsked,
    *,
    studies: Path | str = DEFAULT_FOLDER,
    observer: StudyObserver | None = None,
) -> Threads:
    """Time a training's steps with several numbers of threads, each in fresh processes, in interleaved rounds.

    If asked for, whole trainings follow, seed by seed.

    Parameters
    ----------
    asked : ThreadsAsked
        Recipe, engines and numbers of threads.
    studies : path, optional
        Folder of all studies.
    observer : StudyObserver, optional
        Told of every trial.

    Returns
    -------
    Threads
        Its ``rows`` hold time, processor time, energy and whether the limit was obeyed; its ``best`` and
        ``suggestions`` what follows.

    Raises
    ------
    wattlab.errors.UserError
        If the question itself is wrong, or nothing can run.
    ThreadsInterrupted
        On Ctrl-C, after what is known so far has been written.

    Examples
    --------
    >>> from wattlab.studies.threads.asked import ThreadsAsked
    >>> asked = ThreadsAsked("moons", counts=[1], steps=3, rounds=1, limit_s=0.1)
    >>> found = threads(asked, studies=getfixture("tmp_path"))
    >>> [(row.label, row.state) for row in found.rows]
    [('native, 1 thread', 'timed')]
    """
    planned = make_plan(asked)
    return begin(
        store.create(studies, planned.recipe),
        lambda study_id: planned.model_copy(update={"id": study_id}),
        partial(_run, observer=observer or StudyObserver()),
    )


def resume(
    name: str, *, studies: Path | str = DEFAULT_FOLDER, observer: StudyObserver | None = None
) -> Threads:
    """Go on with an interrupted study of threads; nothing that was over runs again.

    Parameters
    ----------
    name : str
        Its name, the beginning of it, its folder, or "last".
    studies, observer : optional
        As for `threads`.

    Returns
    -------
    Threads
        The same if nothing was missing.

    Raises
    ------
    wattlab.errors.RunError
        If the study is unknown, in use by another process, or was begun on another machine, with other cores or by
        another version of wattlab.
    """
    return go_on(store.reopen(studies, name), partial(_run, observer=observer or StudyObserver()))


def _run(folder: ThreadsFolder, plan: ThreadsPlan, observer: StudyObserver) -> Threads:
    """Do what is missing of a plan, and write the answer."""
    rounds = ThreadsRounds(folder, plan, observer)
    observer.started(_outlook(folder, plan, rounds))
    return carry_out(rounds, folder.path, lambda: _write(folder, plan, rounds), observer, ThreadsInterrupted)


def _outlook(folder: ThreadsFolder, plan: ThreadsPlan, rounds: ThreadsRounds) -> StudyPlan:
    labels = tuple(one.label for one in plan.cells)
    refused = {one.label: one.refusal for one in plan.cells if one.refusal}
    return StudyPlan(plan.title, labels, refused, plan.rounds, rounds.n_trials, rounds.n_done, folder.path)


def _write(folder: ThreadsFolder, plan: ThreadsPlan, rounds: ThreadsRounds) -> Threads:
    answer = make_answer(plan, rounds.trials, rounds.trained, complete=rounds.complete)
    folder.save(answer)
    return answer
