"""``wattlab landscape``: what it prints, writes and refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import wattlab

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]


@pytest.fixture
def name(tiny_recipe: Recipe, tmp_path: Path) -> str:
    return wattlab.train(tiny_recipe, runs=tmp_path / "wattlab-runs", keep_weights=2).id


def test_losses_by_place(here: Command, name: str, tmp_path: Path) -> None:
    said = here("landscape", name, "--points", "3")
    assert said.code == 0
    assert f"Loss landscape of run {name} along two random directions" in said.out
    assert "of the training part, without regularisation" in said.out
    told = json.loads(
        here("landscape", name, "--along", "line", "--points", "5", "--part", "test", "--json").out
    )
    assert (told["part"], told["x"]) == ("test", [-0.5, 0.0, 0.5, 1.0, 1.5])
    said = here("landscape", name, "--along", "trajectory", "--points", "3")
    assert "of the trajectory's squared distances" in said.out
    assert "Loss: along the first direction, at " in said.out
    assert here("landscape", name, "--points", "3", "-o", "land.json").out == "land.json\n"
    assert json.loads((tmp_path / "land.json").read_text())["kind"] == "random"


def test_what_is_refused(here: Command, name: str) -> None:
    for arguments, message in (
        (["--along", "line", "--reach", "2"], "a reach of 2 was given, which only random directions have"),
        (["-o", "land.txt"], "'land.txt' has the suffix '.txt'"),
    ):
        said = here("landscape", name, *arguments)
        assert said.code == 2
        assert message in said.err
