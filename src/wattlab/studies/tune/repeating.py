"""The final candidates, each repeated over seeds; where one misses too often, the next best takes its place."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from wattlab.cluster.load import quiet_load
from wattlab.recipe import Recipe
from wattlab.studies.trainings.rounds import Candidate, TrainingRounds
from wattlab.studies.tune.choosing import finalists, front, ordered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.trainings.trained import Trained
    from wattlab.studies.tune.answer import TunedTrial
    from wattlab.studies.tune.budget import Budget
    from wattlab.studies.tune.observer import TuneObserver
    from wattlab.studies.tune.plan import TunePlan
    from wattlab.studies.tune.store import TuneFolder

__all__ = ["Repeats"]

_PATIENCE_S: Final = 1.0
"""How long a repetition waits for a quiet machine."""
_SLOWER: Final = 2.0
"""A repetition may take so many times as long as its trial, which may have ended early at its target."""
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
    """

    def __init__(
        self,
        folder: TuneFolder,
        plan: TunePlan,
        trials: Sequence[TunedTrial],
        budget: Budget,
        observer: TuneObserver,
    ) -> None:
        self.plan, self.budget, self.observer = plan, budget, observer
        self._trials = list(trials)
        self.candidates: list[TunedTrial] = []
        self._rounds = TrainingRounds(
            folder,
            [],
            plan.seeds,
            plan.sampler_seed,
            observer,
            load=partial(quiet_load, patience_s=_PATIENCE_S),
        )

    @property
    def complete(self) -> bool:
        """Whether every candidate that was chosen has all its repetitions."""
        return self._rounds.complete

    def of(self, place: int) -> tuple[Trained, ...]:
        """Return the repetitions of a candidate, by seed."""
        return self._rounds.of(place)

    def run(self) -> None:
        """Repeat the best, then those that take the places of candidates that missed too often."""
        self._add(self._first())
        if not self.candidates:
            return
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
            recipe = Recipe.from_toml(one.recipe, one.label)
            later = recipe.model_copy(
                update={"seed": recipe.seed + 1}
            )  # the search has chosen by the first seed
            self.candidates.append(one)
            self._rounds.candidates.append(Candidate.of(one.label, later))

    def _goes_on(self) -> bool:
        """Tell whether there is time for one more repetition, and the training after it."""
        self.budget.note()
        longest_s = max(one.wall_s for one in self.candidates)
        return self.budget.left_s >= (_SLOWER + _OPENING) * longest_s
