"""The processes of a range test: a ramp for each seed, then short trainings for each; kept as soon as they are over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.cluster.ramp import run_ramp
from wattlab.cluster.ramp_report import RampFailure, RampReport, ShortRuns, ShortRunsAsked
from wattlab.cluster.ramp_runs import HELD_OUT, run_short_runs
from wattlab.errors import UnsupportedError
from wattlab.studies.lr_range.answer import SeedRamp, SeedRuns
from wattlab.studies.lr_range.curve import Curve, suggest
from wattlab.studies.lr_range.suggesting import consensus, suggestion_of
from wattlab.studies.lr_range.verifying import rates_to_try, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.cluster.ramp_report import RampAsked
    from wattlab.recipe import Recipe
    from wattlab.studies.lr_range.observer import LrRangeObserver
    from wattlab.studies.lr_range.plan import LrRangePlan
    from wattlab.studies.lr_range.store import LrRangeFolder

__all__ = ["Trials"]


class Trials:
    """Runs what a plan still lacks.

    Parameters
    ----------
    folder : LrRangeFolder
    plan : LrRangePlan
    observer : LrRangeObserver
    ramp : callable, optional
        Runs a ramp in a fresh process: (recipe, asked, folder, name, timeout) -> report or failure.
    short : callable, optional
        Runs short trainings in a fresh process, likewise.
    """

    def __init__(
        self,
        folder: LrRangeFolder,
        plan: LrRangePlan,
        observer: LrRangeObserver,
        ramp: Callable[[Recipe, RampAsked, Path, str, float | None], RampReport | RampFailure] = run_ramp,
        short: Callable[
            [Recipe, ShortRunsAsked, Path, str, float | None], ShortRuns | RampFailure
        ] = run_short_runs,
    ) -> None:
        self.folder, self.plan, self.observer = folder, plan, observer
        self._ramp, self._short = ramp, short
        self.ramps, self.runs = folder.ramps(), folder.short_runs()

    @property
    def n_done(self) -> int:
        """Processes that are over."""
        return len(self.ramps) + len(self.runs)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to run."""
        if not self._ramped:
            return False
        return self.to_try() is None or all(seed in self.runs for seed in self.plan.seeds)

    @property
    def _ramped(self) -> bool:
        return all(seed in self.ramps for seed in self.plan.seeds)

    def run(self) -> None:
        """Run what is missing: all ramps, then the short trainings if there is a rate to try.

        Raises
        ------
        wattlab.errors.UnsupportedError
            If engine, data or recipe refuse: no seed mends that.
        """
        for seed in self.plan.seeds:
            if seed not in self.ramps:
                self._ramp_of(seed)
        asked = self.to_try()
        for seed in self.plan.seeds if asked is not None else ():
            if seed not in self.runs and asked is not None:
                self._runs_of(seed, asked)

    def to_try(self) -> ShortRunsAsked | None:
        """Return what the short trainings are asked once all ramps are over; None where there are none.

        It follows from plan and ramps alone, so a resumed study asks the same.
        """
        readings = [one.reading for one in self.ramps.values() if one.reading is not None]
        if not (self.plan.verify and self._ramped and readings):
            return None
        interval = consensus(readings).interval
        if interval is None:
            return None
        report = next(one.report for one in self.ramps.values() if one.report is not None)
        rates = rates_to_try(suggestion_of(interval).by_rule, interval)
        steps = self.plan.verify_steps or steps_of(report)
        return ShortRunsAsked(rates=rates, steps=steps, held_out=0.0 if report.has_validation else HELD_OUT)

    def _ramp_of(self, seed: int) -> None:
        plan = self.plan
        self.observer.ramping(seed)
        found = self._ramp(
            plan.recipe_of(seed), plan.ramp, self.folder.processes, f"ramp-{seed}", plan.timeout_s
        )
        if isinstance(found, RampFailure):
            if found.refused:
                raise UnsupportedError(found.reason)
            ramp = SeedRamp(seed=seed, report=None, reading=None, failure=found.reason)
        else:
            ramp = SeedRamp(seed=seed, report=found, reading=suggest(Curve.of(found)))
        self.folder.save_ramp(ramp)
        self.ramps[seed] = ramp
        self.observer.ramped(ramp)

    def _runs_of(self, seed: int, asked: ShortRunsAsked) -> None:
        plan = self.plan
        self.observer.trying(seed, asked.rates, asked.steps)
        found = self._short(
            plan.recipe_of(seed), asked, self.folder.processes, f"short-{seed}", plan.timeout_s
        )
        if isinstance(found, RampFailure):
            runs = SeedRuns(seed=seed, runs=None, failure=found.reason)
        else:
            runs = SeedRuns(seed=seed, runs=found)
        self.folder.save_runs(runs)
        self.runs[seed] = runs
        self.observer.tried(runs)
