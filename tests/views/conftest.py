"""Runs that nobody trained, with numbers known by heart: complete folders, made by the library's own classes."""

from __future__ import annotations

import io
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pytest

from wattlab.engines.base import BatchLog
from wattlab.meter import Cost, Quantity, measured, modelled
from wattlab.recipe import Recipe
from wattlab.records.history import HistoryWriter
from wattlab.records.record import DatasetFacts, RunCost, RunRecord
from wattlab.records.store import RunStore

# Relative: tests are no package that could be found by its name.
from ..studies.made_up import make_estimate, make_row, make_study, make_verification  # noqa: TID252

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.records.run import Run

__all__ = ["make_estimate", "make_row", "make_study", "make_verification"]

N_BATCHES = 4
CLASSES = ("cat", "dog", "emu")
CONFUSION = ((8, 2, 0), (1, 9, 0), (0, 0, 0))


class MakeRun(Protocol):
    def __call__(
        self,
        name: str = ...,
        *,
        epochs: int = ...,
        changes: dict[str, Any] | None = ...,
        columns: dict[str, float] | None = ...,
        **facts: Any,
    ) -> Run: ...


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Write a run: `changes` of the recipe, constant `columns` of the history, other `facts` of the record."""

    def make(
        name: str = "first",
        *,
        epochs: int = 6,
        changes: dict[str, Any] | None = None,
        columns: dict[str, float] | None = None,
        **facts: Any,
    ) -> Run:
        recipe = Recipe.named("digits").with_changes({"training.epochs": max(1, epochs), **(changes or {})})
        open_run = RunStore(tmp_path / "runs").create(recipe, name)
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **history(epochs, columns or {}))
        open_run.write("history.npz", buffer.getvalue())
        return open_run.finish(a_record(name, recipe, epochs, facts))

    return make


VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """Elements, texts and attributes of a page; elements must be closed in the order they were opened in."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.open: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
        elif not self.open or self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


class ReadPage(Protocol):
    def __call__(self, path: Path) -> Page: ...


@pytest.fixture
def read_page() -> ReadPage:
    """Return a function that reads an HTML file."""
    return Page


@pytest.fixture
def cost_of() -> Callable[[Quantity], RunCost]:
    """Return the cost of a run with the given energy."""
    return a_run_cost


def history(epochs: int, columns: dict[str, float]) -> dict[str, Any]:
    """Costs halve from epoch to epoch; every second epoch is tested."""
    writer = HistoryWriter(n_layers=2)
    for epoch in range(1, epochs + 1):
        cost = 8.0 * 0.5**epoch * np.arange(N_BATCHES, 0.0, -1.0)
        log = BatchLog(cost, 0.25 * cost, 0.1 * cost, None)
        values = {
            "learning_rate": 0.1,
            "mean_batch_cost": float(cost.mean()),
            "train_score": 1.0 - 0.3 / epoch,
            "test_score": 1.0 - 0.4 / epoch if epoch % 2 == 0 else float("nan"),
            "elapsed_s": 1.0 + 2.0 * epoch,
            "energy_J": 10.0 + 20.0 * epoch,
            **columns,
        }
        writer.append(values, log, [0.1 * epoch, 0.2 * epoch])
    return dict(writer.history().arrays)


def a_cost(wall_s: float, energy: Quantity | None = None) -> Cost:
    energy = energy or modelled(10.0 * wall_s, "J", "model:tdp", (5.0 * wall_s, 20.0 * wall_s), "made up")
    second = measured(wall_s, "s", "clock")
    return Cost(second, second, energy, energy, energy, measured(2.0**27, "B", "psutil"))


def a_record(name: str, recipe: Recipe, epochs: int, facts: dict[str, Any]) -> RunRecord:
    price = modelled(1e-6, "EUR", "model:tdp", None, "default of 2026-11")
    known: dict[str, Any] = {
        "wattlab_version": "0.1.0",
        "id": name,
        "recipe": recipe.model_dump(mode="json"),
        "created_utc": "2026-11-21T02:00:00+00:00",
        "stop_reason": "epochs",
        "epochs": epochs,
        "steps": epochs * N_BATCHES,
        "n_parameters": 1234,
        "score_name": "accuracy",
        "test_score": 0.85,
        "train_score": 0.95,
        "validation_score": None,
        "target": recipe.stop.target,
        "target_part": "test",
        "reached_target": None,
        "target_epoch": None,
        "time_to_target_s": None,
        "energy_to_target": None,
        "confusion": CONFUSION,
        "samples_per_s": 57_412.0,
        "cost": a_run_cost(price=price),
        "dataset": DatasetFacts(
            name="digits",
            source="scikit-learn",
            fingerprint="f" * 64,
            n_train=1437,
            n_validation=0,
            n_test=20,
            n_features=64,
            n_features_used=61,
            classes=CLASSES,
        ),
        "machine": {"id": "0badcafe", "line": "ACME 5950X · 16 cores · id 0badcafe"},
    }
    return RunRecord(**{**known, **facts})


def a_run_cost(energy: Quantity | None = None, price: Quantity | None = None) -> RunCost:
    price = price or modelled(1e-6, "EUR", "model:tdp")
    return RunCost(
        total=a_cost(14.0, energy),
        start_up=a_cost(1.0),
        data=a_cost(2.0),
        training=a_cost(7.0),
        evaluation=a_cost(3.0),
        price=price,
        co2e=price.times(1000.0, "g"),
    )
