"""One process's share of a tuning study: prepare, search, repeat, open the test part once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.records.files import write_atomically
from wattlab.studies.trainings.once import train_once
from wattlab.studies.tune.baseline import cap_of, train_baseline
from wattlab.studies.tune.budget import Budget
from wattlab.studies.tune.estimate import check_budget, estimate_trial
from wattlab.studies.tune.evidence import WINNER, winner_toml
from wattlab.studies.tune.observer import TuneOutlook
from wattlab.studies.tune.rates import TRIALS_WORTH, find_ranges
from wattlab.studies.tune.repeating import Repeats
from wattlab.studies.tune.sampling import Sampling
from wattlab.studies.tune.searching import Search
from wattlab.studies.tune.starts import find_starts
from wattlab.studies.tune.store import Prepared
from wattlab.studies.tune.summing import make_answer, winning_recipe
from wattlab.studies.tune.verdict import Verdict, judge
from wattlab.units import format_seconds

if TYPE_CHECKING:
    from wattlab.recipe import Recipe
    from wattlab.studies.trainings.trained import Trained
    from wattlab.studies.tune.answer import Tune, TunedTrial
    from wattlab.studies.tune.observer import TuneObserver
    from wattlab.studies.tune.plan import TunePlan
    from wattlab.studies.tune.store import TuneFolder

__all__ = ["Session"]

_OPENED: Final = "winner"
"""Name of the run of which the test part is opened."""
_LONGEST_S: Final = 600.0


class Session:
    """Does what is missing of a plan.

    Parameters
    ----------
    folder : TuneFolder
        Of the study, locked.
    plan : TunePlan
        What is asked.
    url : str
        Of Optuna's database.
    observer : TuneObserver
        Told of all.
    """

    def __init__(self, folder: TuneFolder, plan: TunePlan, url: str, observer: TuneObserver) -> None:
        self.folder, self.plan, self.url, self.observer = folder, plan, url, observer
        self.budget = Budget(folder.spent(plan.budget_s), folder.save_spent)
        self.trials: list[TunedTrial] = list(folder.trials().values())
        self._prepared = folder.prepared()
        self._last = folder.opened()
        self._sampling: Sampling | None = None
        self._verdict = Verdict((), None, distinguishable=False)

    def run(self) -> None:
        """Do all that is left, each part in its share of the budget."""
        plan = self.plan
        spent_s = self.budget.spent_s
        self.observer.searching(
            TuneOutlook(
                plan.title,
                plan.goals,
                plan.target,
                plan.budget_s,
                spent_s,
                len(self.trials),
                self.folder.path,
            )
        )
        with self.budget.phase("preparing"):
            prepared = self._prepared = self._prepared or self._prepare()
        with self.budget.phase("search"):
            self._search(prepared)
        with self.budget.phase("finals"):
            self._repeat()
        with self.budget.phase("opening"):
            self._open()

    def close(self) -> None:
        """Let go of the database."""
        if self._sampling is not None:
            self._sampling.close()

    def write(self, *, complete: bool) -> Tune:
        """Write the answer as far as it is known, and return it."""
        answer = make_answer(
            self.plan,
            self._prepared,
            self.trials,
            self._verdict,
            self._last,
            self.budget.spent,
            self.url,
            complete=complete,
        )
        self.folder.save(answer)
        text = winner_toml(answer)
        if text is not None:
            write_atomically(self.folder.path / WINNER, text.encode())
        return answer

    def _prepare(self) -> Prepared:
        """Estimate a trial, find the range of learning rates, and train Adam at its defaults."""
        plan, space = self.plan, self.plan.space()
        self.observer.preparing("estimating how long a trial takes")
        starts = find_starts(space)
        first = space.recipe_of(starts[0].values) if starts else space.recipe
        trial = estimate_trial(first, plan.n_train, self.folder.path / "steps")
        check_budget(plan.budget_s, self.budget.left_s, trial, baseline=plan.baseline)
        settings, notes = plan.settings, [self._division()]
        if plan.range_test and plan.budget_s >= TRIALS_WORTH * trial.total_s:
            self.observer.preparing("finding the range of learning rates")
            ranged = find_ranges(space, self.folder.path / "rates", max(_LONGEST_S, plan.budget_s))
            settings, notes = ranged.settings, [*notes, *ranged.notes]
        baseline, capped_s = None, 0.0
        if plan.baseline:
            capped_s = cap_of(plan.budget_s, trial.total_s)
            self.observer.preparing(f"training Adam at its defaults, for {format_seconds(capped_s)} at most")
            baseline = train_baseline(space.recipe, self.folder, capped_s)
        prepared = Prepared(
            trial_s=trial.total_s, settings=settings, baseline=baseline, capped_s=capped_s, notes=tuple(notes)
        )
        self.folder.save_prepared(prepared)
        return prepared

    def _division(self) -> str:
        plan = self.plan
        return (
            f"Of the budget of {format_seconds(plan.budget_s)}, the search had all but what the repetitions of "
            f"{plan.n_finalists} candidates over {plan.seeds} seeds, and the last training, were estimated to take."
        )

    def _search(self, prepared: Prepared) -> None:
        space = self.plan.space(prepared.settings)
        facts = {
            "question": self.plan.title,
            "begun": self.plan.created_utc,
            "base recipe": self.plan.base,
            "folder": str(self.folder.path.absolute()),
            "machine": str(self.plan.machine.get("line", "")),
            "wattlab": self.plan.wattlab_version,
        }
        seed = self.plan.sampler_seed + len(self.trials)  # a resumed search draws anew
        self._sampling = Sampling(self.url, self.folder.id, space, self.plan.goals, seed, facts)
        search = Search(self.folder, self.plan, space, self._sampling, self.budget, prepared, self.observer)
        self.trials = search.trials
        search.begin()
        search.run()

    def _repeat(self) -> None:
        repeats = Repeats(self.folder, self.plan, self.trials, self.budget, self.observer, self._prepared)
        try:
            repeats.run()
        finally:
            known = [(one, repeats.of(place)) for place, one in enumerate(repeats.candidates)]
            self._verdict = judge(known, self.plan.goals, self.plan.target, repeats.baseline)

    def _open(self) -> None:
        """Train the winner by its recipe, and open the test part: once."""
        recipe = self._winner()
        if recipe is None or self._last is not None:
            return
        self.observer.preparing("training the winner, to open the test part once")
        self._last = self._opened(recipe)
        self.folder.save_opened(self._last)

    def _opened(self, recipe: Recipe) -> Trained:
        return train_once(recipe, self.folder, _OPENED)

    def _winner(self) -> Recipe | None:
        """Return the winning recipe; None where nobody won."""
        if self._verdict.winner is None:
            return None
        return winning_recipe(self.plan, self._verdict.finalists[self._verdict.winner])
