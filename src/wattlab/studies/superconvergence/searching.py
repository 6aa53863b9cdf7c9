"""The search: the best constant rate, then the shortest cycle that reaches the target, then both with fresh seeds."""

from __future__ import annotations

from math import inf
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from wattlab.studies.superconvergence.arms import Entry, cycle_lengths, default_peaks, recipe_of, rounded
from wattlab.studies.trainings.rounds import Candidate, TrainingRounds
from wattlab.studies.trainings.to_target import to_target

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.studies.observer import StudyObserver
    from wattlab.studies.superconvergence.plan import SuperconvergencePlan
    from wattlab.studies.superconvergence.store import SuperconvergenceFolder
    from wattlab.studies.trainings.trained import Trained

__all__ = ["Search"]

_STRIDE: Final = 3.0
_MOST_STRIDES: Final = 3


class Search:
    """Trains candidate after candidate, each step decided by the trainings before it.

    As nothing else decides, a search that was interrupted goes the same way again, over trainings that are kept.

    Parameters
    ----------
    folder : SuperconvergenceFolder
        Prepared.
    plan : SuperconvergencePlan
    observer : StudyObserver
    how : optional
        See `TrainingRounds`: who trains, and who waits for a quiet machine.
    """

    def __init__(
        self, folder: SuperconvergenceFolder, plan: SuperconvergencePlan, observer: StudyObserver, **how: Any
    ) -> None:
        self.plan, self.observer, self.base = plan, observer, plan.read()
        self._folder, self._how = folder, how
        self.rounds = self._rounds((), plan.search_seeds)
        self.entries: list[Entry] = []
        self.constant: int | None = None
        self.cycle: int | None = None
        self.compared: tuple[int, int] | None = None
        self.budget_ended = False
        self.complete = False
        self._n_settled = 0

    @property
    def n_done(self) -> int:
        """Trainings that are over."""
        return self.rounds.n_done

    def run(self) -> None:
        """Train all that is missing."""
        self.constant = self._best_constant()
        if self.constant is not None:
            self.cycle = self._shortest_cycle(self.entries[self.constant].rate)
        if self.constant is not None and self.cycle is not None:
            self.compared = self._compare(self.constant, self.cycle)
        self.complete = True

    def trained(self, place: int) -> tuple[Trained, ...]:
        """Return the trainings of a candidate that are over, by seed."""
        return self.rounds.of(place)

    def spent_s(self) -> float:
        """Return the time of all processes of the candidates so far. Unit: s.

        A study that is resumed knows trainings of candidates that come later; those decide nothing yet.
        """
        walls = (one.wall for one in self._so_far())
        return sum(wall.value or 0.0 for wall in walls if wall is not None)

    def _so_far(self) -> list[Trained]:
        return [one for place in range(len(self.entries)) for one in self.trained(place)]

    def _rounds(self, candidates: Sequence[Candidate], seeds: int) -> TrainingRounds:
        plan = self.plan
        return TrainingRounds(
            self._folder,
            candidates,
            seeds,
            plan.order_seed,
            self.observer,
            timeout_s=plan.timeout_s,
            **self._how,
        )

    def _best_constant(self) -> int | None:
        """Return the constant rate that reaches the target first, or comes nearest to it; None where none trains."""
        epochs = self.plan.epochs
        # Nobody knows yet how long they take, so the budget is asked before each of them.
        self._train(
            [Entry(arm="constant", rate=rate, epochs=epochs) for rate in self.plan.rates],
            lambda: self._has_time(0),
        )
        for _ in range(_MOST_STRIDES if self.plan.walks else 0):
            best = self._best(range(len(self.entries)))
            further = None if best is None else self._further(self.entries[best].rate)
            if further is None or not self._has_time(self.plan.search_seeds * epochs):
                break
            self._train([Entry(arm="constant", rate=further, epochs=epochs)])
        return self._best(range(len(self.entries)))

    def _further(self, best: float) -> float | None:
        """Return the rate beyond the best one where that is the lowest or highest; None where it has neighbours."""
        rates = [entry.rate for entry in self.entries]
        if best == min(rates):
            return rounded(best / _STRIDE)
        return rounded(best * _STRIDE) if best == max(rates) else None

    def _shortest_cycle(self, constant: float) -> int | None:
        """Return the quickest of the shortest cycles that reach the target with most seeds."""
        peaks = self.plan.peaks or default_peaks(constant)
        for length in cycle_lengths(self.plan.epochs):
            if not self._has_time(self._epochs_ahead(len(peaks), length)):
                return None
            places = self._train([Entry(arm="one-cycle", rate=peak, epochs=length) for peak in peaks])
            reached = [place for place in places if self._key(place)[0] < inf]
            if reached:
                return self._best(reached)
            # What diverges with every seed would do so in a longer cycle.
            peaks = tuple(self.entries[place].rate for place in places if not self._diverges(place))
            if not peaks or length >= self._constant_epochs():
                return None
        return None

    def _epochs_ahead(self, n_peaks: int, length: int) -> float:
        """Return the epochs of cycles of one length, and of the comparison if one of them is chosen."""
        both = min(self._constant_epochs(), self.plan.epochs) + length
        return self.plan.search_seeds * n_peaks * length + (self.plan.seeds * both if self.plan.fresh else 0)

    def _constant_epochs(self) -> float:
        """Return after how many epochs the constant rate reaches the target; a longer cycle can be no quicker."""
        assert self.constant is not None
        found = to_target(self.trained(self.constant))
        return inf if found is None or found.epochs.median is None else found.epochs.median

    def _compare(self, constant: int, cycle: int) -> tuple[int, int]:
        """Train both with fresh seeds, where they are asked for; return which trainings are to be compared."""
        if not self.plan.fresh:
            return constant, cycle
        chosen = [self.entries[constant], self.entries[cycle]]
        settled = [one.model_copy(update={"refusal": "the choice is made"}) for one in self.rounds.candidates]
        self._n_settled = self.rounds.n_trials
        self.rounds = self._rounds(settled, self.plan.seeds)
        first, second = self._train([one.model_copy(update={"fresh": True}) for one in chosen])
        return first, second

    def _train(self, entries: list[Entry], goes_on: Callable[[], bool] = lambda: True) -> list[int]:
        """Add candidates, train them, and return their places; `goes_on` is asked before each training."""
        first = len(self.entries)
        for entry in entries:
            recipe = recipe_of(
                self.base, entry, self.plan.target, self.plan.search_seeds if entry.fresh else 0
            )
            self.entries.append(entry)
            self.rounds.candidates.append(Candidate.of(entry.label, recipe))
        self.observer.timing(self._n_settled + self.rounds.n_trials)
        self.rounds.run(goes_on)
        return list(range(first, len(self.entries)))

    def _has_time(self, n_epochs: float) -> bool:
        """Return whether so many epochs more fit into the budget, at the mean time of those so far."""
        budget_s, spent_s = self.plan.budget_s, self.spent_s()
        if budget_s is None:
            return True
        trained = sum(one.epochs for one in self._so_far())
        ahead_s = n_epochs * spent_s / trained if trained else 0.0
        fits = spent_s < budget_s and spent_s + ahead_s <= budget_s
        self.budget_ended = self.budget_ended or not fits
        return fits

    def _best(self, places: range | list[int]) -> int | None:
        """Return the place that reaches the target first, or else comes nearest; None where nothing was scored."""
        known = [place for place in places if self._scores(place)]
        return min(known, key=self._key, default=None)

    def _key(self, place: int) -> tuple[float, float, float]:
        """Return epochs, time and missing score: epochs first, as others on the machine do not change them."""
        trained = self.trained(place)
        found = to_target(trained)
        needed = () if found is None else (found.epochs.median, found.time.median)
        epochs, time = (inf if one is None else one for one in needed or (None, None))
        # What failed came nowhere, whatever it had scored before.
        lost = [inf if one.best is None or not one.has_result else -one.best for one in trained]
        return (epochs, time, median(lost) if lost else inf)

    def _scores(self, place: int) -> list[float]:
        return [one.best for one in self.trained(place) if one.best is not None]

    def _diverges(self, place: int) -> bool:
        return all(one.failure is not None for one in self.trained(place))
