"""``wattlab descent``: what it prints, writes and refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]

BOWL = "x**2 + 4*y**2"


def test_optimizers_in_a_table(here: Command) -> None:
    said = here("descent", BOWL, "--optimizer", "gd,momentum,adagrad,adam", "--steps", "20")
    assert said.code == 0
    assert "from x = 2, y = 1.5: loss 13; 20 steps" in said.out
    rows = {line.split()[0]: line.split() for line in said.out.splitlines() if line}
    assert rows["gd"][1:3] == ["0.1", "0.25"]
    assert rows["momentum"][1:3] == ["0.1", "0.475"]
    assert rows["adam"][2] == "–"
    assert "Eigenvalues of the Hessian everywhere: 2, 8; condition number 4." in said.out
    assert "No bound for adagrad, adam: steps are divided by the size of the gradient" in said.out


def test_the_talk_diverges_and_half_the_bound_does_not(here: Command) -> None:
    said = here("descent", "linear-regression", "--json")
    told = json.loads(said.out)
    first, second = told["paths"]
    assert (first["rate"], second["rate"]) == (0.01, told["bounds"][0]["rate"] / 2)
    assert first["losses"][-1] > first["losses"][0]
    assert second["losses"][-1] < second["losses"][0]
    assert told["minimum"] == pytest.approx([4, -5, 3, 2])


def test_mini_batches_take_more_steps_an_epoch(here: Command) -> None:
    said = here("descent", "linear-regression", "--batch-size", "25", "--reduction", "mean", "--seed", "1")
    assert "200 steps, each by 25 samples" in said.out
    assert "This holds for gradients of all samples." in said.out


def test_a_file_is_written(here: Command, tmp_path: Path) -> None:
    said = here(
        "descent", "x**4 - x", "--start", "1.5", "--rate", "0.05,0.01", "--steps", "5", "-o", "paths.json"
    )
    assert said.out == "paths.json\n"
    told = json.loads((tmp_path / "paths.json").read_text())
    assert [path["rate"] for path in told["paths"]] == [0.05, 0.01]


def test_who_stands_at_the_minimum_does_not_fall_below_it(here: Command) -> None:
    said = here("descent", "x**1.5", "--start", "0", "--steps", "2").out
    assert "as high as its start" in said
    assert "the lowest point that was met: not finite." in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["log(x)", "--start", "-1"], "the loss of log(x) is nan"),
        ([BOWL, "--optimizer", ","], "no optimizer was named"),
        ([BOWL, "--rate", "fast"], "the learning rate is 'fast'; expected numbers"),
        ([BOWL, "--steps", "9999999"], "the number of steps is 9999999; expected 1 to 1000000"),
        ([BOWL, "--momentum", "0.5"], "a momentum was given, but gd has none"),
        ([BOWL, "--show", "x,z"], "x,z cannot be shown"),
        ([BOWL, "--seed", "1"], "seed was given, which only the loss linear-regression has"),
        (["linear-regresion"], "did you mean 'linear-regression'"),
        (["linear-regression", "--batch-size", "51"], "expected 1 to 50"),
        ([BOWL, "-o", "paths.jpg"], "'paths.jpg' has the suffix '.jpg'"),
    ],
)
def test_what_is_refused(arguments: list[str], message: str, here: Command) -> None:
    said = here("descent", *arguments)
    assert said.code == 2
    assert message in said.err
    assert said.out == ""
