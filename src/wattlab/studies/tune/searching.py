"""The search: combinations are proposed, tried in fresh processes, and told to the sampler, while there is time."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final

from wattlab.errors import UserError
from wattlab.studies.tune.baseline import repeated_s
from wattlab.studies.tune.choosing import best_trial, finalists
from wattlab.studies.tune.ending import Cap, Caps, Ender
from wattlab.studies.tune.starts import find_starts
from wattlab.studies.tune.trying import not_started, run_trial, start_s, too_slow_a_start

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wattlab.studies.tune.answer import TunedTrial
    from wattlab.studies.tune.budget import Budget
    from wattlab.studies.tune.observer import TuneObserver
    from wattlab.studies.tune.plan import TunePlan
    from wattlab.studies.tune.sampling import Proposal, Sampling
    from wattlab.studies.tune.space import Space
    from wattlab.studies.tune.store import Prepared, TuneFolder

__all__ = ["Search"]

_IDLE: Final = 40
"""Proposals in a row for which no process was started, after which nothing new is expected."""
_WAVES: Final = 2
"""For so many times the final candidates time is set aside: some miss with other seeds, and others take their place."""
_RECENT: Final = 8
_BASE: Final = "the share of the search's time that the base recipe may take"


class Search:
    """A search that goes on until its time is over.

    Parameters
    ----------
    folder : TuneFolder
        Has the trials of earlier sessions.
    plan : TunePlan
        What is asked.
    space : Space
        What varies.
    sampling : Sampling
        Optuna's study.
    budget : Budget
        Counts.
    prepared : Prepared
        What the cheapest trial is estimated to take, and what repetitions of Adam at its defaults will.
    observer : TuneObserver
        Told of every trial.
    run : callable, optional
        Trains a combination; see `run_trial`.
    """

    def __init__(
        self,
        folder: TuneFolder,
        plan: TunePlan,
        space: Space,
        sampling: Sampling,
        budget: Budget,
        prepared: Prepared,
        observer: TuneObserver,
        run: Callable[..., TunedTrial] = run_trial,
    ) -> None:
        self.folder, self.plan, self.space, self.sampling = folder, plan, space, sampling
        self.budget, self.observer, self._run = budget, observer, run
        self._trial_s = trial_s = prepared.trial_s
        self._adam_s = repeated_s(prepared.baseline, plan.seeds, plan.budget_s)
        self.trials: list[TunedTrial] = [one for _, one in sorted(folder.trials().items())]
        budget.reserve(self.finals_s())
        self._caps = Caps(max(budget.search_left_s + budget.spent.search_s, trial_s), trial_s)

    def begin(self) -> None:
        """Put in order what an earlier session left, and propose the starting points."""
        lost = self.sampling.recover({one.number: one for one in self.trials}, self.plan.target)
        for number in lost:
            self.observer.warning(
                f"trial {number} was running when the search was interrupted; it is tried again"
            )
        for start in find_starts(self.space):
            self.sampling.enqueue(start.values, "base" if start.is_base else "start")

    def run(self) -> None:
        """Try combinations until the time of the search is over, or there is nothing new."""
        while self._goes_on():
            proposal = self.sampling.ask()
            trial = self._tried(proposal)
            self.folder.save_trial(trial)
            self.trials.append(trial)
            self.budget.note()
            self.sampling.tell(proposal, trial, self.plan.target)
            self.observer.tried(trial, self.best, self.budget.spent)
        if not any(one.began for one in self.trials):
            raise UserError(self._nothing_ran())

    @property
    def best(self) -> TunedTrial | None:
        """The best trial so far by the first goal; None: none counts."""
        return best_trial(self.trials, self.plan.goals[0])

    def finals_s(self) -> float | None:
        """Return what repetitions and test will take, as far as the trials tell; None: not yet known. Unit: s."""
        chosen = finalists(self.trials, self.plan.goals, self.plan.n_finalists)
        if not chosen:
            return None
        each_s = [one.wall_s for one in chosen]
        lacking = self.plan.n_finalists + 1 - len(each_s)
        return (sum(each_s) + lacking * max(each_s)) * self.plan.seeds * _WAVES + max(each_s) + self._adam_s

    def _goes_on(self) -> bool:
        begun = [one for one in self.trials if one.began]
        if self.plan.max_trials is not None and len(begun) >= self.plan.max_trials:
            return False
        if len(self.trials) >= _IDLE and not any(one.began for one in self.trials[-_IDLE:]):
            return False
        self.budget.reserve(self.finals_s())
        if not begun:
            return self.budget.left_s > 0  # what was estimated may be too much: others load the machine
        expected_s = median(one.wall_s for one in begun[-_RECENT:])
        return self.budget.search_left_s >= expected_s

    def _tried(self, proposal: Proposal) -> TunedTrial:
        label = self.space.label(proposal.values)
        spent_s = self.budget.spent_s
        if reason := self._known(proposal) or self.space.refusal(proposal.values):
            return not_started(proposal, label, "refused", reason, spent_s)
        if reason := self._hopeless(proposal):
            return not_started(proposal, label, "too slow", reason, spent_s)
        self.observer.trying(proposal.number, label, self.budget.spent)
        starts = _usual_start_s(self._alike(proposal)), _usual_start_s(self.trials)
        ender = Ender(self.trials, self.plan.goals, self.plan.target, *starts)
        is_base = proposal.origin == "base"
        cap = self._cap(ender, is_base=is_base)
        recipe = self.space.recipe_of(proposal.values)
        judge = None if is_base else ender
        return self._run(proposal, label, recipe, self.folder, cap, judge, lambda: self.budget.spent_s)

    def _cap(self, ender: Ender, *, is_base: bool) -> Cap:
        """Return when to end a trial; the base recipe is held against no other, and its share of the time is larger."""
        n_begun = sum(one.began for one in self.trials)
        cap = Cap(self._caps.most_s, _BASE) if is_base else ender.cap(self._caps, n_begun)
        left_s = max(self.budget.search_left_s, self._trial_s)
        return cap if cap.seconds <= left_s else Cap(left_s, "the time of the search was over")

    def _known(self, proposal: Proposal) -> str:
        """Return which trial had the same combination; empty: none."""
        same = [one for one in self.trials if one.values == proposal.values and one.began]
        return f"it is the combination of trial {same[0].number}" if same else ""

    def _hopeless(self, proposal: Proposal) -> str:
        """Return why such a combination cannot be as quick as the best trial was, by its start; empty: it can."""
        limit = Ender(self.trials, self.plan.goals, self.plan.target).limit
        if limit is None or self.plan.goals[0] != "time" or proposal.origin == "base":
            return ""
        key, alike = _start_key(proposal.values), self._alike(proposal)
        what = " and ".join(str(one) for one in key if one not in {None, "none"}) or "the base's engine"
        return too_slow_a_start(alike, what, limit)

    def _alike(self, proposal: Proposal) -> list[TunedTrial]:
        """Return the trials that begun and take as long to their first step as a combination does."""
        key = _start_key(proposal.values)
        return [one for one in self.trials if one.began and _start_key(one.values) == key]

    def _nothing_ran(self) -> str:
        reasons = list(dict.fromkeys(one.reason for one in self.trials))[:3]
        said = "\n".join(reasons) or "there was no time for a single trial"
        return f"the search space is empty: no combination can run here\n{said}"


def _usual_start_s(trials: Sequence[TunedTrial]) -> float | None:
    """Return how long trials usually take to their first step; None: not known. Unit: s."""
    known = [found for one in trials if (found := start_s(one)) is not None]
    return median(known) if known else None


def _start_key(values: Mapping[str, object]) -> tuple[object, ...]:
    """Return what decides how long a process takes to its first step."""
    return values.get("engine"), values.get("precision"), values.get("reduction")
