"""``wattlab sweep``: what it prints, how it ends, how it goes on; and ``wattlab report`` of one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from wattlab.studies.sweep.answer import Sweep

from ..studies.sweep.invented import Steps, install  # noqa: TID252

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]

VARY = ("--vary", "precision=float32,float64", "--vary", "batch_size=16,32")


@pytest.fixture
def recipe(tiny_toml: str, tmp_path: Path) -> str:
    (tmp_path / "tiny.toml").write_text(tiny_toml)
    return "tiny.toml"


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Return what stands for the processes that time steps."""
    fake = Steps()
    install(monkeypatch, fake)
    return fake


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "there is no recipe; name one"),
        (["nowhere", "--vary", "seed=1"], "nowhere"),
        (["moons"], "there is nothing to vary"),
        (["moons", "--vary", "precision"], "write it as field=a,b,c"),
        (["moons", "--vary", "precision="], "write it as field=a,b,c"),
        (["moons", "--vary", "precision=float32,,tf32"], "empty value"),
        (["moons", "--vary", "seed=1", "--vary", "seed=2"], "names seed twice"),
        (["moons", "--vary", "precison=float32"], "did you mean 'precision'"),
        (["moons", "--vary", "batch_size=16,many"], "--vary batch_size=many"),
        (["moons", "--vary", "seed=1,1"], "names 1 twice"),
        (["moons", "--vary", "seed=1", "--rounds", "0"], "--rounds is 0"),
        (["moons", "--vary", "seed=1", "--steps", "0"], "--steps is 0"),
        (["moons", "--vary", "seed=1", "--seeds", "5"], "as in --epochs 5 --seeds 5, or leave --seeds out"),
        (["moons", "--vary", "seed=1", "--limit", "soon"], "soon"),
        (["moons", "--vary", "seed=1", "--baseline", "seed=7"], "none of its values"),
        (["moons", "--vary", "precision=tf32"], "tf32"),
        (["moons", "--vary", "seed=1", "-o", "sweep.pdf"], "let it end in .html"),
        (["moons", "--resume", "last"], "so RECIPE cannot be said anew"),
        (["--resume", "last"], "there is no sweep 'last'"),
    ],
)
def test_bad_input(here: Command, arguments: list[str], message: str) -> None:
    said = here("sweep", *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert "Traceback" not in said.err


@pytest.mark.usefixtures("steps")
def test_json_is_one_object_and_a_file_besides(here: Command, recipe: str, tmp_path: Path) -> None:
    said = here("sweep", recipe, *VARY, "--rounds", "1", "--json", "-q", "-o", "out/sweep.json")
    assert (said.code, said.err) == (0, "")
    found = Sweep.model_validate_json(said.out)
    assert (found.n_timed, found.rounds, found.asked.steps) == (4, 1, 40)
    assert json.loads((tmp_path / "out/sweep.json").read_text()) == json.loads(said.out)


def test_an_interrupt_says_how_to_go_on(here: Command, steps: Steps, recipe: str) -> None:
    steps.interrupt_after = 3
    said = here("sweep", recipe, *VARY, "--rounds", "1")
    assert said.code == 130
    assert "interrupted after 3 trials, which are saved; go on with: wattlab sweep --resume " in said.err
    steps.interrupt_after = None
    again = here("sweep", "--resume", "last", "--json", "-q")
    assert again.code == 0
    assert len(steps.done) == 4


def test_nothing_timed_is_exit_code_2(here: Command, steps: Steps, recipe: str) -> None:
    steps.fates = {"batch_size": "out of memory"}
    said = here("sweep", recipe, *VARY, "--rounds", "1", "-q")
    assert said.code == 2
    assert "error: float32, batch_size 16 and 3 more: it out of memory" in said.err


@pytest.mark.usefixtures("steps")
def test_report_finds_it_by_name_and_shows_it_alone(here: Command, recipe: str, tmp_path: Path) -> None:
    assert here("sweep", recipe, *VARY, "--rounds", "1", "-q").code == 0
    (folder,) = (tmp_path / "wattlab-studies").iterdir()
    for name in ("last", folder.name, "sweep-tiny"):
        assert here("report", name, "-o", "s.json").out == "s.json\n"
    said = here("report", "last", "-o", "s.html")
    assert said.out == "s.html\ns-figures/\n"
    assert (tmp_path / "s-figures/sweep.png").is_file()
    assert here("train", recipe, "-q", "--name", "a-run").code == 0
    refused = here("report", "a-run", folder.name)
    assert refused.code == 2
    assert "is a sweep, which has a page of its own; name it alone" in refused.err
