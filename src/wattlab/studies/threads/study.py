"""The question "how many threads make a training quick, and how many make it cheap?": from recipe to answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wattlab import __version__
from wattlab.data.catalog import located
from wattlab.machine.fingerprint import describe_machine
from wattlab.studies.folders import DEFAULT_FOLDER
from wattlab.studies.observer import StudyObserver, StudyPlan
from wattlab.studies.plan import check_conditions
from wattlab.studies.sweep.step_rounds import StepRounds
from wattlab.studies.threads import store
from wattlab.studies.threads.asked import check_asked, check_counts, default_counts
from wattlab.studies.threads.cells import find_series, left_out, make_cells, read_recipe
from wattlab.studies.threads.outcome import make_answer
from wattlab.studies.threads.plan import PlannedSeries, PlannedThreads, ThreadsPlan
from wattlab.training.signals import termination_as_interrupt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wattlab.machine.fingerprint import Machine
    from wattlab.recipe import Recipe
    from wattlab.studies.threads.answer import Threads
    from wattlab.studies.threads.asked import ThreadsAsked
    from wattlab.studies.threads.cells import ThreadCell
    from wattlab.studies.threads.store import ThreadsFolder

__all__ = ["ThreadsInterrupted", "resume", "threads"]


class ThreadsInterrupted(KeyboardInterrupt):
    """Ctrl-C during a study of threads; the trials that were over are kept.

    Parameters
    ----------
    folder : Path
        What to resume.
    answer : Threads
        What is known so far.
    n_done : int
        Trials that were over.
    """

    def __init__(self, folder: Path, answer: Threads, n_done: int) -> None:
        super().__init__(f"study {answer.id!r} was interrupted after {n_done} trials")
        self.folder, self.answer, self.n_done = folder, answer, n_done


def threads(
    asked: ThreadsAsked,
    *,
    studies: Path | str = DEFAULT_FOLDER,
    observer: StudyObserver | None = None,
) -> Threads:
    """Time a training's steps with several numbers of threads, each in fresh processes, in interleaved rounds.

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
    check_asked(asked)
    recipe = read_recipe(asked)
    series = find_series(recipe, asked)
    machine = describe_machine()
    counts = _counts(asked, recipe, machine)
    cells = make_cells(recipe, series, counts)
    planned = tuple(
        PlannedSeries(name=one.name, inter_threads=one.inter_threads, left_out=left_out(recipe, one.changes))
        for one in series
    )
    folder = store.create(studies, recipe.name)
    try:
        plan = _plan(folder.id, asked, machine, planned, cells)
        folder.prepare(plan)
        return _run(folder, plan, observer or StudyObserver())
    finally:
        folder.close()


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
    folder = store.reopen(studies, name)
    try:
        plan = folder.plan()
        check_conditions(plan)
        return _run(folder, plan, observer or StudyObserver())
    finally:
        folder.close()


def _counts(asked: ThreadsAsked, recipe: Recipe, machine: Machine) -> tuple[int, ...]:
    usable = machine.usable_cores
    if asked.counts:
        check_counts(asked.counts, usable)
        return tuple(sorted(asked.counts))
    return default_counts(usable, machine.physical_cores, machine.logical_cores, recipe.engine.threads)


def _plan(
    study_id: str,
    asked: ThreadsAsked,
    machine: Machine,
    series: tuple[PlannedSeries, ...],
    cells: Sequence[ThreadCell],
) -> ThreadsPlan:
    recipe = next(cell.recipe for cell in cells if not cell.refusal)
    return ThreadsPlan(
        wattlab_version=__version__,
        id=study_id,
        title=f"{recipe.name}: threads of {', '.join(one.name for one in series)}",
        created_utc=datetime.now(UTC).isoformat(timespec="milliseconds"),
        machine={**machine.to_dict(), "line": machine.one_line()},
        recipe=recipe.name,
        series=series,
        counts=tuple(dict.fromkeys(cell.threads for cell in cells)),
        usable_cores=machine.usable_cores,
        batch_size=recipe.training.batch_size,
        drops_last=recipe.training.last_batch == "drop",
        cells=tuple(map(_planned, cells)),
        asked=asked.steps_asked(),
        rounds=asked.rounds,
        order_seed=asked.order_seed,
        timeout_s=asked.patience_s,
    )


def _planned(cell: ThreadCell) -> PlannedThreads:
    recipe = cell.recipe
    return PlannedThreads(
        series=cell.series.name,
        threads=cell.threads,
        # A study may be resumed from another folder.
        recipe=recipe.model_copy(update={"data": located(recipe.data)}).to_toml(),
        refusal=cell.refusal,
    )


def _run(folder: ThreadsFolder, plan: ThreadsPlan, observer: StudyObserver) -> Threads:
    """Do what is missing of a plan, and write the answer, also after Ctrl-C."""
    rounds = StepRounds(folder, plan, observer)
    observer.started(_outlook(folder, plan, rounds))
    try:
        with termination_as_interrupt():
            rounds.run()
    except KeyboardInterrupt:
        raise ThreadsInterrupted(folder.path, _write(folder, plan, rounds), rounds.n_done) from None
    finally:
        observer.ended()
    return _write(folder, plan, rounds)


def _outlook(folder: ThreadsFolder, plan: ThreadsPlan, rounds: StepRounds) -> StudyPlan:
    labels = tuple(one.label for one in plan.cells)
    refused = {one.label: one.refusal for one in plan.cells if one.refusal}
    return StudyPlan(plan.title, labels, refused, plan.rounds, rounds.n_trials, rounds.n_done, folder.path)


def _write(folder: ThreadsFolder, plan: ThreadsPlan, rounds: StepRounds) -> Threads:
    trials = tuple(rounds.trials[key] for key in sorted(rounds.trials))
    answer = make_answer(plan, trials, complete=rounds.complete)
    folder.save(answer)
    return answer
