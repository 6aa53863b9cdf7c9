"""``wattlab warm-start``: what it prints, how it ends, how it goes on; and real stages in real processes."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

from wattlab.records.run import Run
from wattlab.studies.warm_start import study
from wattlab.studies.warm_start.answer import WarmStarts
from wattlab.studies.warm_start.rounds import ChainRounds

from ..studies.warm_start.invented import Trainings, install  # noqa: TID252

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]

ASKED = ("digits", "--target", "0.9", "--seeds", "2")


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> Trainings:
    """Return what stands for the processes that train."""
    fake = Trainings()
    install(monkeypatch, fake)
    return fake


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "there is no recipe; name one, as in: wattlab warm-start digits --target 0.95"),
        (["digits"], "recipe 'digits' has no target"),
        (["nowhere"], "there is no recipe 'nowhere'"),
        (["digits", "--target", "0.9", "--stages", "pool=2"], "add ,full"),
        (["digits", "--target", "0.9", "--from", "nobody"], "there is no run 'nobody'"),
        (["digits", "--target", "97.8"], "for 97.8 % write 0.978"),
        (
            ["digits", "--target", "0.9", "--set", "stop.target=0.8"],
            "--set stop.target and --target both say",
        ),
        (["digits", "--target", "0.9", "--start-from", "nobody"], "there is no run 'nobody'"),
        (["digits", "--target", "0.9", "--engine", "natve"], "natve"),
        (["digits", "--target", "0.9", "--timeout", "soon"], "soon"),
        (["digits", "--target", "0.9", "-o", "study.pdf"], "has the suffix '.pdf'"),
        (["--resume", "last"], "there is no warm-start study 'last'"),
        (["digits", "--resume", "last"], "RECIPE cannot be said anew"),
    ],
)
def test_bad_input(here: Command, arguments: list[str], message: str) -> None:
    said = here("warm-start", *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert "Traceback" not in said.err


def test_json_is_one_object_and_a_file_besides(here: Command, trainings: Trainings, tmp_path: Path) -> None:
    said = here("warm-start", *ASKED, "--warm-set", "seed=3", "--json", "-q", "-o", "out/warm.json")
    assert said.code == 2
    assert "both ways must have the same seed" in said.err
    said = here(
        "warm-start",
        *ASKED,
        *("--warm-set", "training.batch_size=64", "--validation-fraction", "0.2", "--device", "cpu"),
        *("--json", "-q", "-o", "out/warm.json"),
    )
    assert (said.code, said.err) == (0, "")
    found = WarmStarts.model_validate_json(said.out)
    assert json.loads((tmp_path / "out/warm.json").read_text()) == json.loads(said.out)
    assert found.part == "validation"
    assert (found.seeds, found.target, found.labels) == (2, 0.9, ("cold", "pool=2", "full"))
    assert trainings.recipes["training-001-seed-0"].training.epochs == 7
    sizes = [trainings.recipes[f"training-00{place}-seed-0"].training.batch_size for place in range(3)]
    assert sizes == [32, 64, 64]
    assert "For the warm stages alone: training.batch_size = 64." in found.notes


def test_an_interrupt_says_how_to_go_on(here: Command, trainings: Trainings) -> None:
    trainings.interrupt_after = 4
    said = here("warm-start", *ASKED)
    assert said.code == 130
    assert (
        "interrupted after 4 trainings, which are saved; go on with: wattlab warm-start --resume " in said.err
    )
    trainings.interrupt_after = None
    again = here("warm-start", "--resume", "last")
    assert again.code == 0
    assert "answer: The warm start does not pay" in again.out
    assert len(trainings.done) == 6


def test_nothing_trained_is_exit_code_2(here: Command, trainings: Trainings) -> None:
    trainings.causes = {f"training-002-seed-{seed}": "out of memory" for seed in (0, 1)}
    said = here("warm-start", *ASKED, "-q")
    assert said.code == 2
    assert "error: full: it out of memory" in said.err


@pytest.mark.slow
def test_stages_in_processes_of_their_own(
    here: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "ChainRounds", partial(ChainRounds, load=lambda _: 0.0))
    stages = ("--stages", "pool=4:1,full:4", "--target", "0.9", "--seeds", "1")
    said = here("warm-start", "digits", *stages, "--json", "-q")
    assert (said.code, said.err) == (0, "")
    found = WarmStarts.model_validate_json(said.out)
    assert found.complete
    assert found.way("last stage").how == "folded from 4 inputs to 64, of 64 features"
    assert found.stages[0].start_up is not None
    (folder,) = (tmp_path / "wattlab-studies").iterdir()
    last = Run(folder / "runs" / "training-002-seed-0").record
    assert last.start is not None
    assert last.start.runs == ("training-001-seed-0",)
    whole, alone = found.way("all stages").to_target, found.way("last stage").to_target
    assert whole is not None
    assert alone is not None
    assert whole.time.median == pytest.approx((alone.time.median or 0) + (last.start.wall.value or 0))
