"""Explanations without measuring: what would be measured is made up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wattlab.studies.explain import study
from wattlab.studies.explain.findings import Overhead
from wattlab.studies.explain.subject import ExplainAsked

from .invented import make_ceilings, make_parts, make_step, make_times

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.studies.explain.answer import Explanation


class Invented:
    """Stands for all measurements: one thread is predicted to be twice as fast."""

    def __init__(self, *_: object, **__: object) -> None:
        self.unknown: dict[str, str] = {}
        self.kept: list[str] = []

    def step(self, _: object) -> Any:
        return make_step()

    def calmer(self, _: object, found: Any) -> Any:
        return found

    def ceilings(self, _: object) -> Any:
        return make_ceilings()

    def parts(self, *_: object) -> Any:
        return make_parts({"threads 1": make_times(0.5)})

    def overhead(self, _: object) -> Overhead:
        return Overhead(0.0005, 0.0002, {"engine.compiled": True})


@pytest.fixture
def explain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Explanation]:
    """Return a function that explains a recipe, or a run, on a machine that is made up."""
    monkeypatch.setattr(study, "Measurements", Invented)
    monkeypatch.setattr(study, "usable_cores", lambda: 2)

    def run(target: str = "mnist-fast", **changes: Any) -> Explanation:
        return study.explain(ExplainAsked(target, **changes), studies=tmp_path / "studies")

    return run
