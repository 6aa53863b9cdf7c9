"""From the trials of a study of clusters to its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.studies.clusters.answer import Clusters
from wattlab.studies.clusters.elbow import find_elbow, peaks
from wattlab.studies.clusters.notes import notes
from wattlab.studies.clusters.rows import make_rows
from wattlab.studies.clusters.verdicts import verdicts
from wattlab.studies.course import answer_head
from wattlab.studies.sweep.timed import step_times

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattlab.studies.clusters.answer import Preparing
    from wattlab.studies.clusters.plan import ClustersPlan
    from wattlab.studies.sweep.answer import SweepTrial

__all__ = ["make_answer"]


def make_answer(
    plan: ClustersPlan,
    preparings: Mapping[tuple[int, int], Preparing],
    trials: Mapping[tuple[int, int], SweepTrial],
    *,
    complete: bool,
) -> Clusters:
    """Return what is known so far.

    Parameters
    ----------
    plan : ClustersPlan
        What was to be done.
    preparings : mapping
        Those that are over, by number and cell.
    trials : mapping
        Processes that timed steps and are over, by round and cell.
    complete : bool
        Nothing is left to run.
    """
    prepared, timed = [preparings[key] for key in sorted(preparings)], [trials[key] for key in sorted(trials)]
    rows = make_rows(plan, prepared, timed)
    found = [row for row in rows[1:] if row.inertia is not None]
    counts = [row.n_inputs for row in found]
    elbow = find_elbow(counts, _curves(plan, prepared, counts))
    highest = peaks(counts, [None if row.silhouette is None else row.silhouette.median for row in found])
    silhouettes = [one.report.clusters.silhouette for one in prepared if one.report and one.report.clusters]
    return Clusters(
        **answer_head(plan),
        plan=plan,
        complete=complete,
        rows=rows,
        elbow=elbow,
        peaks=highest,
        silhouette_samples=max((one.n_samples for one in silhouettes), default=0),
        silhouette_exact=any(one.exact for one in silhouettes),
        verdicts=verdicts(found, elbow, highest, plan.epochs, own=plan.own),
        step_times_s=step_times(timed, [one.label for one in plan.cells]),
        notes=notes(plan, rows),
    )


def _curves(plan: ClustersPlan, prepared: Sequence[Preparing], counts: Sequence[int]) -> list[list[float]]:
    """Return inertia by the number of clusters, for each seed with which every number was found."""
    by_seed: dict[int, dict[int, float]] = {}
    for one in prepared:
        if one.report is not None and one.report.clusters is not None:
            n_clusters = plan.cells[one.cell].n_inputs
            by_seed.setdefault(one.number, {})[n_clusters] = one.report.clusters.inertia
    return [[curve[count] for count in counts] for curve in by_seed.values() if curve.keys() >= set(counts)]
