"""Searches on a made-up machine: what is proposed, told and kept, in SQLite and in PostgreSQL."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pytest

from wattlab.errors import RunError, StorageError, UserError
from wattlab.recipe import Recipe
from wattlab.studies.tune import searching, store
from wattlab.studies.tune.answer import Setting, Spent
from wattlab.studies.tune.budget import Budget
from wattlab.studies.tune.observer import TuneObserver
from wattlab.studies.tune.plan import TunePlan
from wattlab.studies.tune.sampling import Sampling
from wattlab.studies.tune.searching import Search
from wattlab.studies.tune.space import Space
from wattlab.studies.tune.starts import find_starts
from wattlab.studies.tune.storage import database_url
from wattlab.studies.tune.trying import too_slow_a_start

from .made_up import TARGET, Landscape, make_trial

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from optuna.trial import FrozenTrial

    from wattlab.studies.tune.answer import Goal, TunedTrial

optuna = pytest.importorskip("optuna", reason="optuna is not installed")

SETTINGS = (
    Setting(name="batch_size", path="training.batch_size", values=(32, 64, 128, 256)),
    Setting(name="epochs", path="training.epochs", low=2, high=20, log=True, whole=True),
    Setting(name="optimizer", path="optimizer.kind", values=("nesterov", "adam")),
    Setting(
        name="learning_rate_sgd",
        path="optimizer.learning_rate",
        low=1e-3,
        high=1.0,
        log=True,
        optimizers=("nesterov",),
    ),
    Setting(
        name="learning_rate_adaptive",
        path="optimizer.learning_rate",
        low=1e-3,
        high=1.0,
        log=True,
        optimizers=("adam",),
    ),
)


PREPARED = store.Prepared(trial_s=0.5, settings=())


class Made:
    """A search on a made-up machine, whose clock is what its trials take."""

    def __init__(self, folder: store.TuneFolder, url: str, space: Space, **plan: Any) -> None:
        self.folder, self.machine = folder, Landscape()
        self.plan = make_plan(folder.id, space, **plan)
        spent = folder.spent(self.plan.budget_s)
        self.budget = Budget(spent, folder.save_spent, lambda: self.machine.spent_s)
        self.sampling = Sampling(
            database_url(url, folder.path), folder.id, space, self.plan.goals, 1, {"a": "b"}
        )
        self.told: list[TunedTrial | None] = []

    def search(self) -> Search:
        found = Search(
            self.folder,
            self.plan,
            self.plan.space(),
            self.sampling,
            self.budget,
            PREPARED,
            Told(self.told),
            self.machine,
        )
        with self.budget.phase("search"):
            found.begin()
            found.run()
        return found


class Told(TuneObserver):
    def __init__(self, told: list[TunedTrial | None]) -> None:
        self._told = told

    def tried(self, trial: TunedTrial, best: TunedTrial | None, spent: Spent) -> None:
        self._told.append(best)


def make_plan(name: str, space: Space, **changes: Any) -> TunePlan:
    known: dict[str, Any] = {
        "wattlab_version": "1",
        "id": name,
        "title": "made up",
        "created_utc": "2026",
        "machine": {"id": "here"},
        "base": space.recipe.name,
        "recipe": space.recipe.to_toml(),
        "dataset": "digits",
        "n_train": 1000,
        "n_validation": 200,
        "n_test": 200,
        "score_name": "accuracy",
        "target": TARGET,
        "goals": ("time",),
        "asked_goals": ("time",),
        "settings": space.settings,
        "fixed": {},
        "budget_s": 100.0,
        "seeds": 3,
        "n_finalists": 2,
        "storage": None,
        "sampler_seed": 1,
        "max_trials": None,
        "baseline": False,
        "range_test": False,
    }
    return TunePlan(**(known | changes))


class Seen(NamedTuple):
    """What another program reads of a study."""

    trials: list[FrozenTrial]
    best: list[int]
    user_attrs: dict[str, Any]
    metric_names: list[str] | None


def read_study(folder: store.TuneFolder, url: str) -> Seen:
    storage = optuna.storages.RDBStorage(database_url(url, folder.path))
    try:
        study = optuna.load_study(study_name=folder.id, storage=storage)
        best = [one.number for one in study.best_trials]
        return Seen(study.trials, best, study.user_attrs, study.metric_names)
    finally:
        storage.remove_session()
        storage.engine.dispose()


class Make(Protocol):
    """Makes a search in a database; it is closed when the test is over."""

    def __call__(self, url: str, space: Space, **plan: Any) -> Made: ...


@pytest.fixture
def make(folder: store.TuneFolder) -> Iterator[Make]:
    found: list[Made] = []

    def new(url: str, space: Space, **plan: Any) -> Made:
        found.append(Made(folder, url, space, **plan))
        return found[-1]

    yield new
    for one in found:
        one.sampling.close()


@pytest.fixture
def space() -> Space:
    return Space(Recipe.named("digits"), SETTINGS)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[store.TuneFolder]:
    found = store.create(tmp_path / "studies", tmp_path.name)  # a name of its own in the server
    found.prepare_trainings()
    found.make_inner("trials")
    yield found
    found.close()


def test_a_search_finds_what_is_cheap_within_its_budget(
    make: Make, folder: store.TuneFolder, database: str, space: Space
) -> None:
    made = make(database, space, budget_s=40.0)
    found = made.search()
    best = found.best
    assert best is not None
    assert best.cost["time"] is not None
    assert best.cost["time"] < 1.05  # the least is 0.9; the base takes 30 epochs and misses the range
    assert made.budget.spent.search_s <= 40.0 - made.budget.spent.reserved_s + 2.0
    starts = [one.values for one in find_starts(space)]
    assert made.machine.asked[: len(starts)] == starts
    assert len(made.machine.asked) > 2 * len(starts)
    assert len({str(sorted(one.items())) for one in made.machine.asked}) == len(made.machine.asked)
    assert made.told[-1] == best
    assert len(folder.trials()) == len(found.trials)


def test_optuna_is_told_of_states_constraints_and_errors(
    make: Make, folder: store.TuneFolder, database: str, space: Space
) -> None:
    made = make(database, space)
    told = [
        make_trial(0, 1.5, elapsed_s=(1.0, 1.5), scores=(0.5, 0.91)),
        make_trial(1, None),
        make_trial(2, None, state="stopped", reason="it lagged", score=0.5, scores=(0.5,), elapsed_s=(1.0,)),
        make_trial(3, None, state="refused", score=None),
        make_trial(4, None, state="failed", reason="it crashed", score=None),
    ]
    for one in told:
        made.sampling.tell(made.sampling.ask(), one, TARGET)
    study = read_study(folder, database)
    states = [one.state.name for one in study.trials]
    assert states == ["COMPLETE", "COMPLETE", "PRUNED", "PRUNED", "FAIL"]
    assert study.trials[0].intermediate_values == pytest.approx({1: 0.5, 2: 0.09})
    violations = [one.constraints["target"] for one in study.trials]
    assert violations == pytest.approx([-0.01, 0.05, 0.4, 1.0, 1.0])
    assert study.best == [0]
    assert study.trials[2].user_attrs["reason"] == "it lagged"
    assert study.user_attrs["a"] == "b"
    assert study.metric_names == ["time to target (s)"]


def test_what_a_crash_left_is_told_or_tried_again(
    make: Make, folder: store.TuneFolder, database: str, space: Space
) -> None:
    made = make(database, space)
    written, running = made.sampling.ask(), made.sampling.ask()
    trial = make_trial(written.number, 1.5, values=written.values)
    assert made.sampling.recover({written.number: trial}, TARGET) == [running.number]
    again = made.sampling.ask()
    assert (again.number, again.values) == (2, running.values)
    study = read_study(folder, database)
    assert [one.state.name for one in study.trials] == ["COMPLETE", "FAIL", "RUNNING"]
    assert study.trials[0].value == 1.5


def test_a_search_goes_on_where_it_was_with_what_is_left(
    make: Make, folder: store.TuneFolder, space: Space
) -> None:
    first = make(f"sqlite:///{folder.path}/a.db", space, max_trials=6)
    first.search()
    first.sampling.close()
    second = make(f"sqlite:///{folder.path}/a.db", space, max_trials=9)
    found = second.search()
    assert second.budget.spent.search_s == pytest.approx(first.machine.spent_s + second.machine.spent_s)
    assert len(second.machine.asked) == 3
    assert [one.number for one in found.trials] == list(range(len(found.trials)))


def test_a_database_that_was_deleted_is_told_again_what_it_had(
    make: Make, folder: store.TuneFolder, space: Space
) -> None:
    made = make(f"sqlite:///{folder.path}/a.db", space, max_trials=4)
    before = made.search().trials
    made.sampling.close()
    again = make(f"sqlite:///{folder.path}/b.db", space, max_trials=5)
    found = again.search()
    assert [one.number for one in found.trials] == list(range(len(found.trials)))
    assert found.trials[: len(before)] == before
    study = read_study(folder, f"sqlite:///{folder.path}/b.db")
    assert [one.user_attrs["label"] for one in study.trials[: len(before)]] == [one.label for one in before]
    assert len(folder.trials()) == len(found.trials)


def test_a_study_of_that_name_that_others_began_is_refused_without_a_password(
    folder: store.TuneFolder, space: Space, server: str
) -> None:
    url = database_url(server.replace("tester@", "tester:secret@"), folder.path)
    Sampling(url, "shared", space, ("time",), 0, {"begun": "then"}).close()
    Sampling(url, "shared", space, ("time",), 0, {"begun": "then"}).close()
    with pytest.raises(RunError, match="that was begun elsewhere; begin anew") as error:
        Sampling(url, "shared", space, ("time",), 0, {"begun": "now"})
    assert "secret" not in str(error.value)


def test_other_goals_in_the_same_study_are_refused(folder: store.TuneFolder, space: Space) -> None:
    url = f"sqlite:///{folder.path}/a.db"
    Sampling(url, "one", space, ("time",), 0, {}).close()
    with pytest.raises(RunError, match="begin anew"):
        Sampling(url, "one", space, ("accuracy",), 0, {})


@pytest.mark.parametrize("goals", [("time", "accuracy"), ("accuracy",)])
def test_without_a_target_accuracy_is_a_goal(
    make: Make, folder: store.TuneFolder, space: Space, goals: tuple[Goal, ...]
) -> None:
    made = make(f"sqlite:///{folder.path}/a.db", space, goals=goals, target=None)
    for number in range(12):
        asked = made.sampling.ask()
        score = 0.5 + 0.01 * number
        cost = {"time": 1.0 + number, "energy": None, "memory": 1.0, "accuracy": score}
        state = "stopped" if number == 3 else "done"
        made.sampling.tell(asked, make_trial(asked.number, 1.0, state=state, cost=cost, score=score), None)
    study = read_study(folder, f"sqlite:///{folder.path}/a.db")
    assert len(study.best) == (11 if len(goals) == 2 else 1)
    assert max(study.best) == 11


def test_a_space_in_which_all_is_known_ends_the_search(
    make: Make, folder: store.TuneFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_IDLE", 8)
    small = Space(Recipe.named("digits"), (Setting(name="epochs", path="training.epochs", values=(4, 8)),))
    made = make(f"sqlite:///{folder.path}/a.db", small)
    found = made.search()
    assert len(made.machine.asked) == 2
    assert found.trials[-1].reason.startswith("it is the combination of trial")


def test_a_space_in_which_nothing_runs_is_an_error(
    make: Make, folder: store.TuneFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_IDLE", 8)
    odd = Setting(name="precision", path="engine.precision", values=("float1", "float2"))
    made = make(f"sqlite:///{folder.path}/a.db", Space(Recipe.named("digits"), (odd,)))
    with pytest.raises(UserError, match="no combination can run here"):
        made.search()
    assert made.machine.asked == []


def test_what_cannot_win_by_its_start_alone_is_not_started(
    make: Make, folder: store.TuneFolder, space: Space
) -> None:
    both = Space(space.recipe, (*SETTINGS, Setting(name="engine", path="engine", values=("native", "torch"))))
    made = make(f"sqlite:///{folder.path}/a.db", both)
    search = Search(
        folder, made.plan, both, made.sampling, made.budget, PREPARED, TuneObserver(), made.machine
    )
    slow = make_trial(
        1, None, values={"engine": "torch"}, state="stopped", elapsed_s=(4.5, 5.0), scores=(0.1, 0.2)
    )
    search.trials += [make_trial(0, 1.0, values={"engine": "native"}), slow]
    asked = made.sampling.ask()
    while asked.values["engine"] != "torch":
        asked = made.sampling.ask()
    found = search._tried(asked)
    assert (found.state, found.began) == ("too slow", False)
    assert found.reason == "to start with torch takes 4.00 s, and the best trials were over after 1.00 s"
    assert made.machine.asked == []
    base = search._tried(replace(asked, origin="base"))
    assert (base.began, len(made.machine.asked)) == (True, 1)  # it is held against no other
    near = slow.model_copy(update={"elapsed_s": (2.0, 2.5)})
    assert too_slow_a_start([near], "torch", 1.0) == ""  # another program may have held up one start
    assert "takes 1.50 s" in too_slow_a_start([near, near], "torch", 1.0)
    ended = slow.model_copy(update={"elapsed_s": (), "scores": (), "wall_s": 3.0})
    assert too_slow_a_start([ended], "torch", 1.0) == ""
    assert "the first epoch of 2 trials was not over after 3.00 s" in too_slow_a_start(
        [ended, ended], "torch", 1.0
    )
    assert too_slow_a_start([ended, ended, make_trial(3, 1.0)], "torch", 1.0) == ""


def test_a_database_that_goes_away_is_told_and_nothing_is_lost(
    make: Make, folder: store.TuneFolder, space: Space
) -> None:
    made = make(f"sqlite:///{folder.path}/a.db", space, max_trials=3)
    found = made.search()
    with closing(sqlite3.connect(folder.path / "a.db")) as connection, connection:
        connection.execute("DROP TABLE trials")
    with pytest.raises(StorageError, match=r"no such table.*See that its folder is there"):
        made.sampling.ask()
    assert len(folder.trials()) == len(found.trials)
