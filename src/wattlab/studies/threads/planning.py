"""From the question about threads to what is going to be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.data.catalog import located
from wattlab.machine.fingerprint import describe_machine
from wattlab.studies.course import plan_head
from wattlab.studies.threads.asked import check_asked, check_counts, default_counts
from wattlab.studies.threads.cells import find_series, left_out, make_cells, read_recipe
from wattlab.studies.threads.plan import PlannedSeries, PlannedThreads, ThreadsPlan
from wattlab.studies.threads.trainings import check_trainings, plan_trainings

if TYPE_CHECKING:
    from wattlab.machine.fingerprint import Machine
    from wattlab.recipe import Recipe
    from wattlab.studies.threads.asked import ThreadsAsked
    from wattlab.studies.threads.cells import Series, ThreadCell

__all__ = ["make_plan"]


def make_plan(asked: ThreadsAsked) -> ThreadsPlan:
    """Return what is going to be done, still without an id.

    Parameters
    ----------
    asked : ThreadsAsked
        Recipe, engines and numbers of threads.

    Raises
    ------
    wattlab.errors.UserError
        If the question itself is wrong, or nothing can run.
    """
    check_asked(asked)
    check_trainings(asked)
    recipe = read_recipe(asked)
    series = find_series(recipe, asked)
    machine = describe_machine()
    cells = make_cells(recipe, series, _counts(asked, recipe, machine))
    planned = tuple(map(_planned, cells))
    changed = next(cell.recipe for cell in cells if not cell.refusal)
    return ThreadsPlan(
        **plan_head("", f"{changed.name}: threads of {', '.join(one.name for one in series)}", machine),
        recipe=changed.name,
        series=tuple(_planned_series(recipe, one) for one in series),
        counts=tuple(dict.fromkeys(cell.threads for cell in cells)),
        usable_cores=machine.usable_cores,
        batch_size=changed.training.batch_size,
        drops_last=changed.training.last_batch == "drop",
        cells=planned,
        asked=asked.steps_asked(),
        rounds=asked.rounds,
        order_seed=asked.order_seed,
        timeout_s=asked.patience_s,
        training=plan_trainings(asked, planned),
    )


def _counts(asked: ThreadsAsked, recipe: Recipe, machine: Machine) -> tuple[int, ...]:
    usable = machine.usable_cores
    if asked.counts:
        check_counts(asked.counts, usable)
        return tuple(sorted(asked.counts))
    return default_counts(usable, machine.physical_cores, machine.logical_cores, recipe.engine.threads)


def _planned_series(recipe: Recipe, series: Series) -> PlannedSeries:
    left = left_out(recipe, series.changes)
    return PlannedSeries(name=series.name, inter_threads=series.inter_threads, left_out=left)


def _planned(cell: ThreadCell) -> PlannedThreads:
    recipe = cell.recipe
    return PlannedThreads(
        series=cell.series.name,
        threads=cell.threads,
        # A study may be resumed from another folder.
        recipe=recipe.model_copy(update={"data": located(recipe.data)}).to_toml(),
        refusal=cell.refusal,
    )
