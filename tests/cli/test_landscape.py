"""``wattlab landscape``: what it prints, writes and refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import wattlab
from wattlab.cli import landscape as verb
from wattlab.cli.main import app

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]

if all(command.callback is not verb.landscape for command in app.registered_commands):
    verb.add_to(app)


@pytest.fixture
def name(tiny_recipe: Recipe, tmp_path: Path) -> str:
    return wattlab.train(tiny_recipe, runs=tmp_path / "wattlab-runs", keep_weights=2).id


def test_losses_by_place(here: Command, name: str, tmp_path: Path) -> None:
    said = here("landscape", name, "--points", "5")
    assert said.code == 0
    assert f"Loss landscape of run {name} along two random directions" in said.out
    assert "of the training part, without regularisation" in said.out
    told = json.loads(
        here("landscape", name, "--along", "line", "--points", "5", "--part", "test", "--json").out
    )
    assert (told["part"], told["x"]) == ("test", [-0.5, 0.0, 0.5, 1.0, 1.5])
    said = here("landscape", name, "--along", "trajectory", "--points", "5")
    assert "of the trajectory's squared distances" in said.out
    assert here("landscape", name, "--points", "3", "-o", "land.png").out == "land.png\n"
    assert (tmp_path / "land.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--along", "lines"], "did you mean 'line'"),
        (["--points", "1"], "expected at least 3"),
        (["--reach", "-1"], "the reach is -1"),
        (["--part", "validation"], "no validation part"),
        (["-o", "land.txt"], "'land.txt' has the suffix '.txt'"),
    ],
)
def test_what_is_refused(arguments: list[str], message: str, here: Command, name: str) -> None:
    said = here("landscape", name, *arguments)
    assert said.code == 2
    assert message in said.err
