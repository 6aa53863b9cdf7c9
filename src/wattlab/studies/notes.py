"""What the reader of a study must know, in sentences: threads, early stops, noise, modelled energy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.studies.statistics import judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.recipe import Recipe
    from wattlab.studies.plan import Entry, Plan
    from wattlab.studies.row import Row

__all__ = ["planned_notes", "study_notes"]

_STOPS = ("target", "patience", "time_budget_s", "energy_budget_J")


def planned_notes(recipes: Sequence[tuple[str, Recipe]], threads: int, epochs: int | None) -> tuple[str, ...]:
    """Return what is known before anything runs.

    Parameters
    ----------
    recipes : sequence of (label, Recipe)
        Of all candidates that can run.
    threads : int
        For every recipe that leaves them open.
    epochs : int or None
        To which all were shortened.
    """
    own = [label for label, recipe in recipes if recipe.engine.threads is None]
    most = {label: recipe.engine.threads or threads for label, recipe in recipes}
    notes = []
    if len(set(most.values())) > 1:
        each = ", ".join(f"{label} {count}" for label, count in most.items())
        notes.append(f"Threads differ, as recipes or engines have it; at most: {each}.")
    else:
        count = next(iter(most.values()), threads)
        notes.append(f"Threads: at most {count} for each candidate.")
    if own:
        who, engine = ("its", "the engine knows") if len(own) == 1 else ("their", "their engines know")
        notes.append(f"{_listed(own)} chose {who} own number of threads, as {engine} which serves best.")
    if epochs is not None:
        length = "1 epoch" if epochs == 1 else f"{epochs} epochs"
        notes.append(f"Every candidate trained for {length} at most, whatever its recipe says.")
    return (*notes, *_early_stops(recipes))


def _early_stops(recipes: Sequence[tuple[str, Recipe]]) -> list[str]:
    stopping = [
        label
        for label, recipe in recipes
        if any(getattr(recipe.stop, name) is not None for name in _STOPS[1:])
        or (recipe.stop.target is not None and recipe.stop.at_target)
    ]
    if not stopping:
        return []
    note = (
        f"{_listed(stopping)} may stop before the last epoch, as [stop] of the recipe says: "
        "seconds per epoch compare, totals and scores are those of the epochs that were trained."
    )
    return [note]


def study_notes(plan: Plan, entries: Sequence[Entry], rows: Sequence[Row]) -> tuple[str, ...]:
    """Return what the results add to the notes of the plan."""
    notes = list(plan.notes)
    if entries and entries[0].candidate != 0:
        first = plan.candidates[0].label
        notes.append(f"{rows[0].label} is the baseline, because {first}, named first, could not run.")
    if rows and rows[0].epoch is None:
        notes.append("There are no ratios, because the baseline did not finish a trial.")
    return (*notes, *_threads_used(rows), *_noise(rows), *_energy(rows))


def _threads_used(rows: Sequence[Row]) -> list[str]:
    used = {
        row.label: row.engine["threads"]
        for row in rows
        if "threads" in row.engine and row.verdict != "control"
    }
    if len(set(used.values())) < 2:
        return []
    return [f"Threads really used: {', '.join(f'{label} {count}' for label, count in used.items())}."]


def _noise(rows: Sequence[Row]) -> list[str]:
    control = next((row for row in rows if row.verdict == "control" and row.ratio is not None), None)
    if control is None or control.ratio is None or judge(control.ratio) == "unknown":
        return []
    note = (
        f"The control differs from itself ({control.ratio.low:.3g} to {control.ratio.high:.3g}): "
        "differences as small as this mean nothing here."
    )
    return [note]


def _energy(rows: Sequence[Row]) -> list[str]:
    if any(row.energy is not None and row.energy.provenance == "modelled" for row in rows):
        return ["Energy is modelled, not measured, so nothing is ranked by it; verdicts are about time."]
    return []


def _listed(labels: Sequence[str]) -> str:
    *most, last = labels
    return f"{', '.join(most)} and {last}" if most else last
