"""``wattlab tune``: what it asks, what it refuses, how it ends, and what it writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from wattlab.recipe import Recipe
from wattlab.studies.tune import study
from wattlab.studies.tune.asked import Range, TuneAsked
from wattlab.studies.tune.study import TuneInterrupted

from ..studies.tune.answers import clear_answer, nothing_reached, several_goals  # noqa: TID252

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.studies.tune.answer import Tune

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]

pytest.importorskip("optuna", reason="optuna is not installed")


class Asked:
    """Stands for the search: remembers the question, and answers at once."""

    def __init__(self) -> None:
        self.answer: Tune = clear_answer()
        self.question: TuneAsked | None = None
        self.resumed: tuple[str, str | None] | None = None

    def tune(self, asked: TuneAsked, **_: Any) -> Tune:
        self.question = asked
        return self.answer

    def resume(self, name: str, *, storage: str | None = None, **_: Any) -> Tune:
        self.resumed = name, storage
        return self.answer


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    fake = Asked()
    monkeypatch.setattr(study, "tune", fake.tune)
    monkeypatch.setattr(study, "resume", fake.resume)
    return fake


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "there is no data set and no recipe; name one"),
        (["digits"], "there is no target"),
        (["digits", "--target", "97.8"], "did you mean 0.978?"),
        (["digits", "--target", "0.9", "--budget", "soon"], "--budget: duration 'soon'"),
        (["digits", "--target", "0.9", "--minimize", "money"], "expected one of time, energy, memory"),
        (["digits", "--maximize", "speed"], "only accuracy can be made large"),
        (["digits", "--target", "0.9", "--only"], "the search space is empty"),
        (["digits", "--target", "0.9", "--engines", "native,,torch"], "empty name"),
        (["digits", "--target", "0.9", "--vary", "batch_size=512:32"], "a second number above the first"),
        (["digits", "--target", "0.9", "--storage", "mysql://me@host/db"], "expected postgresql://"),
        (["digits", "--target", "0.9", "--pick", "3"], "--save chosen.toml"),
        (["nowhere", "--target", "0.9"], "there is no data set and no recipe 'nowhere'"),
        (["--resume", "last"], "there is no tuning study 'last'"),
        (["--resume", "last", "--target", "0.9"], "--target cannot be said anew"),
        (["digits", "--target", "0.9", "-o", "a.pdf"], ".html"),
    ],
)
def test_bad_input_is_told_and_ends_with_2(here: Command, arguments: list[str], message: str) -> None:
    said = here("tune", *arguments)
    assert said.code == 2
    assert message in " ".join(said.err.split())
    assert "Traceback" not in said.err


def test_the_question_is_what_was_said(here: Command, asked: Asked) -> None:
    words = (
        "tune mnist --target 0.978 --minimize energy --minimize memory --budget 2m --vary batch_size=64,128 "
        "--vary optimizer.learning_rate=1e-3:1:log --fix width=1 --engines native,torch --seeds 3 --finalists 2 "
        "--trials 9 --storage sqlite:///a.db --no-baseline --no-range-test --sampler-seed 4 --only --quiet"
    )
    assert here(*words.split()).code == 0
    assert asked.question == TuneAsked(
        "mnist",
        0.978,
        minimize=("energy", "memory"),
        budget_s=120.0,
        vary={"batch_size": [64, 128], "optimizer.learning_rate": Range(0.001, 1, log=True)},
        fix={"width": 1},
        engines=("native", "torch"),
        only=True,
        seeds=3,
        n_finalists=2,
        storage="sqlite:///a.db",
        sampler_seed=4,
        max_trials=9,
        baseline=False,
        range_test=False,
    )


def test_the_winner_is_shown_and_saved(here: Command, asked: Asked, tmp_path: Path) -> None:
    said = here("tune", "digits", "--target", "0.95", "--save", str(tmp_path / "mine.toml"))
    assert said.code == 0
    assert asked.answer.dashboard in said.out
    found = Recipe.named(str(tmp_path / "mine.toml"))
    assert asked.answer.recipe is not None
    assert found.training == Recipe.from_toml(asked.answer.recipe).training
    picked = asked.answer.trials[-1]
    here(
        "tune",
        "--resume",
        "last",
        "--pick",
        str(picked.number),
        "--save",
        str(tmp_path / "other.toml"),
        "--quiet",
    )
    assert asked.resumed == ("last", None)
    assert f"trial {picked.number}" in (tmp_path / "other.toml").read_text()


def test_json_is_all_that_is_printed(here: Command, asked: Asked, tmp_path: Path) -> None:
    said = here("tune", "digits", "--target", "0.95", "--json", "-o", str(tmp_path / "page.html"))
    assert json.loads(said.out)["winner"] == 0
    assert (tmp_path / "page.html").stat().st_size > 10_000


def test_a_target_that_nothing_reached_ends_with_2_and_says_the_best(here: Command, asked: Asked) -> None:
    asked.answer = nothing_reached()
    said = here("tune", "digits", "--target", "0.999", "--quiet")
    assert said.code == 2
    assert "The target of 0.95 was not reached in 5 trials: the best score was 0.9300" in said.err


def test_a_front_is_an_answer_without_a_winner(here: Command, asked: Asked) -> None:
    asked.answer = several_goals()
    assert here("tune", "digits", "--minimize", "time", "--maximize", "accuracy", "--quiet").code == 0


def test_an_interrupt_says_how_to_go_on(
    here: Command, asked: Asked, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(*_: Any, **__: Any) -> Tune:
        raise TuneInterrupted(tmp_path, asked.answer, 7)

    monkeypatch.setattr(study, "tune", interrupted)
    said = here("tune", "digits", "--target", "0.9", "--quiet")
    assert said.code == 130
    assert f"after 7 trials, which are saved; go on with: wattlab tune --resume {tmp_path}" in said.err


def test_the_database_may_be_said_anew(here: Command, asked: Asked) -> None:
    here("tune", "--resume", "last", "--storage", "postgresql://me:secret@host/tune", "--quiet")
    assert asked.resumed == ("last", "postgresql://me:secret@host/tune")
