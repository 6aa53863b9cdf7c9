"""``wattlab demo``: what it lists, what it runs, how it refuses."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

from wattlab.cli import demo as verb
from wattlab.cli.main import app
from wattlab.demonstrations import multiply_add
from wattlab.demonstrations.catalog import DEMONSTRATIONS

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]

if all(command.callback is not verb.demo for command in app.registered_commands):
    verb.add_to(app)


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    few = partial(multiply_add.demonstrate_multiply_add, n=100)
    monkeypatch.setattr(multiply_add, "demonstrate_multiply_add", few)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["sumation"],
            "there is no demonstration 'sumation'; did you mean 'summation'? Known are lanes, fma, ",
        ),
        (
            ["roofline"],
            "there is no demonstration 'roofline'; known are lanes, fma, underflow, summation, neuron",
        ),
        (
            ["fma", "-o", "fma.gif"],
            "'fma.gif' has the suffix '.gif'; for a demonstration let it end in .html ",
        ),
        (["fma", "-o", "fma"], "'fma' has no suffix"),
        (["-o", "fma.png"], "--output needs a demonstration; name one, as in: wattlab demo summation -o "),
    ],
)
def test_bad_input(here: Command, arguments: list[str], message: str) -> None:
    said = here("demo", *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert "Traceback" not in said.err


def test_without_a_name_it_lists_them(here: Command) -> None:
    said = here("demo")
    assert said.code == 0
    assert [line.split()[0] for line in said.out.splitlines()[: len(DEMONSTRATIONS)]] == list(DEMONSTRATIONS)
    assert [one["name"] for one in json.loads(here("demo", "--json").out)] == list(DEMONSTRATIONS)


def test_one_is_run_printed_and_drawn(here: Command, tmp_path: Path) -> None:
    said = here("demo", "fma", "-o", "pictures/fma.svg")
    assert said.code == 0
    assert said.out.startswith("Fused multiply-add: one rounding or two\n")
    assert "rounded once -5.551e-17, rounded twice 0." in said.out
    assert (tmp_path / "pictures/fma.svg").stat().st_size > 1000


def test_ctrl_c_ends_it_and_writes_nothing(
    here: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(multiply_add, "demonstrate_multiply_add", stop)
    said = here("demo", "fma", "-o", "fma.png")
    assert (said.code, said.out, said.err) == (130, "", "interrupted: nothing is written\n")
    assert not (tmp_path / "fma.png").exists()


def test_json_is_one_object_and_quiet_is_nothing(here: Command) -> None:
    told = json.loads(here("demo", "fma", "--json").out)
    assert told["result"]["formats"][1]["once"]["n_not_nearest"] == 0
    assert here("demo", "fma", "--quiet").out == ""
