"""Trainings that nobody trained, with numbers known by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wattlab.meter.quantity import Quantity, measured, modelled
from wattlab.studies.target import study as study_module
from wattlab.studies.target.asked import TargetAsked
from wattlab.studies.trainings.rounds import TrainingRounds
from wattlab.studies.trainings.trained import Trained

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from wattlab.recipe import Recipe
    from wattlab.studies.folders import Folder

WATTS = 10.0
SCORES = (0.5, 0.8, 0.85, 0.9)
MISSED = (0.5, 0.8, 0.87, 0.86)


def joules(seconds: float, *, is_measured: bool) -> Quantity:
    """Return the energy of so many seconds."""
    if is_measured:
        return measured(WATTS * seconds, "J", "rapl:package-0")
    return modelled(WATTS * seconds, "J", "model:tdp")


class Trainings:
    """Stands for `train_once`: a training reaches its target after four epochs, or has missed it by then.

    Parameters
    ----------
    seconds : sequence of sequence of float or None
        By candidate and round: when it reached the target; None: it missed.
    is_measured : bool
        Of the energy.
    """

    def __init__(self, seconds: Sequence[Sequence[float | None]], *, is_measured: bool = False) -> None:
        self.seconds, self.is_measured = seconds, is_measured
        self.fates: dict[tuple[int, int], str] = {}
        self.recipes: list[Recipe] = []
        self.interrupt_after: int | None = None

    def __call__(
        self, recipe: Recipe, folder: Folder, name: str, *, candidate: int, **options: Any
    ) -> Trained:
        if len(self.recipes) == self.interrupt_after:
            raise KeyboardInterrupt
        self.recipes.append(recipe)
        assert (folder.path / "recipes").is_dir()
        if cause := self.fates.get((candidate, recipe.seed)):
            told = {"cause": cause, "failure": f"it {cause}", "reached": False}
            blank = Trained(candidate=candidate, seed=recipe.seed, run=name, wall=measured(3.0, "s", "clock"))
            return blank.model_copy(update=told)
        seconds = self.seconds[candidate][recipe.seed]
        return self._trained(recipe, candidate, name, seconds, **options)

    def _trained(
        self, recipe: Recipe, candidate: int, name: str, seconds: float | None, foreign_load: float, **_: Any
    ) -> Trained:
        reached, end_s = seconds is not None, 8.0 if seconds is None else seconds
        scores = SCORES if reached else MISSED
        elapsed_s = tuple(end_s * (epoch + 1) / len(scores) for epoch in range(len(scores)))
        return Trained(
            candidate=candidate,
            seed=recipe.seed,
            run=name,
            score_name="accuracy",
            part="validation" if recipe.stop.part == "validation" else "test",
            target=recipe.stop.target,
            reached=reached,
            best=max(scores),
            score=scores[-1],
            test_score=scores[-1] - 0.01,
            epochs=len(scores),
            target_epoch=len(scores) if reached else None,
            time_to_target=measured(end_s, "s", "clock") if reached else None,
            energy_to_target=joules(end_s, is_measured=self.is_measured) if reached else None,
            wall=measured(end_s + 1, "s", "clock"),
            energy=joules(end_s + 1, is_measured=self.is_measured),
            stop_reason="target" if reached else "epochs",
            elapsed_s=elapsed_s,
            energy_J=tuple(WATTS * one for one in elapsed_s),
            scores=scores,
            foreign_load=foreign_load,
        )


def install(monkeypatch: pytest.MonkeyPatch, trainings: Trainings, load: float = 0.0) -> None:
    """Let studies of a target ask `trainings` on a machine with a known load."""

    def rounds(*arguments: Any, **options: Any) -> TrainingRounds:
        return TrainingRounds(*arguments, **{"train": trainings, "load": lambda _: load, **options})

    monkeypatch.setattr(study_module, "TrainingRounds", rounds)


def asked_for(recipe: Recipe, n_recipes: int = 1, **options: Any) -> TargetAsked:
    """Return a question about so many learning rates, to 0.9, five seeds each."""
    rates = [0.05, 0.1, 0.2][:n_recipes]
    vary = {"learning_rate": rates} if n_recipes > 1 else {}
    return TargetAsked(recipe, **{"accuracy": 0.9, "vary": vary, **options})
