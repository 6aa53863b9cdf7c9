"""``wattlab batch-size`` on a machine that is made up."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

from wattlab.studies.batch_size import probing, study

from ..studies.batch_size.invented import Machine  # noqa: TID252

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Return the machine that all probes run on."""
    made = Machine()
    monkeypatch.setattr(study, "Prober", partial(probing.Prober, run=made, quiet=lambda _: None))
    return made


def test_a_search_is_printed_and_written(here: Command, machine: Machine, tmp_path: Path) -> None:
    said = here("batch-size", "digits", "--memory-limit", "200MiB", "--max", "100", "-o", "b.json")
    assert said.code == 0, said.err
    assert "Maximum: 100, which fitted in two processes" in said.out
    assert "batch size 64  fits" in said.err
    assert json.loads((tmp_path / "b.json").read_text())["maximum"] == 100


def test_json_alone_and_quiet(here: Command, machine: Machine) -> None:
    said = here("batch-size", "digits", "--memory-limit", "200MiB", "--json", "-q")
    assert (said.code, said.err) == (0, "")
    found = json.loads(said.out)
    assert (found["maximum"], found["above"], found["plan"]["memory_B"]) == (96, 104, 200 * 2**20)


def test_ctrl_c_says_how_to_go_on(here: Command, machine: Machine) -> None:
    machine.interrupt_at = 4
    said = here("batch-size", "digits", "--memory-limit", "200MiB", "-q")
    assert said.code == 130
    assert "interrupted after 3 probes, which are saved; go on with: wattlab batch-size --resume" in said.err
    refused = here("batch-size", "--resume", "last", "--max", "9")
    assert (refused.code, "--max cannot be said anew" in refused.err) == (2, True)
    machine.interrupt_at = None
    gone_on = here("batch-size", "--resume", "last", "--json")
    assert gone_on.code == 0, gone_on.err
    assert json.loads(gone_on.out)["complete"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name a recipe, as in: wattlab batch-size mnist-fast"),
        (["digits", "--min", "9", "--max", "8"], "--min 9 is above --max 8"),
        (["digits", "--memory-limit", "much"], "size 'much' is not understood"),
        (["digits", "--memory-limit", "9MB"], "A batch of 1 holds 101 MiB"),
        (
            ["digits", "--device", "cpu", "--set", "engine.device=cpu"],
            "--set engine.device and --device both",
        ),
        (["linear-regression-gd"], "there is no recipe"),
    ],
)
def test_bad_input_is_exit_code_2(arguments: list[str], words: str, here: Command, machine: Machine) -> None:
    said = here("batch-size", *arguments)
    assert (said.code, said.out) == (2, "")
    assert words in said.err


def test_report_finds_it_by_name_or_as_the_newest(here: Command, machine: Machine, tmp_path: Path) -> None:
    assert here("batch-size", "digits", "--memory-limit", "200MiB", "-q").code == 0
    said = here("report", "last", "-o", "y.html")
    assert (said.code, said.out) == (0, "y.html\ny-figures/\n"), said.err
    assert "Batch sizes of digits" in (tmp_path / "y.html").read_text(encoding="utf-8")
    assert (tmp_path / "y-figures/batch-size.png").read_bytes().startswith(b"\x89PNG")
    assert here("report", "batch-size-digits", "-o", "y.json").out == "y.json\n"
