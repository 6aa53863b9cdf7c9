"""The final candidates, each repeated over seeds; where one misses too often, the next best takes its place."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from wattlab.cluster.load import quiet_load
from wattlab.recipe import Recipe
from wattlab.studies.trainings.once import train_once
from wattlab.studies.trainings.rounds import Candidate, TrainingRounds
from wattlab.studies.tune.baseline import LABEL, PATIENCE_S, adam_recipe, repeated_s
from wattlab.studies.tune.choosing import finalists, front, ordered
from wattlab.studies.tune.trying import with_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.trainings.trained import Trained
    from wattlab.studies.tune.answer import TunedTrial
    from wattlab.studies.tune.budget import Budget
    from wattlab.studies.tune.observer import TuneObserver
    from wattlab.studies.tune.plan import TunePlan
    from wattlab.studies.tune.store import Prepared, TuneFolder

__all__ = ["Repeats"]


_SLOWER: Final = 2.0
"""A repetition may take so many times as long as its trial, which may have ended early at its target."""
_ADAM: Final = 0
"""Its place among what is trained, where it is; the candidates come after it."""
_OPENING: Final = 1.5
"""The last training takes about so many times as long as a trial."""


class Repeats:
    """Trains the best candidates of a search again, with seeds that the search has not seen.

    Parameters
    ----------
    folder : TuneFolder
        Has what earlier sessions repeated.
    plan : TunePlan
        Says how many, and how often.
    trials : sequence of TunedTrial
        Of the search.
    budget : Budget
        Counts.
    observer : TuneObserver
        Told of every training.
    prepared : Prepared or None, optional
        Has the first training of Adam at its defaults, which says whether it is repeated, too.
    """

    def __init__(
        self,
        folder: TuneFolder,
        plan: TunePlan,
        trials: Sequence[TunedTrial],
        budget: Budget,
        observer: TuneObserver,
        prepared: Prepared | None = None,
    ) -> None:
        self.plan, self.budget, self.observer = plan, budget, observer
        self._trials, self._prepared = list(trials), prepared
        adam = prepared.baseline if prepared is not None and plan.target is not None else None
        self._has_adam = len(plan.goals) == 1 and repeated_s(adam, plan.seeds, plan.budget_s) > 0
        self.candidates: list[TunedTrial] = []
        self._rounds = TrainingRounds(
            folder,
            [],
            plan.seeds,
            plan.sampler_seed,
            observer,
            train=self._train,
            load=partial(quiet_load, patience_s=PATIENCE_S),
        )

    @property
    def complete(self) -> bool:
        """Whether every candidate that was chosen has all its repetitions."""
        return self._rounds.complete

    def of(self, place: int) -> tuple[Trained, ...]:
        """Return the repetitions of a candidate, by seed."""
        return self._rounds.of(place + self._has_adam)

    @property
    def baseline(self) -> tuple[Trained, ...]:
        """Return the repetitions of Adam at its defaults, by seed."""
        return self._rounds.of(_ADAM) if self._has_adam else ()

    def run(self) -> None:
        """Repeat the best, then those that take the places of candidates that missed too often."""
        first = self._first()
        if not first:
            return
        if self._has_adam:
            recipe = Recipe.from_toml(self.plan.recipe, self.plan.base)
            self._rounds.candidates.append(Candidate.of(LABEL, _later(adam_recipe(recipe))))
        self._add(first)
        self.observer.repeating(len(self.candidates), self.plan.seeds)
        self._rounds.run(self._goes_on)
        while self._rounds.complete and (more := self._more()):
            self._add(more)
            self._rounds.run(self._goes_on)

    def _first(self) -> list[TunedTrial]:
        chosen = finalists(self._trials, self.plan.goals, self.plan.n_finalists)
        base = [one for one in self._trials if one.origin == "base" and one.state in {"reached", "done"}]
        return [*chosen, *(one for one in base if one not in chosen and len(self.plan.goals) == 1)]

    def _more(self) -> list[TunedTrial]:
        """Return who takes the places of those that missed the target with half of their seeds."""
        goals = self.plan.goals
        lasting = sum(self._lasts(place) for place in range(len(self.candidates)))
        lacking = min(self.plan.n_finalists, len(self._trials)) - lasting
        pool = ordered(self._trials, goals[0]) if len(goals) == 1 else front(self._trials, goals)
        return [one for one in pool if one not in self.candidates][: max(0, lacking)]

    def _lasts(self, place: int) -> bool:
        own = self.of(place)
        good = sum(one.failure is None and one.reached is not False for one in own)
        return 2 * good > len(own)

    def _add(self, chosen: Sequence[TunedTrial]) -> None:
        for one in chosen:
            self.candidates.append(one)
            later = _later(Recipe.from_toml(one.recipe, one.label))
            self._rounds.candidates.append(Candidate.of(one.label, later))

    def _train(self, recipe: Recipe, folder: TuneFolder, name: str, **more: Any) -> Trained:
        """Train a candidate to its end, or Adam until its cap."""
        if self._prepared is None or not self._has_adam or more["candidate"] != _ADAM:
            return train_once(recipe, folder, name, **more)
        return with_target(train_once(recipe, folder, name, **more | {"timeout_s": self._prepared.capped_s}))

    def _goes_on(self) -> bool:
        """Tell whether there is time for one more repetition, and the training after it."""
        self.budget.note()
        longest_s = max(one.wall_s for one in self.candidates)
        return self.budget.left_s >= (_SLOWER + _OPENING) * longest_s


def _later(recipe: Recipe) -> Recipe:
    """Return a recipe with another seed: the search has chosen by the first one."""
    return recipe.model_copy(update={"seed": recipe.seed + 1})
