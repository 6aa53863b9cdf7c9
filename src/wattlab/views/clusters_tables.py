"""The table of a study of clusters: a row for all features and for every number of clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.clusters.paying import span_text, whole_epochs
from wattlab.studies.columns import Cell, Column
from wattlab.units import format_count, significant
from wattlab.views.study_cells import (
    ABSENT_CELL,
    energy_cell,
    estimate_cell,
    quantity_cell,
    shared_provenance,
    step_unit,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.studies.clusters.answer import Clusters, ClustersRow
    from wattlab.studies.clusters.payoff import Even
    from wattlab.studies.columns import Align

__all__ = ["clusters_columns"]

_MEGA: Final = 1e-6


def clusters_columns(answer: Clusters) -> tuple[Column, ...]:
    """Return the table; columns in which all are absent are left out.

    Parameters
    ----------
    answer : Clusters
        Any, also one that was interrupted.
    """
    unit, factor = step_unit(answer.rows)
    shared = shared_provenance(row.fit_energy for row in answer.rows)
    energy = f"energy ({shared})" if shared else "energy"
    epochs = answer.plan.epochs
    columns = (
        _column(answer, "clusters", lambda row: Cell(str(row.n_clusters or row.label))),
        _column(answer, "time to find", lambda row: quantity_cell(row.fit), "right"),
        _column(answer, "CPU time", lambda row: quantity_cell(row.fit_cpu), "right"),
        _column(answer, energy, lambda row: energy_cell(row.fit_energy, named=not shared), "right"),
        _column(answer, "inertia", _inertia, "right"),
        _column(answer, "silhouette", _silhouette, "point"),
        _column(answer, "data ready in", lambda row: quantity_cell(row.preparation), "right"),
        _column(answer, "parameters", lambda row: Cell(format_count(row.n_parameters)), "right"),
        _column(answer, "MFLOP/step", lambda row: Cell(significant(row.flop * _MEGA)), "point"),
        _column(answer, f"{unit}/step", lambda row: estimate_cell(row.step, factor), "point"),
        _column(answer, "ratio", _ratio, "point"),
        _column(answer, "pays from epoch", lambda row: _pays(row.payoff, epochs), "right"),
        _column(answer, "by measured energy", lambda row: _pays_by_energy(row, epochs), "right"),
    )
    return tuple(column for column in columns if any(cell != ABSENT_CELL for cell in column.cells))


def _column(
    answer: Clusters, heading: str, cell: Callable[[ClustersRow], Cell], align: Align = "left"
) -> Column:
    return Column(heading, tuple(cell(row) for row in answer.rows), align)


def _inertia(row: ClustersRow) -> Cell:
    if row.inertia is None:
        return Cell("failed", tone="failed", detail="; ".join(row.failures)) if row.failures else ABSENT_CELL
    return estimate_cell(row.inertia)


def _silhouette(row: ClustersRow) -> Cell:
    return (
        estimate_cell(row.silhouette)
        if row.silhouette
        else ABSENT_CELL._replace(detail=row.silhouette_reason)
    )


def _ratio(row: ClustersRow) -> Cell:
    return Cell("1") if row.n_clusters is None and row.step else estimate_cell(row.ratio)


def _pays(found: Even | None, epochs: int) -> Cell:
    """Return from which epoch on it pays, with its interval; stressed where the recipe trains as many."""
    if found is None:
        return ABSENT_CELL
    if found.state == "never":
        return Cell("never", tone="worse")
    if found.state == "unknown" or found.epochs is None:
        return Cell("unknown", tone="unknown", detail="the difference of an epoch is within the noise")
    tone = "better" if found.epochs <= epochs else ""
    return Cell(f"{whole_epochs(found.epochs):,}", span_text(found), tone)


def _pays_by_energy(row: ClustersRow, epochs: int) -> Cell:
    return _pays(row.payoff.energy if row.payoff else None, epochs)
