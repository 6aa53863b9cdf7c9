"""The question "which of these values make a training step cheap?": from recipe to answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from wattlab.data.catalog import located
from wattlab.machine.fingerprint import describe_machine
from wattlab.studies.course import (
    StudyInterrupted,
    answer_head,
    begin,
    carry_out,
    go_on,
    plan_head,
)
from wattlab.studies.data_kind import data_kind
from wattlab.studies.folders import DEFAULT_FOLDER
from wattlab.studies.observer import StudyObserver, StudyPlan
from wattlab.studies.sweep import store
from wattlab.studies.sweep.answer import Sweep
from wattlab.studies.sweep.asked import check_asked, value_text
from wattlab.studies.sweep.cells import find_cells
from wattlab.studies.sweep.notes import sweep_notes
from wattlab.studies.sweep.plan import PlannedCell, SweepPlan
from wattlab.studies.sweep.rounds import SweepRounds
from wattlab.studies.sweep.rows import make_rows
from wattlab.studies.sweep.timed import step_times
from wattlab.studies.sweep.trainings import check_real_data

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.studies.sweep.asked import SweepAsked
    from wattlab.studies.sweep.cells import BatchSize, Cell, Cells
    from wattlab.studies.sweep.store import SweepFolder

__all__ = ["SweepInterrupted", "resume", "sweep"]


class SweepInterrupted(StudyInterrupted[Sweep]):
    """Ctrl-C during a sweep; the trials and trainings that were over are kept."""

    verb = "sweep"


def sweep(
    asked: SweepAsked,
    *,
    studies: Path | str = DEFAULT_FOLDER,
    observer: StudyObserver | None = None,
) -> Sweep:
    """Time a training step with every combination of some values, each in fresh processes, in interleaved rounds.

    What an engine cannot do, what runs out of memory, crashes or hangs is told in its cell, and harms no other.

    Parameters
    ----------
    asked : SweepAsked
        Recipe, fields and values.
    studies : path, optional
        Folder of all studies.
    observer : StudyObserver, optional
        Told of every trial.

    Returns
    -------
    Sweep
        Its ``rows`` hold times, memory, utilisation, energy, and ratios to the baseline at equal batch size.

    Raises
    ------
    wattlab.errors.UserError
        If the question itself is wrong, or no combination can run.
    SweepInterrupted
        On Ctrl-C, after what is known so far has been written.

    Examples
    --------
    >>> from wattlab.studies.sweep.asked import SweepAsked
    >>> asked = SweepAsked("moons", {"batch_size": [16, 32]}, steps=3, rounds=1, limit_s=0.1)
    >>> found = sweep(asked, studies=getfixture("tmp_path"))
    >>> [(row.batch_size, row.state) for row in found.rows]
    [(16, 'timed'), (32, 'timed')]
    """
    check_asked(asked)
    cells = find_cells(asked)
    if asked.epochs is not None:
        check_real_data(cells.cells[0].recipe)
    return begin(
        store.create(studies, cells.recipe),
        lambda study_id: _plan(study_id, asked, cells),
        partial(_run, observer=observer or StudyObserver()),
    )


def resume(
    name: str, *, studies: Path | str = DEFAULT_FOLDER, observer: StudyObserver | None = None
) -> Sweep:
    """Go on with an interrupted sweep; nothing that was over runs again.

    Parameters
    ----------
    name : str
        Its name, the beginning of it, its folder, or "last".
    studies, observer : optional
        As for `sweep`.

    Returns
    -------
    Sweep
        The same if nothing was missing.

    Raises
    ------
    wattlab.errors.RunError
        If the sweep is unknown, in use by another process, or was begun on another machine, with other cores or by
        another version of wattlab.
    """
    return go_on(store.reopen(studies, name), partial(_run, observer=observer or StudyObserver()))


def _plan(study_id: str, asked: SweepAsked, cells: Cells) -> SweepPlan:
    trained_size = _trained_size(cells)
    return SweepPlan(
        **plan_head(study_id, f"{cells.recipe}: {' × '.join(asked.vary)}", describe_machine()),
        recipe=cells.recipe,
        fields={name: tuple(map(value_text, values)) for name, values in asked.vary.items()},
        batch_field=cells.batch_field,
        baseline={name: value_text(value) for name, value in cells.baseline.items()},
        cells=tuple(
            _planned(one, cells, trained_size if asked.epochs is not None else None) for one in cells.cells
        ),
        asked=asked.steps_asked(),
        rounds=asked.rounds,
        order_seed=asked.order_seed,
        timeout_s=asked.patience_s,
        epochs=asked.epochs,
        seeds=asked.n_seeds,
        notes=_training_notes(asked, cells, trained_size),
    )


def _trained_size(cells: Cells) -> BatchSize:
    """Return at which batch size cells are trained: the recipe's own if it is there, else the first."""
    sizes = [_batch_size(one, cells) for one in cells.cells if not one.refusal]
    return cells.batch_size if cells.batch_size in sizes else sizes[0]


def _batch_size(cell: Cell, cells: Cells) -> BatchSize:
    """Return the batch size of a cell; a recipe that was refused may not have it."""
    own: BatchSize = cell.recipe.training.batch_size
    return own if cells.batch_field is None else cell.values[cells.batch_field]


def _planned(cell: Cell, cells: Cells, trained_size: BatchSize | None) -> PlannedCell:
    recipe, size = cell.recipe, _batch_size(cell, cells)
    return PlannedCell(
        values={name: value_text(value) for name, value in cell.values.items()},
        batch_size=size,
        # A sweep may be resumed from another folder.
        recipe=recipe.model_copy(update={"data": located(recipe.data)}).to_toml(),
        refusal=cell.refusal,
        baseline=cell.baseline,
        trained=size == trained_size,
    )


def _training_notes(asked: SweepAsked, cells: Cells, size: BatchSize) -> tuple[str, ...]:
    if asked.epochs is None:
        return ()
    length = "1 epoch" if asked.epochs == 1 else f"{asked.epochs} epochs"
    seeds = "1 seed" if asked.n_seeds == 1 else f"each of {asked.n_seeds} seeds"
    where = f" at batch size {size}" if cells.batch_field is not None else ""
    note = (
        f"Scores: after {length} on the test part, trained from the start with {seeds}{where}; no target or budget "
        "of the recipe ends a training earlier."
    )
    return (note,)


def _run(folder: SweepFolder, plan: SweepPlan, observer: StudyObserver) -> Sweep:
    """Do what is missing of a plan, and write the answer."""
    rounds = SweepRounds(folder, plan, observer)
    observer.started(_outlook(folder, plan, rounds))
    return carry_out(rounds, folder.path, lambda: _write(folder, plan, rounds), observer, SweepInterrupted)


def _outlook(folder: SweepFolder, plan: SweepPlan, rounds: SweepRounds) -> StudyPlan:
    labels = tuple(one.label for one in plan.cells)
    refused = {one.label: one.refusal for one in plan.cells if one.refusal}
    return StudyPlan(plan.title, labels, refused, plan.rounds, rounds.n_trials, rounds.n_done, folder.path)


def _write(folder: SweepFolder, plan: SweepPlan, rounds: SweepRounds) -> Sweep:
    trials = tuple(rounds.trials[key] for key in sorted(rounds.trials))
    trainings = tuple(rounds.trainings[key] for key in sorted(rounds.trainings))
    rows = make_rows(plan, trials, trainings)
    reports = [one.report for one in trials if one.report is not None]
    data = list(dict.fromkeys(one.data for one in reports))
    answer = Sweep(
        **answer_head(plan),
        recipe=plan.recipe,
        fields=plan.fields,
        batch_field=plan.batch_field,
        baseline=plan.baseline,
        asked=plan.asked,
        rounds=plan.rounds,
        complete=rounds.complete,
        epochs=plan.epochs,
        score_name=next((one.score_name for one in trainings if one.score_name), None),
        data=data[-1] if data else None,
        data_kind=data_kind(data[-1]) if data else None,
        rows=rows,
        step_times_s=step_times(trials, [row.label for row in rows]),
        trainings=trainings,
        notes=sweep_notes(plan, rows, data),
    )
    folder.save(answer)
    return answer
