"""Studies of clusters whose processes are made up: what each number of clusters gives and costs is known by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab import __version__
from wattlab.cluster.reduction_report import ClusterFigures, ReductionReport, Silhouette
from wattlab.meter import Cost, measured, missing, modelled
from wattlab.studies.clusters import study
from wattlab.studies.clusters.rounds import ClustersRounds

from ..sweep.invented import make_report  # noqa: TID252

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from wattlab.cluster.reduction_report import ReductionAsked
    from wattlab.cluster.step_report import StepFailure, StepReport, StepsAsked
    from wattlab.recipe import Recipe
    from wattlab.studies.clusters.plan import ClustersPlan
    from wattlab.studies.clusters.store import ClustersFolder
    from wattlab.studies.observer import StudyObserver

POWER_W = 50.0
WHOLE_S = 0.5
"""Preparing the data with all features."""


def inertia(n_clusters: int) -> float:
    """Return a curve that bends sharply at 20 clusters."""
    return 100.0 - 4 * n_clusters if n_clusters <= 20 else 20.0 - 0.1 * (n_clusters - 20)


def fit_s(n_clusters: int) -> float:
    return 1.0 + 0.1 * n_clusters


def step_s(n_inputs: int) -> float:
    return 1e-3 + 1e-4 * n_inputs


class Machine:
    """Stands for the processes that prepare data, and for those that time steps."""

    def __init__(self, sensor: str = "measured") -> None:
        self.sensor = sensor
        self.prepared: list[tuple[int | None, int]] = []
        self.stepped: list[int | None] = []
        self.failing: set[int] = set()
        self.interrupt_after: int | None = None
        self.slower = False
        self.waited = 0

    def reduce(
        self, recipe: Recipe, asked: ReductionAsked, folder: Path, name: str, timeout_s: float
    ) -> ReductionReport | str:
        reduction = recipe.preparation.reduction.model_dump()
        n_clusters = reduction.get("n_clusters")
        self._count()
        self.prepared.append((n_clusters, reduction.get("seed", 0)))
        if n_clusters in self.failing:
            return "it crashed with a segmentation fault (SIGSEGV)"
        whole_s = WHOLE_S if n_clusters is None else 1.0 + fit_s(n_clusters)
        report = ReductionReport(
            wattlab_version=__version__,
            data="made up",
            n_samples=120,
            n_inputs=n_clusters or 64,
            preparation=self._cost(whole_s),
        )
        if n_clusters is None:
            return report
        score = 0.5 - 0.01 * abs(n_clusters - 15) if asked.silhouette_samples else None
        reason = "" if score else "not asked for"
        silhouette = Silhouette(score=score, n_samples=asked.silhouette_samples, reason=reason)
        figures = ClusterFigures(
            inertia=inertia(n_clusters) * (1 + 1e-3 * reduction["seed"]), n_empty=0, silhouette=silhouette
        )
        return report.model_copy(update={"fit": self._cost(fit_s(n_clusters)), "clusters": figures})

    def measure(
        self, recipe: Recipe, asked: StepsAsked, folder: Path, name: str, timeout_s: float
    ) -> StepReport | StepFailure:
        self._count()
        n_clusters = recipe.preparation.reduction.model_dump().get("n_clusters")
        self.stepped.append(n_clusters)
        size = recipe.training.batch_size
        assert size != "all"
        step = step_s(64 if n_clusters is None or self.slower else n_clusters)
        report = make_report(size, step * (2 if self.slower and n_clusters else 1), asked)
        return report.model_copy(update={"cost": self._cost(report.n_steps * step)})

    def load(self, waiting: Callable[[], None]) -> float:
        self.waited += 1
        return 0.0

    def _count(self) -> None:
        if len(self.prepared) + len(self.stepped) == self.interrupt_after:
            raise KeyboardInterrupt

    def _cost(self, wall_s: float) -> Cost:
        wall = measured(wall_s, "s", "clock:wall")
        joules = POWER_W * wall_s
        energy = (
            measured(joules, "J", "rapl:package-0")
            if self.sensor == "measured"
            else modelled(joules, "J", "model:tdp")
        )
        return Cost(
            wall, wall, energy, missing("J", "made up"), missing("J", "made up"), measured(1.0, "B", "memory")
        )


def install(monkeypatch: pytest.MonkeyPatch, machine: Machine) -> Machine:
    """Let studies of clusters ask `machine`, which is quiet."""

    def rounds(folder: ClustersFolder, plan: ClustersPlan, observer: StudyObserver) -> ClustersRounds:
        return ClustersRounds(folder, plan, observer, machine.reduce, machine.measure, machine.load)

    monkeypatch.setattr(study, "ClustersRounds", rounds)
    return machine
