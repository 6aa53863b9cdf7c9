"""Studies without waiting: trials that train in this process, or end as badly as is asked."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from wattlab.recipe import Recipe
from wattlab.studies import compare as compare_module
from wattlab.studies import rounds
from wattlab.studies.observer import StudyObserver
from wattlab.training import train

from .made_up import make_estimate, make_row, make_study, make_verification

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wattlab.studies.observer import StudyPlan, TrialState
    from wattlab.studies.row import Verification

__all__ = ["make_estimate", "make_row", "make_study", "make_verification"]

ENDINGS = {
    "segfault": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "memory": "raise MemoryError('Unable to allocate 9 EiB')",
    "nothing": "pass",
    "hangs": "import time; time.sleep(60)",
}


class Trials:
    """Stands for the command of a trial; `fates` says how a name ends, else it trains at once, in this process."""

    def __init__(self) -> None:
        self.fates: dict[str, str] = {}
        self.started: list[str] = []
        self.interrupt_after: int | None = None

    def __call__(self, recipe: Path, runs: Path, name: str) -> Sequence[str]:
        if len(self.started) == self.interrupt_after:
            raise KeyboardInterrupt
        self.started.append(name)
        fate = next((fate for part, fate in self.fates.items() if part in name), None)
        if fate is None or fate == "late":
            train(Recipe.named(str(recipe)), name=name, runs=runs)
        ending = ENDINGS["segfault"] if fate == "late" else ENDINGS[fate or "nothing"]
        return [sys.executable, "-I", "-S", "-c", ending]


@pytest.fixture
def trials(monkeypatch: pytest.MonkeyPatch) -> Trials:
    """Return what stands for every trial of a comparison, on a machine that is always quiet."""
    fake = Trials()
    quick = partial(rounds.Rounds, command=fake, load=lambda _: 0.0)
    monkeypatch.setattr(compare_module, "Rounds", quick)
    return fake


class Watcher(StudyObserver):
    """Notes all it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.plan: StudyPlan | None = None
        self.n_trials: int | None = None

    def started(self, plan: StudyPlan) -> None:
        self.plan = plan

    def verified(self, verification: Verification) -> None:
        self.told.append(("verified", verification.label, verification.precision, verification.passed))

    def timing(self, n_trials: int) -> None:
        self.n_trials = n_trials

    def trial(self, label: str, number: int, rounds: int, state: TrialState, seconds: float | None) -> None:
        assert (seconds is None) == (state in {"waiting", "running"})
        self.told.append((state, label, number, rounds))

    def warning(self, text: str) -> None:
        self.told.append(("warning", text))

    def ended(self) -> None:
        self.told.append(("ended",))


@pytest.fixture
def watcher() -> Watcher:
    """Return an observer that notes all it is told."""
    return Watcher()


@pytest.fixture
def compare(trials: Trials, tmp_path: Path, tiny_recipe: Recipe) -> Callable[..., Any]:
    """Return `compare` without verification and with quick trials, of the tiny recipe unless another is given."""

    def run(recipes: Any = None, **options: Any) -> Any:
        settled = {"studies": tmp_path / "studies", "verify_steps": 0, **options}
        return compare_module.compare(tiny_recipe if recipes is None else recipes, **settled)

    return run
