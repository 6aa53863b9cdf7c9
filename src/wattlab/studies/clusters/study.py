"""The question "how many clusters, and do they pay?": from recipe or data set to answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from wattlab.machine.fingerprint import describe_machine
from wattlab.studies.clusters import store
from wattlab.studies.clusters.answer import Clusters
from wattlab.studies.clusters.answering import make_answer
from wattlab.studies.clusters.asked import check_asked
from wattlab.studies.clusters.plan import ClustersPlan, PlannedNetwork
from wattlab.studies.clusters.rounds import ClustersRounds
from wattlab.studies.clusters.subject import find_subject
from wattlab.studies.course import StudyInterrupted, begin, carry_out, go_on, plan_head
from wattlab.studies.folders import DEFAULT_FOLDER
from wattlab.studies.observer import StudyObserver, StudyPlan

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.studies.clusters.asked import ClustersAsked
    from wattlab.studies.clusters.store import ClustersFolder
    from wattlab.studies.clusters.subject import Subject

__all__ = ["ClustersInterrupted", "clusters", "resume"]


class ClustersInterrupted(StudyInterrupted[Clusters]):
    """Ctrl-C during a study of clusters; the trials that were over are kept."""

    verb = "clusters"


def clusters(
    asked: ClustersAsked,
    *,
    studies: Path | str = DEFAULT_FOLDER,
    observer: StudyObserver | None = None,
) -> Clusters:
    """Find clusters in several numbers, tell how good they are, what that costs, and from when on it pays.

    Every number has a fresh process for each seed; steps of the network with all features and with each number of
    distances are timed in interleaved rounds, each in a fresh process, too.

    Parameters
    ----------
    asked : ClustersAsked
        Recipe or data set, numbers, settings.
    studies : path, optional
        Folder of all studies.
    observer : StudyObserver, optional
        Told of every trial.

    Returns
    -------
    Clusters
        Its ``rows`` hold times, inertia, silhouette and what pays; its ``elbow`` and ``verdicts`` what follows.

    Raises
    ------
    wattlab.errors.UserError
        If the question itself is wrong: no such recipe or data, a network for images, more clusters than samples.
    ClustersInterrupted
        On Ctrl-C, after what is known so far has been written.

    Examples
    --------
    >>> from wattlab.studies.clusters.asked import ClustersAsked
    >>> found = clusters(ClustersAsked("digits", (10,), rounds=0), studies=getfixture("tmp_path"))
    >>> found.row(10).n_inputs, found.row(10).inertia.n, found.whole.n_inputs
    (10, 1, 64)
    """
    check_asked(asked)
    subject = find_subject(asked)
    return begin(
        store.create(studies, subject.title),
        lambda study_id: _plan(study_id, asked, subject),
        partial(_run, observer=observer or StudyObserver()),
    )


def resume(
    name: str, *, studies: Path | str = DEFAULT_FOLDER, observer: StudyObserver | None = None
) -> Clusters:
    """Go on with an interrupted study of clusters; nothing that was over runs again.

    Parameters
    ----------
    name : str
        Its name, the beginning of it, its folder, or "last".
    studies, observer : optional
        As for `clusters`.

    Returns
    -------
    Clusters
        The same if nothing was missing.

    Raises
    ------
    wattlab.errors.RunError
        If the study is unknown, in use by another process, or was begun on another machine, with other cores or by
        another version of wattlab.
    """
    return go_on(store.reopen(studies, name), partial(_run, observer=observer or StudyObserver()))


def _plan(study_id: str, asked: ClustersAsked, subject: Subject) -> ClustersPlan:
    whole, dataset = subject.whole, subject.dataset
    size = whole.training.batch_size
    rows = dataset.train.n_samples if size == "all" else size
    drop = whole.training.last_batch == "drop"
    steps = dataset.train.n_samples // rows if drop else -(-dataset.train.n_samples // rows)
    title = f"{subject.title}: {_counted(subject.counts)}"
    return ClustersPlan(
        **plan_head(study_id, title, describe_machine()),
        recipe=whole.name,
        data=whole.data.dataset,
        data_source=dataset.source,
        cells=tuple(_planned(subject, count) for count in (None, *subject.counts)),
        n_features=dataset.n_features,
        n_train=dataset.train.n_samples,
        n_samples=subject.n_samples,
        batch_size=size,
        steps_per_epoch=steps,
        epoch_samples=steps * rows if drop else dataset.train.n_samples,
        epochs=whole.training.epochs,
        own=subject.own,
        scaling=subject.scaling,
        settings=subject.clusters.model_dump(exclude={"kind", "n_clusters"}),
        seeds=asked.seeds,
        rounds=asked.rounds,
        order_seed=asked.order_seed,
        asked=asked.steps_asked(),
        reduction_asked=asked.reduction_asked(),
        timeout_s=asked.timeout_s,
    )


def _counted(counts: tuple[int, ...]) -> str:
    """Return how many numbers are tried, and which."""
    if len(counts) == 1:
        return f"1 number of clusters, {counts[0]}"
    return f"{len(counts)} numbers of clusters, {counts[0]} to {counts[-1]}"


def _work(plan: ClustersPlan) -> str:
    """Return what is going to run, and what it takes, before anything does."""
    cells, steps = len(plan.cells), plan.rounds * len(plan.cells)
    found = f"{plan.seeds * cells} processes prepare data and find clusters"
    timed = (
        f", then {steps} time steps, each some seconds, and up to 5 s more where it waits for a quiet machine"
        if steps
        else ""
    )
    fewer = "fewer with --k" + (" and --rounds" if steps else "")
    return f"{found}{timed}; {fewer}"


def _planned(subject: Subject, n_clusters: int | None) -> PlannedNetwork:
    recipe = subject.whole if n_clusters is None else subject.reduced(n_clusters)
    network = subject.network(n_clusters)
    return PlannedNetwork(
        n_clusters=n_clusters,
        recipe=recipe.to_toml(),
        n_inputs=network.n_inputs,
        n_parameters=network.n_parameters,
        flop=network.flop,
    )


def _run(folder: ClustersFolder, plan: ClustersPlan, observer: StudyObserver) -> Clusters:
    """Do what is missing of a plan, and write the answer."""
    rounds = ClustersRounds(folder, plan, observer)
    labels = tuple(one.label for one in plan.cells)
    observer.started(
        StudyPlan(plan.title, labels, {}, plan.rounds, rounds.n_trials, rounds.n_done, folder.path)
    )
    observer.preparing(_work(plan))
    return carry_out(rounds, folder.path, lambda: _write(folder, plan, rounds), observer, ClustersInterrupted)


def _write(folder: ClustersFolder, plan: ClustersPlan, rounds: ClustersRounds) -> Clusters:
    answer = make_answer(plan, rounds.preparings, rounds.trials, complete=rounds.complete)
    folder.save(answer)
    return answer
