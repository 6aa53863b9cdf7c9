"""What the reader of a study of clusters must know, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattlab.studies.clusters.answer import ClustersRow
    from wattlab.studies.clusters.plan import ClustersPlan

__all__ = ["notes"]

_REPORTED: Final = (
    "For comparison, not measured here: the blog's article XIV found clusters in 32 s (K = 30) to less than a minute "
    "(K = 170), saw no clear elbow (flatter from K = 60 to 90), and read 40, 70 and 90 from its silhouette."
)


def notes(plan: ClustersPlan, rows: Sequence[ClustersRow]) -> tuple[str, ...]:
    """Return what must be known of the whole study.

    Parameters
    ----------
    plan : ClustersPlan
        What was to be done.
    rows : sequence of ClustersRow
        With all features, and with clusters.
    """
    found = [*plan.notes]
    if plan.rounds == 0:
        found.append("No steps were timed (--rounds 0), so nothing is known of what fewer inputs save.")
    else:
        found.append(
            "What pays is told for as many epochs with clusters as without, evaluation left out; how many each needs "
            "for the same accuracy tells wattlab target."
        )
    if plan.settings.get("fit_on") == "train-and-test":
        found.append(
            "Clusters are found among training and test part together, as the blog did: scores on the test part are "
            "optimistic after it."
        )
    empty = [f"{row.label} ({row.n_empty})" for row in rows if row.n_empty]
    if empty:
        found.append(f"Clusters to which no sample is nearest: {', '.join(empty)}.")
    idle = [row.label for row in rows if row.n_clusters is not None and row.n_inputs >= plan.n_features]
    if idle:
        found.append(
            f"{', '.join(idle)}: no fewer inputs than the {plan.n_features} features, so there is nothing to save."
        )
    return (*found, *_energy(rows, timed=plan.rounds > 0), *_blog(plan.data, plan.settings))


def _energy(rows: Sequence[ClustersRow], *, timed: bool) -> list[str]:
    """Return what must be known of energies, once."""
    energies = [
        one for row in rows for one in (row.preparation_energy, row.energy_per_sample) if one is not None
    ]
    if not any(one.provenance == "modelled" for one in energies):
        return []
    alone = ", and what pays is told by time alone: modelled energy follows from it" if timed else ""
    return [f"Energy is modelled, not measured: do not rank small differences by it{alone}."]


def _blog(data: str, settings: Mapping[str, Any]) -> list[str]:
    """Return what the blog reports, where its settings were taken."""
    if data != "mnist" or settings.get("n_init") != 500 or settings.get("fit_on") != "train-and-test":
        return []
    return [_REPORTED]
