"""``wattlab centroids``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wattlab.training import train

if TYPE_CHECKING:
    from tests.cli.conftest import Command

    from wattlab.recipe import Recipe


def test_a_table_of_clusters(here: Command) -> None:
    said = here("centroids", "blobs", "--k", "3", "--part", "test")
    assert (said.code, said.err) == (0, "")
    head = said.out.splitlines()
    assert head[0] == "3 clusters of data 'blobs'"
    assert head[3].split() == [
        "cluster",
        "samples",
        "share",
        "mean",
        "distance",
        "silhouette",
        "purity",
        "classes",
    ]
    assert sum(int(line.split()[1]) for line in head[4:7]) == 200
    assert "purity " in said.out


@pytest.mark.parametrize(
    ("what", "key"),
    [("centroids", "values"), ("silhouette", "means"), ("members", "rows"), ("classes", "counts")],
)
def test_what_is_asked_is_drawn_and_printed(here: Command, what: str, key: str) -> None:
    said = here(
        "centroids", "blobs", "--k", "3", "--part", "test", "--what", what, "-o", f"{what}.json", "--json"
    )
    assert said.code == 0
    assert len(json.loads(said.out)[key]) == 3
    assert json.loads(Path(f"{what}.json").read_text()) == json.loads(said.out)


def test_a_run_shows_its_own_clusters(here: Command, tiny_recipe: Recipe) -> None:
    clusters = {"preparation": {"before": "standard", "reduction": {"kind": "clusters", "n_clusters": 7}}}
    train(tiny_recipe.with_changes({**clusters, "training.epochs": 1}), name="seven")
    assert here("centroids", "seven").out.startswith("7 clusters of run 'seven'\n")
    assert here("centroids", "last", "-o", "c.svg").out == "c.svg\n"
    assert Path("c.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("blobs", "--k", "801"), "expected 1 to 800, the training samples of data 'blobs'"),
        (
            ("nothing",),
            "'nothing' is no data set (see `wattlab data`), no file, and there is no run 'nothing'",
        ),
        (("blobs", "-o", "a.jpg"), "'a.jpg' has the suffix '.jpg'"),
        (("blobs", "--part", "rest"), "part is 'rest'; expected one of"),
        (("linear-regression", "--k", "2", "--what", "classes", "--json"), "has no classes"),
        (("blobs", "--theme", "blue"), "theme is 'blue'"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(here: Command, arguments: tuple[str, ...], message: str) -> None:
    said = here("centroids", *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err


def test_a_run_without_clusters_is_told_of_the_option(here: Command, tiny_recipe: Recipe) -> None:
    train(tiny_recipe.with_changes({"training.epochs": 1}), name="plain")
    said = here("centroids", "plain")
    assert said.code == 2
    assert "give a number of them, such as --k 10" in said.err
    assert here("centroids", "plain", "--k", "4").out.startswith("4 clusters of data of run 'plain'\n")
