"""``wattlab target``: what it prints, how it ends, how it goes on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from wattlab.studies.target.answer import Target

from ..studies.target.invented import Trainings, install  # noqa: TID252

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> Trainings:
    """Return what stands for the processes that train: the second recipe takes twice as long, the third misses."""
    fake = Trainings(((2.0, 2.2, 1.8, 2.1, 1.9), (4.0, 4.4, 3.6, 4.2, 3.8), (None,) * 5))
    install(monkeypatch, fake)
    return fake


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "there is no recipe; name one at least"),
        (["nowhere", "--accuracy", "0.9"], "nowhere"),
        (["moons"], "say what to reach, as in: --accuracy"),
        (["moons", "--accuracy", "1.2"], "no accuracy or R² is above 1"),
        (["moons", "--accuracy", "0.9", "--part", "both"], "expected test or validation"),
        (["moons", "--accuracy", "0.9", "--seeds", "0"], "--seeds is 0"),
        (["moons", "--accuracy", "0.9", "--timeout", "soon"], "--timeout: duration 'soon'"),
        (["moons", "--accuracy", "0.9", "--vary", "sed=1,2"], "did you mean 'seed'"),
        (["moons", "--accuracy", "0.9", "--set", "nothing"], "nothing"),
        (["moons", "--accuracy", "0.9", "-o", "target.pdf"], "let it end in .html"),
        (["moons", "--resume", "last"], "so RECIPE cannot be said anew"),
        (["--resume", "last"], "there is no study of a target 'last'"),
    ],
)
def test_bad_input(here: Command, arguments: list[str], message: str) -> None:
    said = here("target", *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert "Traceback" not in said.err


@pytest.mark.usefixtures("trainings")
def test_json_is_one_object_and_a_file_besides(here: Command, tiny: str, tmp_path: Path) -> None:
    vary = ("--vary", "learning_rate=0.05,0.1,0.2")
    said = here("target", tiny, *vary, "--accuracy", "0.9", "--json", "-q", "-o", "out/target.json")
    assert (said.code, said.err) == (0, "")
    found = Target.model_validate_json(said.out)
    assert [row.verdict for row in found.rows] == ["baseline", "worse", "worse"]
    assert json.loads((tmp_path / "out/target.json").read_text()) == json.loads(said.out)


def test_options_reach_the_trainings(here: Command, trainings: Trainings, tiny: str) -> None:
    options = ("--target", "0.8", "--seeds", "2", "--validation-fraction", "0.2", "--epochs", "3")
    said = here("target", tiny, *options, "--set", "training.batch_size=8", "--engine", "native", "-q")
    assert (said.code, said.out) == (0, "")
    assert [one.seed for one in trainings.recipes] == [0, 1]
    (recipe, _) = trainings.recipes
    assert (recipe.stop.target, recipe.stop.part, recipe.data.validation_fraction) == (0.8, "validation", 0.2)
    assert (recipe.training.epochs, recipe.training.batch_size, recipe.evaluation.test_every) == (3, 8, 0)


def test_an_interrupt_says_how_to_go_on(here: Command, trainings: Trainings, tiny: str) -> None:
    trainings.interrupt_after = 2
    said = here("target", tiny, "--accuracy", "0.9", "--studies", "my studies")
    assert said.code == 130
    assert "interrupted after 2 trainings, which are saved; go on with: " in said.err
    assert "wattlab target --resume 'my studies/target-tiny-" in said.err
    trainings.interrupt_after = None
    again = here("target", "--resume", "last", "--studies", "my studies", "--json", "-q")
    assert again.code == 0
    assert len(trainings.recipes) == 5


def test_a_target_that_nobody_reached_is_an_answer(here: Command, trainings: Trainings, tiny: str) -> None:
    trainings.seconds = ((None,) * 5,)
    said = here("target", tiny, "--accuracy", "0.9")
    assert said.code == 0
    assert "0 of 5" in said.out
    assert "The best was 0.8700" in said.out


def test_no_training_that_came_to_its_end_is_exit_code_2(
    here: Command, trainings: Trainings, tiny: str
) -> None:
    trainings.fates = {(0, 0): "crashed"}
    said = here("target", tiny, "--accuracy", "0.9", "-q")
    assert said.code == 2
    assert "error: tiny: seed 0 crashed: it crashed" in said.err
