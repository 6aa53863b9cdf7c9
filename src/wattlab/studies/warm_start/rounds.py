"""Cold trainings and chains of warm ones, seed by seed, the two ways in random order; each training a fresh process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.cluster.load import quiet_load
from wattlab.meter.clock import wall_s
from wattlab.studies.plan import round_order
from wattlab.studies.trainings.once import train_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wattlab.studies.observer import StudyObserver, TrialState
    from wattlab.studies.trainings.trained import Trained
    from wattlab.studies.warm_start.plan import WarmStartPlan
    from wattlab.studies.warm_start.store import WarmStartFolder

__all__ = ["ChainRounds"]


class ChainRounds:
    """Trains what a study still lacks, and keeps each training as soon as it is over.

    Parameters
    ----------
    folder : WarmStartFolder
        Prepared.
    plan : WarmStartPlan
    observer : StudyObserver
    train : callable, optional
        Who trains; see `wattlab.studies.trainings.once.train_once`.
    load : callable, optional
        Waits for a quiet machine and returns the load that is left.

    Notes
    -----
    A stage that fails ends the chain of its seed, which then missed. What is refused, crashes or runs out of memory
    would do so with the next seed as well, and is given up.
    """

    def __init__(
        self,
        folder: WarmStartFolder,
        plan: WarmStartPlan,
        observer: StudyObserver,
        *,
        train: Callable[..., Trained] = train_once,
        load: Callable[[Callable[[], None]], float] = quiet_load,
    ) -> None:
        self.folder, self.plan, self.observer = folder, plan, observer
        self._train, self._load = train, load
        self.trained = folder.trained()

    @property
    def n_trials(self) -> int:
        """Trainings of all seeds and stages."""
        return self.plan.seeds * len(self.plan.trainings)

    @property
    def n_done(self) -> int:
        """Those that are over."""
        return len(self.trained)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to train."""
        return not any(self._lacks(place, number) for number, place in self._places())

    def run(self) -> None:
        """Train what is missing, seed by seed."""
        for number, place in self._places():
            if self._lacks(place, number):
                self._train_one(place, number)

    def of(self, place: int) -> dict[int, Trained]:
        """Return what is over of a training, by seed."""
        return {seed: one for (candidate, seed), one in self.trained.items() if candidate == place}

    def _places(self) -> Iterator[tuple[int, int]]:
        """Yield seed and training in the order in which they run."""
        ways = ((0,), tuple(range(1, len(self.plan.trainings))))
        for number in range(self.plan.seeds):
            for way in round_order(self.plan.order_seed, number, len(ways)):
                yield from ((number, place) for place in ways[way])

    def _lacks(self, place: int, number: int) -> bool:
        key = place, self.plan.seed(number)
        return key not in self.trained and not self._given_up(place) and self._begins(place, number)

    def _begins(self, place: int, number: int) -> bool:
        """Tell whether a training has what it begins with."""
        before = self._before(place, number)
        return place < 2 or (before is not None and before.has_result)

    def _before(self, place: int, number: int) -> Trained | None:
        return self.trained.get((place - 1, self.plan.seed(number)))

    def _given_up(self, place: int) -> bool:
        """Tell whether a training, or the chain that it belongs to, would come to nothing with any seed."""
        way = (0,) if place == 0 else range(1, self.plan.last + 1)
        return any(self._is_hopeless(one) for one in way)

    def _is_hopeless(self, place: int) -> bool:
        own = self.of(place).values()
        return bool(own) and all(one.cause in {"refused", "crashed", "out of memory"} for one in own)

    def _start_from(self, place: int, number: int) -> str | None:
        """Return the folder of the run whose weights a training begins with."""
        if place == 0:
            return None
        if place == 1:
            return None if self.plan.base is None else self.plan.base.path
        before = self._before(place, number)
        assert before is not None
        return str(self.folder.runs / before.run)

    def _train_one(self, place: int, number: int) -> None:
        planned, seeds = self.plan.trainings[place], self.plan.seeds
        label = planned.label if place == 0 else f"warm, {planned.label}"
        recipe, tell = planned.read(number), self.observer.trial
        load = self._load(lambda: tell(label, number + 1, seeds, "waiting", None))
        tell(label, number + 1, seeds, "running", None)
        started_s = wall_s()
        trained = self._train(
            recipe,
            self.folder,
            f"training-{place:03d}-seed-{recipe.seed}",
            candidate=place,
            timeout_s=self.plan.timeout_s,
            start_from=self._start_from(place, number),
            foreign_load=load,
        )
        self.folder.save_trained(trained)
        self.trained[place, recipe.seed] = trained
        state: TrialState = "finished" if trained.has_result else "failed"
        tell(label, number + 1, seeds, state, wall_s() - started_s)
