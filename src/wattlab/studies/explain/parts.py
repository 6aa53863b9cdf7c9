"""The parts of a step, timed alone in a fresh process: ``python -m wattlab.studies.explain.parts ASKED OUT``.

All variants of a recipe take turns in one process, so that what disturbs one disturbs the others: predictions rest on
the differences between them.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.cluster.ending import exit_code
from wattlab.cluster.load import read
from wattlab.engines.registry import get_engine
from wattlab.errors import UserError
from wattlab.meter.load import BUSY, foreign_s
from wattlab.meter.statistics import estimate
from wattlab.recipe import Recipe
from wattlab.records.files import write_atomically
from wattlab.studies.explain.benches import DATA, UPDATE, Bench
from wattlab.studies.explain.choosing import bench_of
from wattlab.studies.explain.part_times import AS_IT_IS, PartsAsked, PartsReport, PartTimes
from wattlab.studies.explain.step_data import StepData, step_data, work_of
from wattlab.studies.folders import read_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.meter.statistics import Estimate

__all__ = ["MODULE", "calm_rounds", "main", "measure_parts"]

MODULE: Final = "wattlab.studies.explain.parts"
_ROUNDS: Final = 7
_FEWEST: Final = 3
_WARM_UP: Final = 2
_SAMPLE_S: Final = 0.02
"""A sample lasts so long at least. Unit: s."""
_TICK_S: Final = 0.01
"""The clock of the system's counts. Unit: s."""


def measure_parts(asked: PartsAsked) -> PartsReport:
    """Time the parts of each variant, in rounds, as many as the time allows and three at least.

    Raises
    ------
    wattlab.errors.UserError
        If the recipe's data cannot be read.
    """
    recipes = {name: Recipe.from_toml(text, name) for name, text in asked.recipes.items()}
    data = step_data(recipes[AS_IT_IS])
    variants, refused = _variants(recipes, data)
    base = variants.get(AS_IT_IS)
    loads = _rounds(list(variants.values()) if base else [], asked.budget_s)
    calm = calm_rounds(loads)
    return PartsReport(
        work=work_of(recipes[AS_IT_IS], data),
        times={} if base is None else {name: one.found(calm, base) for name, one in variants.items()},
        refused=refused,
        rounding=None if base is None else base.bench.rounding(),
        foreign_load=median(loads[one] for one in calm),
        n_rounds=len(loads),
        measured_utc=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _rounds(variants: Sequence[_Variant], budget_s: float) -> list[float]:
    """Time all variants in turn until enough rounds were calm or the time is over; return the foreign loads."""
    started_s = last_s = perf_counter()
    loads: list[float] = []
    while sum(load <= BUSY for load in loads) < _ROUNDS:
        now_s = perf_counter()
        if len(loads) >= _FEWEST and now_s - started_s + (now_s - last_s) > budget_s:
            break
        last_s, before = now_s, read()
        for one in variants:
            one.time()
        after = read()
        loads.append(foreign_s(before, after) / max(after.all_s - before.all_s, _TICK_S))
    return loads


def calm_rounds(loads: Sequence[float]) -> list[int]:
    """Return the rounds in which others did not keep the machine busy; the calmest three where there are fewer.

    Examples
    --------
    >>> calm_rounds([0.0, 0.6, 0.05, 0.0]), calm_rounds([0.5, 0.2, 0.9, 0.3])
    ([0, 2, 3], [0, 1, 3])
    """
    calm = [number for number, load in enumerate(loads) if load <= BUSY]
    if len(calm) >= _FEWEST:
        return calm
    return sorted(sorted(range(len(loads)), key=lambda number: loads[number])[:_FEWEST])


def _variants(recipes: dict[str, Recipe], data: StepData) -> tuple[dict[str, _Variant], dict[str, str]]:
    variants, refused = {}, {}
    for name, recipe in recipes.items():
        try:
            variants[name] = _Variant(recipe, data)
        except UserError as error:
            refused[name] = str(error)
    return variants, refused


class _Variant:
    """A recipe of which the parts are timed again and again; between its turns it holds no arrays."""

    def __init__(self, recipe: Recipe, data: StepData) -> None:
        self._engine = get_engine(recipe.engine.name)
        self._engine.check(recipe)
        self._recipe = recipe
        self.bench: Bench = bench_of(recipe, data)
        self._threads: int | None = None
        self._passes = 0
        self._samples: list[dict[str, float]] = []

    def time(self) -> None:
        """Take one sample of each part: the mean of some passes."""
        with self._engine.threads(self._recipe), self.bench.scope():
            self._threads = self.bench.threads()
            parts = self.bench.parts()
            warm_s = min(sum(self.bench.passes(parts, 1)) for _ in range(_WARM_UP))
            self._passes = self._passes or max(1, ceil(_SAMPLE_S / max(warm_s, 1e-6)))
            taken = self.bench.passes(parts, self._passes)
        self._samples.append({part.name: one_s for part, one_s in zip(parts, taken, strict=True)})

    def found(self, rounds: Sequence[int], base: _Variant) -> PartTimes:
        """Return the estimates over some of the rounds."""
        chosen = [self._samples[number] for number in rounds]
        whole, before = self._sums(rounds), base._sums(rounds)
        layers = [name for name in chosen[0] if name not in {DATA, UPDATE}]
        return PartTimes(
            batch_size=self.bench.batch_size,
            threads=self._threads,
            layers={name: _estimate([one[name] for one in chosen]) for name in layers},
            all_layers=_estimate([sum(one[name] for name in layers) for one in chosen]),
            data=_estimate([one[DATA] for one in chosen]),
            update=_estimate([one[UPDATE] for one in chosen]),
            whole=_estimate(whole),
            ratio=None
            if base is self
            else estimate([new / old for new, old in zip(whole, before, strict=True)], ""),
        )

    def _sums(self, rounds: Sequence[int]) -> list[float]:
        return [sum(self._samples[number].values()) for number in rounds]


def _estimate(seconds: Sequence[float]) -> Estimate:
    found = estimate(seconds, "s")
    assert found is not None
    return found


def main(arguments: Sequence[str]) -> int:
    """Time the parts, write OUT, and return the exit code."""
    asked, out = arguments

    def work() -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            found = measure_parts(read_model(Path(asked), PartsAsked))
        write_atomically(Path(out), found.model_dump_json(indent=1).encode())

    return exit_code(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
