"""From the trials of a study of clusters to its rows: medians, ratios to all features, what pays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.meter.quantity import value_of
from wattlab.meter.statistics import estimate, median_quantity
from wattlab.studies.clusters.answer import ClustersRow
from wattlab.studies.clusters.payoff import energy_payoff, is_measured, payoff
from wattlab.studies.sweep.statistics import ratio_of, step_of
from wattlab.studies.sweep.timed import TimedCell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.cluster.reduction_report import ClusterFigures, ReductionReport
    from wattlab.cluster.step_report import StepReport
    from wattlab.meter.cost import Cost
    from wattlab.meter.quantity import Quantity
    from wattlab.meter.statistics import Estimate
    from wattlab.studies.clusters.answer import Preparing
    from wattlab.studies.clusters.payoff import EnergyPayoff, Payoff
    from wattlab.studies.clusters.plan import ClustersPlan, PlannedNetwork
    from wattlab.studies.sweep.answer import SweepTrial

__all__ = ["make_rows"]


def make_rows(
    plan: ClustersPlan, preparings: Sequence[Preparing], trials: Sequence[SweepTrial]
) -> tuple[ClustersRow, ...]:
    """Return what came out for all features and for every number of clusters.

    Parameters
    ----------
    plan : ClustersPlan
        With the networks.
    preparings : sequence of Preparing
        All that are over.
    trials : sequence of SweepTrial
        All processes that timed steps and are over.
    """
    cells = [
        _Cell(
            planned,
            [one for one in preparings if one.cell == place],
            TimedCell("", [one for one in trials if one.cell == place]),
        )
        for place, planned in enumerate(plan.cells)
    ]
    whole = cells[0]
    return (_row(whole), *(_held_against(one, whole, plan) for one in cells[1:]))


class _Cell:
    """What the processes of one network gave."""

    def __init__(self, planned: PlannedNetwork, preparings: Sequence[Preparing], timed: TimedCell) -> None:
        self.planned, self.timed = planned, timed
        self.preparings = sorted(preparings, key=lambda one: one.number)
        self.reports: list[ReductionReport] = [
            one.report for one in self.preparings if one.report is not None
        ]

    @property
    def figures(self) -> list[ClusterFigures]:
        return [one.clusters for one in self.reports if one.clusters is not None]

    @property
    def step(self) -> Estimate | None:
        return step_of([one.step_times_s for one in self.timed.reports.values()])

    @property
    def energy_per_sample(self) -> Quantity | None:
        return self.timed.median(lambda one: one.energy_per_sample, "J") if self.timed.reports else None

    def whole(self, quantity: Callable[[Cost], Quantity], unit: str) -> Quantity | None:
        """Return a median of what preparing the data cost."""
        return _median([quantity(one.preparation) for one in self.reports], unit)

    def search(self, quantity: Callable[[Cost], Quantity], unit: str) -> Quantity | None:
        """Return a median of what finding the clusters cost."""
        return _median([quantity(one.fit) for one in self.reports if one.fit is not None], unit)

    @property
    def notes(self) -> tuple[str, ...]:
        shared = dict.fromkeys(one.preparation.shared for one in self.reports if one.preparation.shared)
        return (*(f"while data was prepared, {text}" for text in shared), *self.timed.notes)


def _median(values: Sequence[Quantity], unit: str) -> Quantity | None:
    return median_quantity(values, unit) if values else None


def _row(cell: _Cell) -> ClustersRow:
    """Return all but what is held against all features."""
    planned, figures = cell.planned, cell.figures
    reasons = dict.fromkeys(one.silhouette.reason for one in figures if one.silhouette.reason)
    failed = [one.failure for one in cell.preparings if one.failure is not None]
    return ClustersRow(
        label=planned.label,
        n_clusters=planned.n_clusters,
        n_inputs=planned.n_inputs,
        n_parameters=planned.n_parameters,
        flop=planned.flop,
        preparation=cell.whole(lambda cost: cost.wall, "s"),
        preparation_energy=cell.whole(lambda cost: cost.energy, "J"),
        fit=cell.search(lambda cost: cost.wall, "s"),
        fit_cpu=cell.search(lambda cost: cost.cpu, "s"),
        fit_energy=cell.search(lambda cost: cost.energy, "J"),
        inertia=estimate([one.inertia for one in figures], ""),
        silhouette=estimate([one.silhouette.score for one in figures], ""),
        silhouette_reason="; ".join(reasons),
        n_empty=max((one.n_empty for one in figures), default=0),
        step=cell.step,
        energy_per_sample=cell.energy_per_sample,
        failures=tuple(dict.fromkeys([*failed, *cell.timed.failures])),
        notes=cell.notes,
    )


def _held_against(cell: _Cell, whole: _Cell, plan: ClustersPlan) -> ClustersRow:
    row = _row(cell)
    both = cell.timed.shared_rounds(whole.timed)
    ratio = ratio_of([(own.step_times_s, other.step_times_s) for own, other in both])
    if ratio is None:
        return row
    all_of_it = _row(whole)
    energy = _by_energy(row, all_of_it, _energy_ratio(both), plan)
    return row.model_copy(update={"ratio": ratio, "payoff": _payoff(row, all_of_it, ratio, energy, plan)})


def _payoff(
    row: ClustersRow, whole: ClustersRow, ratio: Estimate, energy: EnergyPayoff | None, plan: ClustersPlan
) -> Payoff | None:
    """Return what pays; None where preparing the data failed, or nobody measured it."""
    times = (value_of(row.preparation), value_of(whole.preparation))
    if whole.step is None or times[0] is None or times[1] is None:
        return None
    extra_s, epoch_s = times[0] - times[1], plan.steps_per_epoch * whole.step.median
    return payoff(extra_s, epoch_s, ratio, energy)


def _energy_ratio(both: Sequence[tuple[StepReport, StepReport]]) -> Estimate | None:
    """Return the ratio of the energies of a sample, round by round; None where any is not measured, or is nought."""
    pairs = [(own.energy_per_sample, other.energy_per_sample) for own, other in both]
    if not all(is_measured(one) and one.value for pair in pairs for one in pair):
        return None
    return ratio_of([((own.value or 0.0,), (other.value or 0.0,)) for own, other in pairs])


def _by_energy(
    row: ClustersRow, whole: ClustersRow, ratio: Estimate | None, plan: ClustersPlan
) -> EnergyPayoff | None:
    if whole.energy_per_sample is None:
        return None
    epoch = whole.energy_per_sample.times(plan.epoch_samples, "J")
    return energy_payoff((row.preparation_energy, whole.preparation_energy), epoch, ratio)
