"""``wattlab superconvergence``: what it prints, how it ends, how it goes on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from wattlab.studies.superconvergence.answer import Superconvergence

from ..studies.superconvergence.invented import Trainings, install  # noqa: TID252

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]

ASKED = ("--target", "0.9", "--epochs", "24", "--rates", "0.03,0.1,0.3", "--peaks", "0.3,1")


@pytest.fixture
def recipe(tiny_toml: str, tmp_path: Path) -> str:
    (tmp_path / "tiny.toml").write_text(tiny_toml)
    return "tiny.toml"


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> Trainings:
    """Return what stands for the processes that train."""
    made = Trainings()
    install(monkeypatch, made)
    return made


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "there is no recipe; name one"),
        (["nowhere"], "nowhere"),
        (["cifar10-cnn"], "has no stop.target"),
        (["cifar10-cnn", "--target", "2"], "no accuracy or R² is above 1"),
        (["moons", "--target", "0.9", "--rates", "fast"], "--rates 'fast' is not understood"),
        (["moons", "--target", "0.9", "--peaks", "0.1,"], "--peaks '0.1,' is not understood"),
        (["moons", "--target", "0.9", "--budget", "soon"], "soon"),
        (["moons", "--target", "0.9", "-o", "s.pdf"], "let it end in .html"),
        (["moons", "--resume", "last"], "so RECIPE cannot be said anew"),
        (["--resume", "last"], "there is no study of super-convergence 'last'"),
    ],
)
def test_bad_input(here: Command, arguments: list[str], message: str) -> None:
    said = here("superconvergence", *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert "Traceback" not in said.err


@pytest.mark.usefixtures("trainings")
def test_json_is_one_object_and_a_file_besides(here: Command, recipe: str, tmp_path: Path) -> None:
    said = here("superconvergence", recipe, *ASKED, "--json", "-q", "-o", "out/s.json")
    assert (said.code, said.err) == (0, "error: one-cycle 1, 1 epoch: the loss is no number\n")
    assert Superconvergence.model_validate_json(said.out).verdict == "super-convergence"
    assert json.loads((tmp_path / "out/s.json").read_text()) == json.loads(said.out)


def test_an_interrupt_says_how_to_go_on(here: Command, trainings: Trainings, recipe: str) -> None:
    trainings.interrupt_after = 4
    said = here("superconvergence", recipe, *ASKED, "-q")
    assert said.code == 130
    assert (
        "interrupted after 4 trainings, which are saved; go on with: wattlab superconvergence --resume"
        in said.err
    )
    trainings.interrupt_after = None
    assert here("superconvergence", "--resume", "last", "--json", "-q").code == 0


def test_nothing_trained_is_exit_code_2(here: Command, trainings: Trainings, recipe: str) -> None:
    trainings.needed = lambda _: None
    said = here("superconvergence", recipe, *ASKED, "-q")
    assert said.code == 2
    assert "error: constant 0.03: the loss is no number" in said.err
