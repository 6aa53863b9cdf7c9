"""The question "what does it take to reach this accuracy?": from recipes to answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wattlab import __version__
from wattlab.machine.fingerprint import describe_machine
from wattlab.studies.folders import DEFAULT_FOLDER
from wattlab.studies.observer import StudyObserver, StudyPlan
from wattlab.studies.plan import check_conditions
from wattlab.studies.target import store
from wattlab.studies.target.answer import Target
from wattlab.studies.target.asked import check_asked
from wattlab.studies.target.notes import target_notes
from wattlab.studies.target.plan import TargetPlan
from wattlab.studies.target.rows import add_up, make_rows
from wattlab.studies.target.settling import settle
from wattlab.studies.target.verdicts import verdict_sentences
from wattlab.studies.trainings.rounds import TrainingRounds
from wattlab.training.signals import termination_as_interrupt

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.studies.target.asked import TargetAsked
    from wattlab.studies.target.settling import Settled
    from wattlab.studies.target.store import TargetFolder

__all__ = ["TargetInterrupted", "resume", "target"]


class TargetInterrupted(KeyboardInterrupt):
    """Ctrl-C during a study of a target; the trainings that were over are kept.

    Parameters
    ----------
    folder : Path
        What to resume.
    answer : Target
        What is known so far.
    n_done : int
        Trainings that were over.
    """

    def __init__(self, folder: Path, answer: Target, n_done: int) -> None:
        super().__init__(f"study {answer.id!r} was interrupted after {n_done} trainings")
        self.folder, self.answer, self.n_done = folder, answer, n_done


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
    folder = store.create(studies, names)
    try:
        plan = _plan(folder.id, asked, settled)
        folder.prepare(plan)
        return _run(folder, plan, observer or StudyObserver())
    finally:
        folder.close()


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
    folder = store.reopen(studies, name)
    try:
        plan = folder.plan()
        check_conditions(plan)
        return _run(folder, plan, observer or StudyObserver())
    finally:
        folder.close()


def _plan(study_id: str, asked: TargetAsked, settled: Settled) -> TargetPlan:
    machine = describe_machine()
    return TargetPlan(
        wattlab_version=__version__,
        id=study_id,
        title=settled.title,
        created_utc=datetime.now(UTC).isoformat(timespec="milliseconds"),
        machine={**machine.to_dict(), "line": machine.one_line()},
        candidates=settled.candidates,
        target=settled.target,
        part=settled.part,
        seeds=asked.seeds,
        order_seed=asked.order_seed,
        timeout_s=asked.timeout_s,
        notes=settled.notes,
    )


def _run(folder: TargetFolder, plan: TargetPlan, observer: StudyObserver) -> Target:
    """Train what is missing of a plan, and write the answer, also after Ctrl-C."""
    rounds = TrainingRounds(
        folder, plan.candidates, plan.seeds, plan.order_seed, observer, timeout_s=plan.timeout_s
    )
    observer.started(_outlook(folder, plan, rounds))
    try:
        with termination_as_interrupt():
            rounds.run()
    except KeyboardInterrupt:
        raise TargetInterrupted(folder.path, _write(folder, plan, rounds), rounds.n_done) from None
    finally:
        observer.ended()
    return _write(folder, plan, rounds)


def _outlook(folder: TargetFolder, plan: TargetPlan, rounds: TrainingRounds) -> StudyPlan:
    labels = tuple(one.label for one in plan.candidates)
    refused = {one.label: one.refusal for one in plan.candidates if one.refusal}
    return StudyPlan(plan.title, labels, refused, plan.seeds, rounds.n_trials, rounds.n_done, folder.path)


def _write(folder: TargetFolder, plan: TargetPlan, rounds: TrainingRounds) -> Target:
    trainings = tuple(rounds.trained[key] for key in sorted(rounds.trained))
    rows = make_rows(plan, trainings)
    answer = Target(
        wattlab_version=plan.wattlab_version,
        id=plan.id,
        title=plan.title,
        created_utc=plan.created_utc,
        machine=plan.machine,
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
