"""Whole trainings of several candidates: seed by seed, interleaved in random order, each in a fresh process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.cluster.load import quiet_load
from wattlab.meter.clock import wall_s
from wattlab.recipe import Recipe
from wattlab.studies.folders import Folder
from wattlab.studies.plan import round_order
from wattlab.studies.row import Frozen
from wattlab.studies.trainings.once import prepare_folder, train_once
from wattlab.studies.trainings.trained import Trained

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.studies.observer import StudyObserver, TrialState

__all__ = ["Candidate", "TrainingRounds", "TrainingsFolder"]


class Candidate(Frozen):
    """One of the recipes that a study trains with several seeds."""

    label: str
    recipe: str
    """As TOML text; its seed is the first one."""
    start_from: str | None = None
    """Folder of the run whose weights are the initial ones."""
    refusal: str = ""
    """Why it cannot run, so that nobody tries; empty where it can."""

    @classmethod
    def of(cls, label: str, recipe: Recipe, start_from: str | None = None) -> Candidate:
        """Return the candidate of a recipe."""
        return cls(label=label, recipe=recipe.to_toml(), start_from=start_from)

    def read(self, number: int = 0) -> Recipe:
        """Return the recipe with its seed, or with that of a later, 0-based training."""
        recipe = Recipe.from_toml(self.recipe, self.label)
        return recipe.model_copy(update={"seed": recipe.seed + number}) if number else recipe


class TrainingsFolder(Folder):
    """A study's folder that keeps whole trainings: ``recipes``, ``runs``, ``logs``, ``trainings``."""

    def prepare_trainings(self) -> None:
        """Make the inner folders."""
        prepare_folder(self)
        self.make_inner("trainings")

    def save_trained(self, trained: Trained) -> None:
        """Keep a training that is over."""
        self.write(f"trainings/candidate-{trained.candidate:03d}-seed-{trained.seed}.json", trained)

    def trained(self) -> dict[tuple[int, int], Trained]:
        """Return all trainings that are over, by candidate and seed."""
        return {(one.candidate, one.seed): one for one in self.read_all("trainings", Trained)}


class TrainingRounds:
    """Trains what a study still lacks, and keeps each training as soon as it is over.

    Parameters
    ----------
    folder : TrainingsFolder
        Prepared.
    candidates : sequence of Candidate
        More may follow later; they keep their places.
    seeds : int
        Trainings of each, with seeds one after the other.
    order_seed : int
        Decides the order within each round.
    observer : StudyObserver
    timeout_s : float, optional
        Longest time of one process. Unit: s.
    train : callable, optional
        Who trains; see `train_once`.
    load : callable, optional
        Waits for a quiet machine and returns the load that is left.

    Notes
    -----
    A candidate that is refused, crashes or runs out of memory is given up, as it would fail again; its other seeds are
    not trained. One that diverges or misses its target is not: another seed may reach it.
    """

    def __init__(
        self,
        folder: TrainingsFolder,
        candidates: Sequence[Candidate],
        seeds: int,
        order_seed: int,
        observer: StudyObserver,
        *,
        timeout_s: float | None = None,
        train: Callable[..., Trained] = train_once,
        load: Callable[[Callable[[], None]], float] = quiet_load,
    ) -> None:
        self.folder, self.candidates, self.seeds = folder, list(candidates), seeds
        self.observer = observer
        self._order_seed, self._timeout_s = order_seed, timeout_s
        self._train, self._load = train, load
        self.trained = folder.trained()

    @property
    def n_trials(self) -> int:
        """Trainings of all candidates that can run."""
        return self.seeds * sum(not one.refusal for one in self.candidates)

    @property
    def n_done(self) -> int:
        """Those that are over."""
        return len(self.trained)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to train."""
        return not any(self._lacks(candidate, number) for number, candidate in self._places())

    def run(self, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Train what is missing, seed by seed.

        Parameters
        ----------
        goes_on : callable, optional
            Asked before each training; False ends the run early, such as when a budget is spent.
        """
        for number, candidate in self._places():
            if self._lacks(candidate, number):
                if not goes_on():
                    return
                self._train_one(candidate, number)

    def of(self, candidate: int) -> tuple[Trained, ...]:
        """Return what is over of a candidate, by seed."""
        return tuple(self.trained[key] for key in sorted(self.trained) if key[0] == candidate)

    def _places(self) -> list[tuple[int, int]]:
        return [
            (number, place)
            for number in range(self.seeds)
            for place in round_order(self._order_seed, number, len(self.candidates))
        ]

    def _seed(self, candidate: int, number: int) -> int:
        return self.candidates[candidate].read(number).seed

    def _lacks(self, candidate: int, number: int) -> bool:
        return (candidate, self._seed(candidate, number)) not in self.trained and not self._given_up(
            candidate
        )

    def _given_up(self, candidate: int) -> bool:
        if self.candidates[candidate].refusal:
            return True
        own = self.of(candidate)
        return bool(own) and all(one.cause in {"refused", "crashed", "out of memory"} for one in own)

    def _train_one(self, candidate: int, number: int) -> None:
        """Train one candidate with one seed, keep what that gave, and tell of it."""
        one = self.candidates[candidate]
        recipe = one.read(number)
        tell = self.observer.trial
        load = self._load(lambda: tell(one.label, number + 1, self.seeds, "waiting", None))
        tell(one.label, number + 1, self.seeds, "running", None)
        started_s = wall_s()
        trained = self._train(
            recipe,
            self.folder,
            f"candidate-{candidate:03d}-seed-{recipe.seed}",
            candidate=candidate,
            timeout_s=self._timeout_s,
            start_from=one.start_from,
            foreign_load=load,
        )
        self.folder.save_trained(trained)
        self.trained[candidate, recipe.seed] = trained
        state: TrialState = "finished" if trained.has_result else "failed"
        tell(one.label, number + 1, self.seeds, state, wall_s() - started_s)
