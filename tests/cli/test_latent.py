"""Tests of ``wattlab latent``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import wattlab
from wattlab.recipe import Recipe

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Command

pytest.importorskip("torch")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an autoencoder of a few epochs, and a classifier."""
    folder = tmp_path_factory.mktemp("runs")
    short = {"training.epochs": 2, "training.batch_size": 128}
    wattlab.train(Recipe.named("digits-autoencoder").with_changes(short), runs=folder, name="coder")
    moons = Recipe.named("moons").with_changes({"training.epochs": 1})
    wattlab.train(moons, runs=folder, name="moons")
    wattlab.train(moons.with_changes({"evaluation.test": False}), runs=folder, name="closed")
    return folder


def test_it_says_whether_a_normal_distribution_fits(here: Command, runs: Path) -> None:
    said = here("latent", "coder", "--runs", f"{runs}", "--confidence", "0.5,0.99", "--by-class")
    assert said.code == 0, said.err
    assert "Layer 'latent' of coder on the test part: 359 samples, a code of 2 numbers" in said.out
    assert "Mardia's skewness" in said.out
    assert "nats from the standard normal distribution" in said.out
    assert "In the plane of code 0 and code 1 it is a standard normal distribution scaled by" in said.out
    assert "inside 0.99" in said.out
    assert len([line for line in said.out.splitlines() if line[:1].isdigit()]) == 2 + 10, (
        "numbers and classes"
    )


def test_json_has_all_numbers(here: Command, runs: Path) -> None:
    said = here(
        "latent",
        "coder",
        "--runs",
        f"{runs}",
        "--json",
        "--part",
        "training",
        "--walk",
        "3",
        "--samples",
        "0",
    )
    found = json.loads(said.out)
    assert len(found["codes"]) == 1438
    assert found["part"] == "training"
    assert [len(row) for row in found["walk"]["codes"]] == [3, 3]
    assert found["drawn"] is None


@pytest.mark.parametrize(("name", "option"), [("codes.html", "--by-class"), ("map.png", "--map")])
def test_a_figure_is_written(here: Command, runs: Path, tmp_path: Path, name: str, option: str) -> None:
    said = here("latent", "coder", "--runs", f"{runs}", "-o", f"{tmp_path / name}", "--axes", "pca", option)
    assert said.out.strip() == f"{tmp_path / name}"
    assert (tmp_path / name).stat().st_size > 10_000


def test_any_layer_of_a_classifier_can_be_looked_at(here: Command, runs: Path) -> None:
    said = here("latent", "moons", "--runs", f"{runs}", "--layer", "layers.0", "--axes", "0,1")
    assert said.code == 0, said.err
    assert "a code of 16 numbers" in said.out
    said = here("latent", "moons", "--runs", f"{runs}")
    assert said.code == 2
    assert "say at which layer to look, with its width: layers.0 (16)" in said.err


def test_a_closed_test_part_stays_closed(here: Command, runs: Path) -> None:
    said = here("latent", "closed", "--runs", f"{runs}", "--layer", "layers.0")
    assert said.code == 2
    assert "left the test part closed" in said.err


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--layer", "lattent"), "no layer 'lattent'"),
        (("--axes", "0,2"), "from 0 to 1, or 'pca'"),
        (("--axes", "x"), "expected two numbers of the code"),
        (("--confidence", "0.5,1"), "confidence is 1"),
        (("--confidence", "half"), "expected shares between 0 and 1"),
        (("--part", "validation"), "has no validation part"),
        (("-o", "codes.jpg"), "has the suffix '.jpg'"),
    ],
)
def test_bad_input_is_named(here: Command, runs: Path, options: tuple[str, ...], complaint: str) -> None:
    said = here("latent", "coder", "--runs", f"{runs}", *options)
    assert said.code == 2
    assert complaint in said.err
