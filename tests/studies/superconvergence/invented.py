"""Trainings that nobody did, whose epochs to a target are known by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wattlab.meter.quantity import measured, modelled
from wattlab.studies.superconvergence import study as study_module
from wattlab.studies.superconvergence.searching import Search
from wattlab.studies.trainings.trained import Trained

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from wattlab.meter.quantity import Quantity
    from wattlab.recipe import Recipe

TARGET = 0.9


def steady(recipe: Recipe) -> int | None:
    """Reach the target after 12 epochs at a rate of 0.1, later at others; a cycle of 4 epochs up to 0.3 does, too."""
    rate, seed = recipe.optimizer.learning_rate, recipe.seed % 2
    if recipe.schedule.kind == "constant":
        return {0.03: 30, 0.1: 12, 0.3: 20}.get(rate, 99) + seed
    if rate > 0.5:
        return None
    return recipe.training.epochs if rate == 0.3 and recipe.training.epochs >= 4 else 99


class Trainings:
    """Stands for `train_once`; an epoch takes 2 s and 20 J, the start 1 s and 10 J.

    Parameters
    ----------
    needed : callable
        Tells of a recipe after how many epochs it reaches the target; None: it diverges.
    """

    def __init__(self, needed: Callable[[Recipe], int | None] = steady) -> None:
        self.needed = needed
        self.recipes: list[Recipe] = []
        self.interrupt_after: int | None = None

    def __call__(self, recipe: Recipe, folder: Any, name: str, *, candidate: int, **_: Any) -> Trained:
        if len(self.recipes) == self.interrupt_after:
            raise KeyboardInterrupt
        self.recipes.append(recipe)
        whole: dict[str, Any] = {
            "candidate": candidate,
            "seed": recipe.seed,
            "run": name,
            "target": recipe.stop.target,
        }
        needed = self.needed(recipe)
        if needed is None:
            return Trained(**whole, cause="diverged", failure="the loss is no number", reached=False)
        epochs, reached = min(needed, recipe.training.epochs), needed <= recipe.training.epochs
        ends = range(1, epochs + 1)
        scores = tuple(TARGET * (0.5 + 0.5 * min(1.0, epoch / needed)) for epoch in ends)
        return Trained(
            **whole,
            score_name="accuracy",
            part="validation" if recipe.data.validation_fraction else "test",
            reached=reached,
            best=scores[-1],
            score=scores[-1],
            test_score=scores[-1] - 0.01 if recipe.evaluation.test else None,
            epochs=epochs,
            target_epoch=epochs if reached else None,
            time_to_target=seconds(epochs) if reached else None,
            energy_to_target=joules(epochs) if reached else None,
            wall=seconds(epochs + 1),
            energy=joules(epochs + 1),
            elapsed_s=tuple(1.0 + 2 * epoch for epoch in ends),
            energy_J=tuple(10.0 + 20 * epoch for epoch in ends),
            scores=scores,
            foreign_load=0.0,
        )


def seconds(epochs: int) -> Quantity:
    return measured(1.0 + 2 * epochs, "s", "clock:wall")


def joules(epochs: int) -> Quantity:
    return modelled(10.0 + 20 * epochs, "J", "model:tdp", (5.0, 1e4))


def install(monkeypatch: pytest.MonkeyPatch, trainings: Trainings) -> None:
    """Let studies ask `trainings` on a machine that is always quiet."""

    def search(*arguments: Any) -> Search:
        return Search(*arguments, train=trainings, load=lambda _: 0.0)

    monkeypatch.setattr(study_module, "Search", search)
