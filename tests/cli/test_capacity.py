"""``wattlab capacity``: what it prints, writes and refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]

FEW = ("capacity", "--max-degree", "4", "--samples", "10", "--repeats", "10")


def test_a_row_for_each_degree(here: Command) -> None:
    said = here(*FEW)
    assert said.code == 0
    rows = [line.split() for line in said.out.splitlines() if line[:6].strip().isdigit()]
    assert [row[0] for row in rows] == ["0", "1", "2", "3", "4"]
    assert "10 data sets of 10 samples, inputs evenly spaced; variance of the noise 0.09" in said.out
    assert "Degree 3 has the least expected error" in said.out


def test_all_numbers_and_a_figure(here: Command, tmp_path: Path) -> None:
    told = json.loads(here(*FEW, "--inputs", "random", "--json").out)
    assert len(told["bias"]) == 5
    assert told["inputs"] == "random"
    assert here(*FEW, "--inputs", "random", "-o", "capacity.json").out == "capacity.json\n"
    assert json.loads((tmp_path / "capacity.json").read_text()) == told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--inputs", "odd"], "expected 'even' or 'random'"),
        (["-o", "capacity.gif"], "'capacity.gif' has the suffix '.gif'"),
    ],
)
def test_what_is_refused(arguments: list[str], message: str, here: Command) -> None:
    said = here("capacity", *arguments)
    assert said.code == 2
    assert message in said.err
