"""What the reader of a study of a target must know, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.meter.load import BUSY
from wattlab.studies.trainings.censored import ENOUGH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.target.answer import TargetRow
    from wattlab.studies.target.plan import TargetPlan
    from wattlab.studies.trainings.trained import Trained

__all__ = ["target_notes"]


def target_notes(
    plan: TargetPlan, rows: Sequence[TargetRow], trainings: Sequence[Trained]
) -> tuple[str, ...]:
    """Return what must be known of the whole study.

    Parameters
    ----------
    plan : TargetPlan
        What was to be done.
    rows : sequence of TargetRow
        What came out.
    trainings : sequence of Trained
        All that are over.
    """
    return (*plan.notes, *_first(rows), *_few(plan, rows), *_energy(rows), *_busy(trainings))


def _first(rows: Sequence[TargetRow]) -> list[str]:
    """Return which recipe the others are held against where that is not the first named."""
    held = next((row for row in rows if row.verdict == "baseline"), None)
    if held is None or held is rows[0]:
        return []
    return [
        f"The others are held against {held.label}, because {rows[0].label}, named first, cannot run here."
    ]


def _few(plan: TargetPlan, rows: Sequence[TargetRow]) -> list[str]:
    if plan.seeds >= ENOUGH:
        return []
    verdicts = any(row.verdict in {"better", "worse", "no difference"} for row in rows)
    firm = (
        "; verdicts rest on Student's intervals, which take the logarithms of the ratios to be normal"
        if verdicts
        else ""
    )
    return [
        f"With fewer than {ENOUGH} seeds intervals are wide and mean little{firm}: --seeds {ENOUGH} or more."
    ]


def _energy(rows: Sequence[TargetRow]) -> list[str]:
    kinds = {row.outcome.energy_provenance for row in rows if row.outcome and row.outcome.rate.n_reached}
    notes = []
    if "modelled" in kinds:
        notes.append("Energy is modelled, not measured, so nothing is ranked by it; verdicts are about time.")
    if "missing" in kinds:
        notes.append("Energy is missing for some trainings that reached the target: see wattlab doctor.")
    return notes


def _busy(trainings: Sequence[Trained]) -> list[str]:
    loads = [one.foreign_load for one in trainings if (one.foreign_load or 0.0) > BUSY]
    if not loads:
        return []
    most = max(load or 0.0 for load in loads)
    share = f"{len(loads)} of {len(trainings)} trainings"
    return [f"Others kept up to {most:.0%} of the cores busy before {share}: times are longer than need be."]
