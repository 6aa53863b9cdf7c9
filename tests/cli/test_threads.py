"""``wattlab threads``: what it prints, how it ends, how it goes on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from wattlab.studies.threads.answer import Threads

from ..studies.threads.invented import Steps, install  # noqa: TID252

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Return what stands for the processes that time steps, on a quad-core."""
    fake = Steps()
    install(monkeypatch, fake)
    return fake


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "there is no recipe; name one, as in: wattlab threads mnist-fast"),
        (["nowhere"], "nowhere"),
        (["moons", "--counts", "1,0"], "--counts names 0"),
        (["moons", "--counts", "1,two"], "'two' is no whole number; write it as --counts 1,2,4"),
        (["moons", "--counts", "9999"], "and this process may use"),
        (["moons", "--counts", "1,1"], "--counts names 1 twice"),
        (["moons", "--engines", "native,"], "has an empty name"),
        (["moons", "--engines", "nativ"], "there is no engine 'nativ'"),
        (["moons", "--inter-threads", "1"], "--inter-threads are TensorFlow's"),
        (["moons", "--device", "cuda"], "compare them on the processor by --device cpu"),
        (["moons", "--set", "engine.threads=2"], "name the numbers, as in --counts 1,2"),
        (["cifar10-cnn", "--engines", "sklearn"], "scikit-learn"),
        (["moons", "--rounds", "0"], "rounds is 0"),
        (["moons", "--limit", "soon"], "soon"),
        (
            ["moons", "--target", "0.9", "--set", "evaluation.test=false"],
            "recipe 'moons': stop.part is 'test'",
        ),
        (["moons", "-o", "threads.pdf"], "let it end in .html"),
        (["moons", "--resume", "last"], "so RECIPE cannot be said anew"),
        (["--resume", "last"], "there is no study of threads 'last'"),
    ],
)
def test_bad_input(here: Command, arguments: list[str], message: str) -> None:
    said = here("threads", *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert "Traceback" not in said.err


@pytest.mark.usefixtures("steps")
def test_json_is_one_object_and_a_file_besides(here: Command, tiny: str, tmp_path: Path) -> None:
    said = here("threads", tiny, "--engines", "native,torch", "--json", "-q", "-o", "out/threads.json")
    assert (said.code, said.err) == (0, "")
    found = Threads.model_validate_json(said.out)
    assert (found.n_timed, found.rounds, found.counts) == (8, 5, (1, 2, 4, 8))
    assert json.loads((tmp_path / "out/threads.json").read_text()) == json.loads(said.out)


def test_an_interrupt_says_how_to_go_on(
    here: Command, steps: Steps, tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.interrupt_after = 3
    said = here("threads", tiny, "--rounds", "1")
    assert said.code == 130
    assert "interrupted after 3 trials, which are saved; go on with: wattlab threads --resume " in said.err
    steps.interrupt_after = None
    monkeypatch.setattr("wattlab.studies.course.check_conditions", lambda _: None)
    again = here("threads", "--resume", "last", "--json", "-q")
    assert again.code == 0
    assert len(steps.done) == 4


def test_nothing_timed_is_exit_code_2(here: Command, steps: Steps, tiny: str) -> None:
    steps.fates = dict.fromkeys(steps.step_ms, "crashed")
    said = here("threads", tiny, "--rounds", "1", "-q")
    assert said.code == 2
    assert "error: native, 1 thread and 3 more: it crashed" in said.err
