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
from wattlab.studies.lr_range.verifying import ROUNDS, further_rates, joined, judge, rates_to_try, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.cluster.ramp_report import RampAsked
    from wattlab.recipe import Recipe
    from wattlab.studies.lr_range.answer import Verified
    from wattlab.studies.lr_range.observer import LrRangeObserver
    from wattlab.studies.lr_range.plan import LrRangePlan
    from wattlab.studies.lr_range.store import LrRangeFolder
    from wattlab.studies.lr_range.suggesting import Consensus

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
        return all(self.to_try(number) is None or self._tried(number) for number in range(self.n_rounds + 1))

    @property
    def n_rounds(self) -> int:
        """Rounds of short trainings that are over for every seed."""
        return next(number for number in range(ROUNDS + 1) if number == ROUNDS or not self._tried(number))

    @property
    def _ramped(self) -> bool:
        return all(seed in self.ramps for seed in self.plan.seeds)

    def _tried(self, number: int) -> bool:
        return all((number, seed) in self.runs for seed in self.plan.seeds)

    def run(self) -> None:
        """Run what is missing: all ramps, then the short trainings, round by round while there is a rate to try.

        Raises
        ------
        wattlab.errors.UnsupportedError
            If engine, data or recipe refuse: no seed mends that.
        """
        for seed in self.plan.seeds:
            if seed not in self.ramps:
                self._ramp_of(seed)
        for number in range(ROUNDS):
            asked = self.to_try(number)
            if asked is None:
                return
            for seed in self.plan.seeds:
                if (number, seed) not in self.runs:
                    self._runs_of(number, seed, asked)

    def to_try(self, number: int) -> ShortRunsAsked | None:
        """Return what a round of short trainings is asked once all before it are over; None: there is no such round.

        It follows from plan, ramps and earlier rounds alone, so a resumed study asks the same.
        """
        agreed = self.agreed
        if not self.plan.verify or not self._ramped or agreed is None or agreed.interval is None:
            return None
        report = next(one.report for one in self.ramps.values() if one.report is not None)
        if number == 0:
            rates = rates_to_try(suggestion_of(agreed.interval).by_rule, agreed.interval)
        else:
            found = self.verified(number)
            rates = further_rates(found, self.plan.ramp) if found is not None else ()
        if not rates or number >= ROUNDS:
            return None
        steps = self.plan.verify_steps or steps_of(report)
        return ShortRunsAsked(rates=rates, steps=steps, held_out=0.0 if report.has_validation else HELD_OUT)

    @property
    def agreed(self) -> Consensus | None:
        """What the curves so far say together; None where there is none."""
        readings = [one.reading for one in self.ramps.values() if one.reading is not None]
        return consensus(readings) if readings else None

    def verified(self, n_rounds: int) -> Verified | None:
        """Return what the first rounds of short trainings say; None where there is nothing to hold side by side.

        Parameters
        ----------
        n_rounds : int
            How many of them.
        """
        agreed = self.agreed
        seeds = joined([self.runs[key] for key in sorted(self.runs)], n_rounds) if n_rounds else []
        if not seeds or agreed is None or agreed.interval is None:
            return None
        return judge(seeds, suggestion_of(agreed.interval).by_rule)

    def _ramp_of(self, seed: int) -> None:
        plan = self.plan
        self.observer.ramping(seed)
        found = self._ramp(
            plan.recipe_of(seed), plan.ramp, self.folder.processes, f"ramp-{seed}", plan.timeout_s
        )
        if isinstance(found, RampFailure):
            if found.refused:
                raise UnsupportedError(found.reason)
            ramp = SeedRamp(
                seed=seed, report=None, reading=None, failure=found.reason, failed_wall=found.wall
            )
        else:
            ramp = SeedRamp(seed=seed, report=found, reading=suggest(Curve.of(found)))
        self.folder.save_ramp(ramp)
        self.ramps[seed] = ramp
        self.observer.ramped(ramp)

    def _runs_of(self, number: int, seed: int, asked: ShortRunsAsked) -> None:
        plan = self.plan
        self.observer.trying(seed, asked.rates, asked.steps)
        found = self._short(
            plan.recipe_of(seed), asked, self.folder.processes, f"short-{number}-{seed}", plan.timeout_s
        )
        if isinstance(found, RampFailure):
            runs = SeedRuns(round=number, seed=seed, runs=None, failure=found.reason, failed_wall=found.wall)
        else:
            runs = SeedRuns(round=number, seed=seed, runs=found)
        self.folder.save_runs(runs)
        self.runs[number, seed] = runs
        self.observer.tried(runs)
