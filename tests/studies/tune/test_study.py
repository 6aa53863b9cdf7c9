"""A whole tuning study in real processes: interrupted, gone on with, and opened by Optuna's own dashboard."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from wattlab.errors import RunError, StorageError, UserError
from wattlab.recipe import Recipe
from wattlab.records.run import Run
from wattlab.studies.tune import repeating, store
from wattlab.studies.tune.answer import Tune
from wattlab.studies.tune.asked import TuneAsked
from wattlab.studies.tune.notes import why_no_winner
from wattlab.studies.tune.observer import TuneObserver
from wattlab.studies.tune.session import Session
from wattlab.studies.tune.store import Prepared
from wattlab.studies.tune.study import TuneInterrupted, resume, tune

from .made_up import make_trial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.studies.tune.answer import Spent, TunedTrial

pytest.importorskip("optuna", reason="optuna is not installed")
pytestmark = pytest.mark.slow

ASKED = TuneAsked(
    "digits",
    0.9,
    minimize=("energy",),
    budget_s=300.0,
    fix={"engine": "native", "precision": "float32", "threads": 1},
    vary={"epochs": [4, 5, 30]},
    seeds=2,
    n_finalists=1,
    max_trials=3,
    range_test=False,
)


class Interrupting(TuneObserver):
    """Presses Ctrl-C after the second trial."""

    def __init__(self) -> None:
        self.seen: list[TunedTrial] = []

    def tried(self, trial: TunedTrial, best: TunedTrial | None, spent: Spent) -> None:
        self.seen.append(trial)
        if len(self.seen) == 2:
            raise KeyboardInterrupt


class Done(NamedTuple):
    studies: Path
    interrupted: TuneInterrupted
    answer: Tune


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    studies = tmp_path_factory.mktemp("studies")
    observer = Interrupting()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            repeating, "PATIENCE_S", 0.0
        )  # no time is asserted, so none is waited for a quiet machine
        with pytest.raises(TuneInterrupted) as interrupt:
            tune(ASKED, studies=studies, observer=observer)
        assert len(observer.seen) == 2
        return Done(studies, interrupt.value, resume("last", studies=studies))


def test_an_interrupt_keeps_all_that_was_over(done: Done) -> None:
    first = done.interrupted.answer
    assert (done.interrupted.n_done, len(first.trials), first.complete) == (2, 2, False)
    assert done.answer.trials[:2] == first.trials
    assert done.answer.id == first.id
    assert done.answer.complete


def test_energy_that_is_modelled_is_ranked_by_time_and_says_so(done: Done) -> None:
    answer = done.answer
    assert answer.asked_goals == ("energy",)
    if answer.goals == ("time",):
        assert any("No sensor here measures energy" in note for note in answer.notes)
    assert answer.storage.startswith("sqlite:///")
    assert answer.dashboard.startswith("optuna-dashboard sqlite:///")


def test_trials_are_whole_trainings_that_never_saw_the_test_part(done: Done) -> None:
    ran = [one for one in done.answer.trials if one.state != "refused"]
    assert len(ran) == 3
    for one in ran:
        recipe = Recipe.from_toml(one.recipe)
        assert not recipe.evaluation.test
        assert (recipe.stop.part, recipe.stop.target) == ("validation", 0.9)
        assert one.wall_s > 0.1
        if one.state == "reached":
            assert one.cost["time"] is not None
            assert one.elapsed_s[-1] <= one.cost["time"] <= one.wall_s
    runs = sorted(path.name for path in (done.studies / done.answer.id / "runs").iterdir())
    assert not [name for name in runs if name.startswith("trial")]


def test_the_best_are_repeated_with_seeds_that_the_search_did_not_see(done: Done) -> None:
    answer = done.answer
    folder = done.studies / answer.id
    assert answer.finalists
    assert all(one.n == 2 for one in answer.finalists)
    seeds = {Run(path).record.recipe["seed"] for path in (folder / "runs").glob("candidate-*")}
    assert seeds == {1, 2}
    assert answer.finalists[0].rate is not None


def test_the_test_part_is_opened_once_for_the_recipe_that_is_written(done: Done) -> None:
    answer, folder = done.answer, done.studies / done.answer.id
    assert answer.written is not None
    assert answer.opened is not None
    assert answer.opened.test_score is not None
    assert answer.opened.test_score > 0.8
    opened = [path for path in (folder / "runs").iterdir() if Run(path).record.recipe["evaluation"]["test"]]
    assert [path.name for path in opened] == ["winner"]
    written = Recipe.named(str(folder / "winner.toml"))
    assert answer.recipe == written.to_toml()
    assert (written.name, written.evaluation.test) == ("digits-tuned", True)


def test_adam_at_its_defaults_is_beside_the_winner(done: Done) -> None:
    baseline = done.answer.baseline
    assert baseline is not None
    assert baseline.epochs > 1
    assert baseline.ratio is not None
    assert baseline.at_least == (not baseline.reached)


def test_the_budget_counts_both_sessions(done: Done) -> None:
    first, last = done.interrupted.answer.spent, done.answer.spent
    assert last.preparing_s == pytest.approx(first.preparing_s, abs=0.01)
    assert first.preparing_s > 0
    assert last.search_s > first.search_s > 0
    assert last.finals_s > 0
    assert last.opening_s > 0
    assert last.total_s < last.budget_s


def test_a_complete_study_is_only_read_again(done: Done) -> None:
    before = (done.studies / done.answer.id / "tune.json").stat().st_mtime_ns
    assert resume("last", studies=done.studies) == done.answer
    assert (done.studies / done.answer.id / "tune.json").stat().st_mtime_ns == before
    assert Tune.load(done.studies / done.answer.id) == done.answer


def test_why_there_is_no_recipe_is_said_in_any_case(done: Done) -> None:
    lost = done.answer.model_copy(update={"winner": None, "front": ()})
    failed = make_trial(0, None, state="failed", reason="it crashed", score=None, cost={})
    said = why_no_winner(
        lost.model_copy(update={"goals": ("time", "accuracy"), "target": None, "trials": (failed,)})
    )
    assert said == "No trial of 1 came as far as its end, so no recipe is written (trial 0: it crashed)."
    assert "with more than half of its seeds" in why_no_winner(lost)
    assert "was over before a candidate was repeated" in why_no_winner(
        lost.model_copy(update={"finalists": ()})
    )
    assert why_no_winner(done.answer) == ""


def test_a_study_in_use_by_another_process_is_refused(done: Done) -> None:
    held = store.reopen(done.studies, done.answer.id)
    try:
        with pytest.raises(RunError, match="is being run by another process"):
            resume("last", studies=done.studies)
    finally:
        held.close()


def test_a_budget_too_small_for_one_trial_says_what_one_takes(tmp_path: Path) -> None:
    with pytest.raises(
        UserError,
        match=r"--budget 100 ms is too small for one trial\. The least is --budget \d+s: .* for this estimate",
    ):
        tune(TuneAsked("digits", 0.9, budget_s=0.1, fix={"engine": "native"}), studies=tmp_path / "studies")
    assert list((tmp_path / "studies").iterdir()) == []  # nothing that --resume last could stumble over


def test_a_database_that_went_away_leaves_a_study_that_can_be_gone_on_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(session: Session) -> None:
        session.folder.save_prepared(Prepared(trial_s=1.0, settings=()))
        session.trials.append(make_trial())
        raise StorageError("database 'x' cannot be used: server closed the connection")

    monkeypatch.setattr(Session, "run", fail)
    with pytest.raises(
        StorageError,
        match=r"server closed the connection\. Nothing that was found is lost; go on with: wattlab tune --resume /",
    ) as error:
        tune(ASKED, studies=tmp_path)
    folder = Path(str(error.value).rpartition(" ")[2])
    assert [one.number for one in Tune.load(folder).trials] == [0]


@pytest.fixture
def dashboard(done: Done) -> Iterator[str]:
    """Return the address of Optuna's dashboard, which shows the study."""
    program = shutil.which("optuna-dashboard", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("optuna-dashboard is not installed")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    url = f"sqlite:///{done.studies / done.answer.id / 'optuna.db'}"
    command = [program, url, "--host", "127.0.0.1", "--port", port]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def test_optunas_own_dashboard_shows_the_study(dashboard: str, done: Done) -> None:
    studies = fetch(f"{dashboard}/api/studies")["study_summaries"]
    assert [one["study_name"] for one in studies] == [done.answer.id]
    shown = fetch(f"{dashboard}/api/studies/{studies[0]['study_id']}")
    states = [one["state"] for one in shown["trials"]]
    assert states.count("Waiting") == len(states) - len(done.answer.trials)
    attributes = {one["key"]: one["value"] for one in shown["trials"][0]["user_attrs"]}
    assert done.answer.trials[0].label in attributes["label"]
    assert {one["name"] for one in shown["union_search_space"]} >= {"epochs", "batch_size"}


def fetch(address: str) -> Any:
    """Return what the dashboard answers, as soon as it is up."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with suppress(URLError, ConnectionError), urlopen(address, timeout=10) as answer:
            return json.load(answer)
        time.sleep(0.1)
    pytest.fail(f"{address} did not answer")
