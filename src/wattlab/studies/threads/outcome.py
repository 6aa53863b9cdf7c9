"""From the trials of a study of threads to its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.data.batches import batch_bounds
from wattlab.studies.course import answer_head
from wattlab.studies.data_kind import data_kind
from wattlab.studies.sweep.timed import step_times
from wattlab.studies.threads.answer import Threads
from wattlab.studies.threads.best import find_best, is_measured
from wattlab.studies.threads.notes import threads_notes
from wattlab.studies.threads.rows import collect, make_rows
from wattlab.studies.threads.trainings import whole_training
from wattlab.studies.threads.verdicts import best_sentence, find_suggestion, training_sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.cluster.step_report import DataUsed
    from wattlab.studies.sweep.answer import SweepTrial
    from wattlab.studies.threads.answer import Best, Measure, Suggestion, ThreadsRow
    from wattlab.studies.threads.plan import ThreadsPlan
    from wattlab.studies.threads.rows import Timed
    from wattlab.studies.trainings.trained import Trained

__all__ = ["make_answer"]


def make_answer(
    plan: ThreadsPlan, trials: Sequence[SweepTrial], trained: Sequence[Trained], *, complete: bool
) -> Threads:
    """Return what is known.

    Parameters
    ----------
    plan : ThreadsPlan
        What was to be done.
    trials : sequence of SweepTrial
        All that are over, by round and cell.
    trained : sequence of Trained
        Whole trainings that are over, by cell and seed.
    complete : bool
        Whether nothing is left to run.
    """
    timed = collect(plan, trials)
    rows = tuple(
        row.model_copy(update={"training": whole_training(plan, place, trained)})
        for place, row in enumerate(make_rows(plan, timed))
    )
    data = list(dict.fromkeys(one.report.data for one in trials if one.report is not None))
    best = _best(plan, rows, timed)
    return Threads(
        **answer_head(plan),
        recipe=plan.recipe,
        series=tuple(one.name for one in plan.series),
        counts=plan.counts,
        all_threads=plan.all_threads,
        usable_cores=plan.usable_cores,
        asked=plan.asked,
        rounds=plan.rounds,
        complete=complete,
        data=data[-1] if data else None,
        data_kind=data_kind(data[-1]) if data else None,
        epoch_samples=_epoch_samples(plan, data[-1]) if data else None,
        ranked_by_energy=is_measured(rows),
        rows=rows,
        best=best,
        verdicts=(*map(best_sentence, best), *training_sentences(plan, rows)),
        suggestions=_suggestions(plan, best, timed),
        step_times_s=step_times(trials, [row.label for row in rows]),
        target=plan.training.target if plan.training else None,
        epochs=plan.training.epochs if plan.training else None,
        score_name=next((one.score_name for one in trained if one.score_name), None),
        trainings=tuple(trained),
        notes=threads_notes(plan, rows, data),
    )


def _epoch_samples(plan: ThreadsPlan, data: DataUsed) -> int | None:
    """Return how many samples an epoch trains on; samples that stood in for others tell nothing of it."""
    if data.synthetic:
        return None
    bounds = batch_bounds(data.n_train, plan.batch_size, "drop" if plan.drops_last else "keep")
    return sum(stop - start for start, stop in bounds)


def _best(plan: ThreadsPlan, rows: Sequence[ThreadsRow], timed: Timed) -> tuple[Best, ...]:
    measures: tuple[Measure, ...] = ("time", "energy") if is_measured(rows) else ("time", "processor time")
    own = {one.name: [row for row in rows if row.series == one.name] for one in plan.series}
    found = (find_best(own[one.name], timed, by) for one in plan.series for by in measures)
    return tuple(best for best in found if best is not None)


def _suggestions(plan: ThreadsPlan, best: Sequence[Best], timed: Timed) -> tuple[Suggestion, ...]:
    found = (
        find_suggestion(one, [each for each in best if each.series == one.name], timed, plan.all_threads)
        for one in plan.series
    )
    return tuple(suggestion for suggestion in found if suggestion is not None)
