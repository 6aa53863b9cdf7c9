"""Optuna's part of a search: it proposes combinations, and is told what came of them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wattlab.errors import RunError
from wattlab.studies.tune.distributions import suggest
from wattlab.studies.tune.storage import open_storage, quiet_optuna, shown_url, storage_trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from optuna import Study
    from optuna.samplers import TPESampler
    from optuna.storages import RDBStorage
    from optuna.trial import Trial

    from wattlab.studies.tune.answer import Goal, Origin, TunedTrial, Value
    from wattlab.studies.tune.space import Space

__all__ = ["Proposal", "Sampling", "sampler_text"]

_BEGUN: Final = "begun"
"""Fact that tells two studies of one name apart."""
_STARTUP: Final = 8
"""Finished trials before the sampler stops drawing at random."""
_IMPOSSIBLE: Final = 1.0
"""Violation of a combination that cannot run: larger than that of most that miss a target."""
_METRICS: Final = {
    "time": "time to target (s)",
    "energy": "energy to target (J)",
    "memory": "peak memory (B)",
    "accuracy": "validation score",
}


@dataclass(frozen=True)
class Proposal:
    """A combination to try.

    Parameters
    ----------
    number : int
        Of the trial in Optuna.
    values : dict
        By name of the setting; those that its optimizer does not have are not in it.
    origin : {"base", "start", "sampled"}
        Who proposed it.
    trial : optuna.trial.Trial
    """

    number: int
    values: dict[str, Value]
    origin: Origin
    trial: Trial


def sampler_text(seed: int) -> str:
    """Return how combinations are proposed, in words."""
    return f"TPE (multivariate, in groups of settings, {_STARTUP} random at first), seed {seed}"


class Sampling:
    """A study of Optuna, in a database.

    Parameters
    ----------
    url : str
        Of the database.
    name : str
        Of the study in it.
    space : Space
        What is sampled.
    goals : sequence of str
        What is optimised.
    seed : int
        Of the sampler.
    facts : mapping of str
        What Optuna's dashboard shows of the study; "begun" is when that was.

    Raises
    ------
    wattlab.errors.StorageError
        If the database cannot be used.
    wattlab.errors.RunError
        If it has a study of that name that was begun for other goals, or elsewhere.
    """

    def __init__(
        self, url: str, name: str, space: Space, goals: Sequence[Goal], seed: int, facts: Mapping[str, str]
    ) -> None:
        self.url, self.space, self.goals = url, space, tuple(goals)
        directions = ["maximize" if goal == "accuracy" else "minimize" for goal in goals]
        storage = open_storage(url)
        try:
            self._study = self._opened(storage, name, directions, seed, facts)
        except BaseException:
            _let_go(storage)
            raise

    def _opened(
        self, storage: RDBStorage, name: str, directions: Sequence[Any], seed: int, facts: Mapping[str, str]
    ) -> Study:
        """Return the study of that name, begun where there is none."""
        import optuna

        with self._trouble():
            study = optuna.create_study(
                storage=storage,
                study_name=name,
                directions=directions,
                load_if_exists=True,
                sampler=_sampler(seed),
            )
            self._check_own(study, directions, facts)
            study.set_metric_names([_METRICS[goal] for goal in self.goals])
            for key, fact in facts.items():
                study.set_user_attr(key, fact)
        return study

    def _check_own(self, own: Study, directions: Sequence[str], facts: Mapping[str, str]) -> None:
        """Refuse a study of that name that somebody else has begun in a database that several share."""
        known = own.user_attrs
        other = "with other goals" if [one.name.lower() for one in own.directions] != directions else ""
        if known.get(_BEGUN, facts.get(_BEGUN)) != facts.get(_BEGUN):
            other = "that was begun elsewhere"
        if other:
            msg = f"database {shown_url(self.url)!r} has a study {own.study_name!r} {other}; begin anew"
            raise RunError(msg)

    def enqueue(self, values: Mapping[str, Value], origin: Origin, *, again: bool = False) -> None:
        """Have a combination proposed before anything is sampled; where it is there already, only if `again`."""
        with self._trouble():
            self._study.enqueue_trial(dict(values), user_attrs={"origin": origin}, skip_if_exists=not again)

    @property
    def n_asked(self) -> int:
        """Trials that the database has, those that wait to be proposed included."""
        with self._trouble():
            return len(self._study.get_trials(deepcopy=False))

    def ask(self) -> Proposal:
        """Return the next combination."""
        with self._trouble():
            trial = self._study.ask()
            values: dict[str, Value] = {}
            for one in self.space.settings:
                if not one.optimizers:
                    values[one.name] = suggest(trial, one)
            for one in self.space.applicable(values):
                if one.optimizers:
                    values[one.name] = suggest(trial, one)
            origin: Origin = trial.user_attrs.get("origin", "sampled")
        return Proposal(trial.number, values, origin, trial)

    def tell(self, proposal: Proposal, trial: TunedTrial, target: float | None) -> None:
        """Say what came of a combination, in the words of Optuna, so that its dashboard shows it."""
        with self._trouble():
            self._note(proposal.trial, trial, target)
            self._finish(proposal.number, trial)

    def _note(self, asked: Trial, trial: TunedTrial, target: float | None) -> None:
        known = {
            "label": trial.label,
            "state": trial.state,
            "reason": trial.reason,
            "score": trial.score,
            "epochs": trial.epochs,
        }
        for key, value in known.items():
            if value not in {None, "", 0}:
                asked.set_user_attr(key, value)
        asked.set_constraint("target", _violation(trial, target))
        if len(self.goals) == 1:
            sign = 1 if self.goals[0] == "accuracy" else -1
            for epoch, score in enumerate(trial.scores, start=1):
                if score is not None:  # reported in the direction of the goal: errors where it is made small
                    asked.report(score if sign > 0 else 1 - score, epoch)

    def _finish(self, number: int, trial: TunedTrial) -> None:
        from optuna.trial import TrialState

        values = [_objective(trial, goal) for goal in self.goals]
        known = [value for value in values if value is not None]
        if trial.state == "failed":
            self._study.tell(number, state=TrialState.FAIL)
        elif len(known) < len(values) or not trial.began or trial.state == "stopped":
            self._study.tell(number, state=TrialState.PRUNED)
        else:
            self._study.tell(number, values=known)

    def recover(self, known: Mapping[int, TunedTrial], target: float | None) -> list[int]:
        """Put in order what a crash left: tell what was not told or was lost, and propose anew what was running.

        Parameters
        ----------
        known : mapping of int to TunedTrial
            Trials that the study's folder has.
        target : float or None
            Score to reach.

        Returns
        -------
        list of int
            Numbers of the trials that were running and are marked as failed.
        """
        import optuna
        from optuna.trial import TrialState

        lost: list[int] = []
        self._restore(known, target)
        with self._trouble():
            for frozen in self._study.get_trials(deepcopy=True, states=(TrialState.RUNNING,)):
                if frozen.number in known:
                    trial = optuna.Trial(self._study, frozen._trial_id)  # noqa: SLF001 (as Study.ask makes one)
                    self.tell(Proposal(frozen.number, {}, "sampled", trial), known[frozen.number], target)
                    continue
                lost.append(frozen.number)
                self._study.tell(frozen.number, state=TrialState.FAIL)
                if set(frozen.params) == {one.name for one in self.space.applicable(frozen.params)}:
                    attrs = {"origin": frozen.user_attrs.get("origin", "sampled"), "again": frozen.number}
                    self._study.enqueue_trial(frozen.params, user_attrs=attrs)
        return lost

    def _restore(self, known: Mapping[int, TunedTrial], target: float | None) -> None:
        """Tell a database that is new, or older than the study's folder, of the trials that it lacks."""
        from optuna.trial import TrialState, create_trial

        with self._trouble():
            n_there = len(self._study.get_trials(deepcopy=False))
            for number in range(n_there, max(known, default=-1) + 1):
                if number not in known:
                    self._study.add_trial(create_trial(state=TrialState.FAIL))
                    continue
                self.enqueue(known[number].values, known[number].origin, again=True)
                self.tell(self.ask(), known[number], target)

    def close(self) -> None:
        """Let go of the database."""
        _let_go(self._study._storage)  # noqa: SLF001 (there is no public way to the engine)

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        """Keep Optuna silent, and say its errors in our words, around each use of the database."""
        with storage_trouble(self.url), quiet_optuna():
            yield


def _let_go(storage: Any) -> None:
    storage.remove_session()
    getattr(storage, "_backend", storage).engine.dispose()


def _sampler(seed: int) -> TPESampler:
    from optuna.samplers import TPESampler

    return TPESampler(
        n_startup_trials=_STARTUP,
        n_ei_candidates=64,
        multivariate=True,
        group=True,
        constant_liar=False,  # one trial runs at a time
        seed=seed,
    )


def _objective(trial: TunedTrial, goal: Goal) -> float | None:
    """Return the value of a goal; of a training that missed its target, what it cost in vain."""
    if trial.cost.get(goal) is not None or trial.state != "missed":
        return trial.cost.get(goal)
    quantity = trial.energy if goal == "energy" else trial.peak_memory
    return trial.wall_s if goal == "time" else quantity.value if quantity is not None else None


def _violation(trial: TunedTrial, target: float | None) -> float:
    """Return how far a trial stayed from what it has to be; 0 or less: it is as it has to be."""
    if trial.state in {"reached", "done"}:
        return 0.0 if target is None or trial.score is None else min(0.0, target - trial.score)
    if target is None or trial.score is None:
        return _IMPOSSIBLE
    return max(1e-6, target - trial.score)
