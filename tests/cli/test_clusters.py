"""``wattlab clusters``: what it prints, how it ends, how it goes on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from wattlab.studies.clusters.answer import Clusters

from ..studies.clusters.invented import Machine, install  # noqa: TID252

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Return what stands for all processes."""
    return install(monkeypatch, Machine())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "there is no recipe and no data; name one, as in: wattlab clusters mnist --k 10:170:10"),
        (["nowhere"], "nowhere"),
        (["digits", "ten"], "'ten' is no whole number and no range"),
        (["digits", "--k", "20:10"], "the range 20:10 is empty"),
        (["digits", "10:20:5", "--k", "7"], "said twice, as '10:20:5' and as --k '7'"),
        (["digits", "--k", "2000"], "n_clusters is 2000, but there are only 1438 samples"),
        (["digits", "--k", "0"], "the number of clusters is 0"),
        (["digits", "5", "--n-init", "0"], "n_init is 0"),
        (["digits", "5", "--scaling", "half"], "--scaling is 'half'"),
        (["cifar10-cnn", "5"], "a network for images"),
        (["digits", "5", "--timeout", "soon"], "soon"),
        (["digits", "5", "-o", "clusters.pdf"], "let it end in .html"),
        (["digits", "--resume", "last"], "so RECIPE|DATA cannot be said anew; leave it out"),
        (["digits", "5", "--resume", "last"], "so RECIPE|DATA, COUNTS cannot be said anew; leave them out"),
        (["--resume", "last"], "there is no study of clusters 'last'"),
    ],
)
def test_bad_input(here: Command, arguments: list[str], message: str) -> None:
    said = here("clusters", *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert "Traceback" not in said.err


@pytest.mark.usefixtures("machine")
def test_json_is_one_object_and_a_file_besides(here: Command, tmp_path: Path) -> None:
    said = here(
        "clusters", "digits", "--k", "10:50:10", "--json", "-q", "-o", str(tmp_path / "out/clusters.png")
    )
    assert (said.code, said.err) == (0, "")
    answer = Clusters.model_validate_json(said.out)
    assert [row.n_clusters for row in answer.reduced] == [10, 20, 30, 40, 50]
    assert (tmp_path / "out/clusters.png").exists()
    shown = here("clusters", "--resume", "last", "--json")
    assert json.loads(shown.out) == json.loads(said.out)


def test_settings_reach_the_search(here: Command, machine: Machine) -> None:
    said = here(
        "clusters", "digits", "10,20", "--seeds", "2", "--rounds", "0", "--n-init", "500", "--max-iter", "1000",
        "--batch-size", "500", "--fit-on", "train-and-test", "--scaling", "bytes", "--space", "distances",
        "--silhouette-samples", "0",
    )  # fmt: skip
    assert said.code == 0
    assert "n_init = 500, batch_size = 500, max_iter = 1000" in said.out
    assert "1,797 samples of 64 features, divided by 255" in said.out
    assert "scores on the test part are optimistic" in said.out
    assert len(machine.prepared) == 6
    assert machine.stepped == []


def test_an_interrupt_says_how_to_go_on(here: Command, machine: Machine) -> None:
    machine.interrupt_after = 3
    said = here("clusters", "digits", "10,20", "-q")
    assert said.code == 130
    assert "after 3 trials, which are saved; go on with: wattlab clusters --resume" in said.err
    machine.interrupt_after = None
    assert here("clusters", "--resume", "last", "-q").code == 0


def test_if_nothing_was_found_the_exit_code_says_so(here: Command, machine: Machine) -> None:
    machine.failing = {10, 20}
    said = here("clusters", "digits", "10,20", "-q")
    assert said.code == 2
    assert "error: K = 10; K = 20: it crashed" in said.err
