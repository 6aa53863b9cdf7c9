"""``wattlab lr-range`` with processes that are made up."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

from wattlab.cluster.ramp_report import RampFailure
from wattlab.studies.lr_range import study, trials

from ..studies.lr_range.invented import Machine  # noqa: TID252

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Return the machine that all processes run on."""
    made = Machine()
    monkeypatch.setattr(study, "Trials", partial(trials.Trials, ramp=made.ramp, short=made.short))
    return made


def test_a_range_test_is_printed_and_written(here: Command, machine: Machine, tmp_path: Path) -> None:
    options = (
        "--from",
        "1e-4",
        "--to",
        "1",
        "--steps",
        "80",
        "--seeds",
        "2",
        "--set",
        "seed=5",
        "-o",
        "b.json",
    )
    said = here("lr-range", "digits", *options)
    assert said.code == 0, said.err
    assert "Suggested for a constant rate: 0.0" in said.out
    assert "seed 6  found" in said.err
    found = json.loads((tmp_path / "b.json").read_text())
    assert found["plan"]["ramp"] == {"low": 1e-4, "high": 1.0, "steps": 80, "smoothing": 0.9, "stop_at": 4.0}
    assert found["plan"]["seeds"] == [5, 6]


def test_json_alone_and_quiet(here: Command, machine: Machine) -> None:
    said = here("lr-range", "digits", "--engine", "sklearn", "--no-verify", "--json", "-q")
    assert (said.code, said.err) == (0, "")
    found = json.loads(said.out)
    assert (found["status"], found["verified"]) == ("found", None)
    assert "by sklearn" in found["title"]


def test_ctrl_c_says_how_to_go_on(here: Command, machine: Machine) -> None:
    machine.interrupt_at = 3
    said = here("lr-range", "digits", "-q")
    assert said.code == 130
    assert "interrupted after 2 trials, which are saved; go on with: wattlab lr-range --resume" in said.err
    refused = here("lr-range", "--resume", "last", "--seeds", "9")
    assert (refused.code, "--seeds cannot be said anew" in refused.err) == (2, True)
    machine.interrupt_at = None
    gone_on = here("lr-range", "--resume", "last", "--json")
    assert gone_on.code == 0, gone_on.err
    assert json.loads(gone_on.out)["complete"]


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (Machine(ending="loss is no finite number", kept=1), "Diverged at once: from 1e-05 on"),
        (Machine(ending="end of the range", decade=9.0), "Flat: between 1e-05 and 10"),
        (Machine(failure=RampFailure(refused=False, reason="it crashed")), "No curve: it crashed"),
    ],
    ids=["diverged", "flat", "failed"],
)
def test_nothing_usable_is_exit_code_2(
    made: Machine, words: str, here: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(study, "Trials", partial(trials.Trials, ramp=made.ramp, short=made.short))
    said = here("lr-range", "digits", "-q", "-o", "b.png")
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert (tmp_path / "b.png").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name a recipe, as in: wattlab lr-range mnist-fast"),
        (["digits", "--from", "9", "--to", "8"], "from --from 9 to --to 8"),
        (["digits", "--steps", "5"], "--steps is 5; expected at least 20"),
        (["digits", "--timeout", "soon"], "soon"),
        (["digits", "--set", "optimizer.learning_rate=1"], "that is what is looked for"),
        (["digits", "-o", "b.pdf"], "suffix"),
    ],
)
def test_bad_input_is_exit_code_2(arguments: list[str], words: str, here: Command, machine: Machine) -> None:
    said = here("lr-range", *arguments)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
