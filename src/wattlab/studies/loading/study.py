"""The question "where does the input come from, and does training wait for it?": from target to answer."""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wattlab import __version__
from wattlab.machine.fingerprint import describe_machine
from wattlab.studies.folders import DEFAULT_FOLDER
from wattlab.studies.loading import store
from wattlab.studies.loading.answer import Loading
from wattlab.studies.loading.asked import check_asked, planned_training
from wattlab.studies.loading.bound import training_of
from wattlab.studies.loading.cache import available_B
from wattlab.studies.loading.caches import advise
from wattlab.studies.loading.plan import LoadingPlan, check_files, variants
from wattlab.studies.loading.rounds import LoadingRounds
from wattlab.studies.loading.rows import make_rows
from wattlab.studies.loading.sets import Sets
from wattlab.studies.loading.verdicts import planned_notes, study_notes, verdict_sentences
from wattlab.studies.observer import StudyObserver, StudyPlan
from wattlab.studies.plan import check_conditions
from wattlab.training.signals import termination_as_interrupt
from wattlab.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wattlab.studies.loading.asked import Asked
    from wattlab.studies.loading.files import Found
    from wattlab.studies.loading.plan import FileSet, PlannedTraining
    from wattlab.studies.loading.store import LoadingFolder

__all__ = ["LoadingInterrupted", "load_study", "resume"]


class LoadingInterrupted(KeyboardInterrupt):
    """Ctrl-C during a study; the trials that were over are kept, and so are the files made for it.

    Parameters
    ----------
    folder : Path
        What to resume.
    answer : Loading
        What is known so far.
    """

    def __init__(self, folder: Path, answer: Loading) -> None:
        super().__init__(f"study {answer.id!r} was interrupted after {len(answer.trials)} trials")
        self.folder, self.answer = folder, answer

    @property
    def made(self) -> tuple[FileSet, ...]:
        """Sets of files that were made for the study, and stay for it to go on."""
        return tuple(one for one in self.answer.sets if one.made_in)


def load_study(
    asked: Asked, *, studies: Path | str = DEFAULT_FOLDER, observer: StudyObserver | None = None
) -> Loading:
    """Read files from where they lie in every way that is asked for, and tell what a training waits for.

    Parameters
    ----------
    asked : Asked
        What to read, and how.
    studies : path, optional
        Folder of all studies.
    observer : StudyObserver, optional
        Told of every trial.

    Returns
    -------
    Loading

    Raises
    ------
    wattlab.errors.UserError
        If there is nothing to read, a format is unknown or does not suit, a disk has no room, or a training is named
        while nobody can tell how many samples the files hold.
    LoadingInterrupted
        On Ctrl-C.
    """
    observer = observer or StudyObserver()
    check_asked(asked)
    training = planned_training(asked)
    sets = Sets(asked, observer)
    folder = store.create(studies, sets.title)
    try:
        with termination_as_interrupt():
            found, made = sets.make(folder)
        plan = _plan(asked, found, made, sets, training, folder.id)
        folder.prepare(plan)
    except BaseException:
        _remove(sets.made, sets.around)
        folder.discard()
        raise
    try:
        return _run(folder, plan, observer)
    finally:
        folder.close()


def resume(
    name: str, *, studies: Path | str = DEFAULT_FOLDER, observer: StudyObserver | None = None
) -> Loading:
    """Go on with an interrupted study: what is missing is run, in the order that was planned.

    Parameters
    ----------
    name : str
        The study's name, the beginning of it, its folder, or "last".
    studies, observer : optional
        As for `load_study`.

    Raises
    ------
    wattlab.errors.RunError
        If the study is unknown, in use by another process, or was begun on another machine, with other cores, by
        another version of wattlab, or with files that were changed since.
    """
    folder = store.reopen(studies, name)
    try:
        plan = folder.plan()
        check_conditions(plan)
        if not LoadingRounds(folder, plan, StudyObserver()).complete:
            check_files(plan)
        return _run(folder, plan, observer or StudyObserver())
    finally:
        folder.close()


def _plan(
    asked: Asked,
    found: Found,
    made: Sequence[FileSet],
    sets: Sets,
    training: PlannedTraining | None,
    study_id: str,
) -> LoadingPlan:
    counted = sets.counted
    machine, memory_B = describe_machine(), available_B(Path("/"))
    notes = planned_notes(made, virtual=machine.virtual, n_whole=found.n_whole)
    return LoadingPlan(
        wattlab_version=__version__,
        id=study_id,
        title=f"{found.title}: {len(found.files)} files, {format_bytes(made[0].size_B)}, {made[0].place.label}",
        created_utc=datetime.now(UTC).isoformat(timespec="milliseconds"),
        machine={**machine.to_dict(), "line": machine.one_line()},
        sets=tuple(made),
        variants=variants(made, asked.formats or ("raw",), asked.workers, memory_B),
        rounds=asked.rounds,
        order_seed=asked.order_seed,
        whole_B=found.whole_B,
        n_whole=found.n_whole,
        samples=counted.samples,
        available_B=memory_B,
        training=training,
        keep=asked.keep,
        around=tuple(map(str, sets.around)),
        notes=(*notes, counted.how) if counted.samples and counted.how else notes,
    )


def _run(folder: LoadingFolder, plan: LoadingPlan, observer: StudyObserver) -> Loading:
    """Do what is missing of a plan, and write the answer, also after Ctrl-C; remove what was made for it."""
    rounds = LoadingRounds(folder, plan, observer)
    observer.started(_outlook(folder, plan, rounds))
    try:
        with termination_as_interrupt():
            rounds.run()
    except KeyboardInterrupt:
        raise LoadingInterrupted(folder.path, _write(folder, plan)) from None
    finally:
        observer.ended()
    answer = _write(folder, plan)
    if not plan.keep:
        _remove((Path(one.made_in) for one in plan.sets if one.made_in), map(Path, plan.around))
    return answer


def _outlook(folder: LoadingFolder, plan: LoadingPlan, rounds: LoadingRounds) -> StudyPlan:
    labels = tuple(rounds.label(place) for place in range(len(plan.variants)))
    refused = {labels[place]: one.refusal for place, one in enumerate(plan.variants) if one.refusal}
    return StudyPlan(plan.title, labels, refused, plan.rounds, rounds.n_trials, rounds.n_done, folder.path)


def _write(folder: LoadingFolder, plan: LoadingPlan) -> Loading:
    rounds = LoadingRounds(folder, plan, StudyObserver())
    trials = tuple(rounds.trials[key] for key in sorted(rounds.trials))
    short = rounds.trainings.values()
    training = (
        None
        if plan.training is None
        else training_of(
            plan.training,
            [one.samples_per_s for one in short if one.samples_per_s is not None],
            [one.failure for one in short if one.failure is not None],
        )
    )
    rows = make_rows(plan, trials, training)
    caches = advise(plan, rows, trials, training)
    answer = Loading(
        wattlab_version=plan.wattlab_version,
        id=plan.id,
        title=plan.title,
        created_utc=plan.created_utc,
        machine=plan.machine,
        rounds=plan.rounds,
        complete=rounds.complete,
        sets=plan.sets,
        n_whole=plan.n_whole,
        whole_B=plan.whole_B,
        samples=plan.samples,
        rows=rows,
        trials=trials,
        training=training,
        caches=caches,
        verdicts=verdict_sentences(rows, training, caches, plan.samples),
        notes=study_notes(plan),
    )
    folder.save(answer)
    return answer


def _remove(folders: Iterable[Path], around: Iterable[Path]) -> None:
    """Remove folders with all that is in them, and those around them that hold nothing else."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    for folder in around:
        with suppress(OSError):
            folder.rmdir()
