"""Curves and processes that are made up: where they fall and turn is known by heart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.cluster.ramp_report import RampAsked, RampFailure, RampReport, ShortRun, ShortRuns
from wattlab.cluster.step_report import DataUsed
from wattlab.meter.quantity import measured
from wattlab.studies.lr_range.curve import Curve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from wattlab.cluster.ramp_report import Ending, ShortRunsAsked
    from wattlab.recipe import Recipe

START, BEST = 2.3, 0.3


def falling(decade: float, width: float = 0.25) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Return a loss that falls from `START` to `BEST` along a logistic curve around 10 ** decade."""

    def loss(rates: NDArray[np.float64]) -> NDArray[np.float64]:
        return BEST + (START - BEST) / (1 + np.exp((np.log10(rates) - decade) / width))

    return loss


def curve(
    loss: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    ending: Ending = "loss rose",
    *,
    low: float = 1e-5,
    high: float = 1.0,
    steps: int = 101,
    kept: int | None = None,
) -> Curve:
    rates = np.geomspace(low, high, steps)[:kept]
    losses = tuple(map(float, loss(rates)))
    return Curve(
        rates=tuple(map(float, rates)),
        losses=losses,
        smoothed=losses,
        ending=ending,
        steps=steps,
        smoothing=0.0,
    )


@dataclass
class Machine:
    """Stands for the processes: the loss falls around 10 ** decade; the best constant rate is `best`."""

    decade: float = -2.0
    best: float = 0.03
    ending: Ending = "loss rose"
    kept: int | None = None
    failure: RampFailure | None = None
    interrupt_at: int | None = None
    diverges_from: float = 1e9
    names: list[str] = field(default_factory=list)

    def _begin(self, name: str) -> None:
        self.names.append(name)
        if len(self.names) == self.interrupt_at:
            raise KeyboardInterrupt

    def ramp(
        self, recipe: Recipe, asked: RampAsked, folder: Path, name: str, timeout_s: float | None
    ) -> RampReport | RampFailure:
        self._begin(name)
        if self.failure is not None:
            return self.failure
        found = curve(
            falling(self.decade + 0.1 * recipe.seed),
            self.ending,
            low=asked.low,
            high=asked.high,
            steps=asked.steps,
            kept=self.kept,
        )
        facts: dict[str, Any] = {
            "wattlab_version": "0",
            "asked": asked,
            "seed": recipe.seed,
            "data": DataUsed(name="made-up", synthetic=False, n_train=10_000, n_features=4),
            "has_validation": False,
            "batch_size": 100,
            "rates": found.rates,
            "losses": found.losses,
            "smoothed": found.smoothed,
            "ending": found.ending,
            "skipped": 0,
            "facts": {},
            **spent(),
        }
        return RampReport.model_validate(facts)

    def short(
        self, recipe: Recipe, asked: ShortRunsAsked, folder: Path, name: str, timeout_s: float | None
    ) -> ShortRuns | RampFailure:
        self._begin(name)
        scores = {rate: 0.95 - 0.05 * abs(np.log10(rate / self.best)) for rate in asked.rates}
        return short_runs(recipe.seed, scores, asked, self.diverges_from)


def short_runs(
    seed: int, scores: dict[float, float], asked: ShortRunsAsked, diverges_from: float = 1e9
) -> ShortRuns:
    runs = tuple(
        ShortRun(rate=rate, score=None, loss=None, steps=3)
        if rate >= diverges_from
        else ShortRun(rate=rate, score=score + 0.001 * seed, loss=1 - score, steps=asked.steps)
        for rate, score in scores.items()
    )
    facts: dict[str, Any] = {
        "wattlab_version": "0",
        "asked": asked,
        "seed": seed,
        "runs": runs,
        "held_out": "held-out 10% of the training part",
        "n_held_out": 1000,
        "score_name": "accuracy",
        **spent(),
    }
    return ShortRuns.model_validate(facts)


def spent() -> dict[str, Any]:
    return {"wall": measured(1.5, "s", "clock:wall"), "energy": measured(20.0, "J", "rapl:package-0")}
