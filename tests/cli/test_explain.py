"""``wattlab explain``, with measurements that are made up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ..studies.explain.conftest import Invented, explain  # noqa: F401, TID252

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]

pytestmark = pytest.mark.usefixtures("explain")


def test_the_card_says_what_bounds_it_and_what_to_change(here: Command) -> None:
    said = here("explain", "mnist-fast", "--set", "training.batch_size=64")
    assert said.code == 0, said.err
    assert "No single bound: the nearest is arithmetic" in said.out
    assert "wattlab train mnist-fast --set training.batch_size=64 --set engine.threads=1" in said.out


def test_it_is_kept_and_report_shows_it(here: Command, tmp_path: Path) -> None:
    said = here("explain", "mnist-fast", "--json", "-o", "e.png")
    found = json.loads(said.out)
    assert (found["suggestion"], found["machine"]["id"]) == ("threads", found["step"]["machine"]["id"])
    assert (tmp_path / "e.png").is_file()
    assert here("report", "last", "-o", "y.html").out == "y.html\ny-figures/\n"
    assert (tmp_path / "y-figures/roofline.png").is_file()
    assert here("report", found["id"], "-o", "y.json").code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["mnist-fats"], "did you mean 'mnist-fast'"),
        (["mnist-fast", "--engine", "jax"], "there is no engine 'jax'"),
        (["mnist-fast", "--set", "engine.size=3"], "engine.size is not a field"),
        (["mnist-fast", "--device", "tpu"], "expected cpu, cuda or cuda:N"),
        (["mnist-fast", "--try", "--rounds", "0"], "--rounds is 0"),
        (["mnist-fast", "-o", "e.pdf"], "let it end in .html"),
    ],
)
def test_bad_input(here: Command, arguments: list[str], words: str) -> None:
    said = here("explain", *arguments)
    assert (said.code, said.out) == (2, "")
    assert words in said.err


def test_an_interrupt_says_what_is_kept_and_how_to_go_on(
    here: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(measure: Invented, *_: object) -> None:
        measure.kept.append("ceilings of this machine")
        raise KeyboardInterrupt

    monkeypatch.setattr(Invented, "parts", interrupted)
    said = here("explain", "mnist-fast", "--fresh", "--set", "training.batch_size=64")
    assert (said.code, said.out) == (130, "")
    assert (
        "interrupted after the ceilings of this machine were measured, which are kept; go on with: "
        in said.err
    )
    assert said.err.endswith("wattlab explain mnist-fast --set training.batch_size=64\n")


def test_an_interrupted_trial_leaves_the_explanation(here: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("wattlab.studies.explain.study.try_change", interrupted)
    said = here("explain", "mnist-fast", "--try")
    assert said.code == 130
    assert "interrupted during the trial; all else is saved: wattlab report explain-mnist-fast-" in said.err
    assert here("report", "last", "-o", "y.json").code == 0
