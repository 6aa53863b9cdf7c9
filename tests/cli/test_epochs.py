"""``wattlab epochs``, and ``wattlab train --keep-weights``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from wattlab.recipe import Recipe
from wattlab.records.store import RunStore
from wattlab.training import train

if TYPE_CHECKING:
    from tests.cli.conftest import Command

_SMALL = ("--set", "training.epochs=3", "--set", "data.options.samples=100", "--quiet")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a folder with a run that kept no weights, and with one that left its test part closed."""
    folder = tmp_path_factory.mktemp("runs")
    recipe = Recipe.named("moons").with_changes({"training.epochs": 1, "data.options.samples": 50})
    train(recipe, runs=folder, name="m")
    train(recipe.with_changes({"evaluation.test": False}), runs=folder, name="closed")
    return str(folder)


def test_a_run_with_kept_weights_becomes_a_film(here: Command) -> None:
    assert here("train", "moons", "--name", "m", "--keep-weights", "1", *_SMALL).code == 0
    assert list(RunStore().find("m").weights_by_epoch) == [0, 1, 2, 3]
    said = here("epochs", "m", "-o", "film.gif", "--mesh", "10", "--frames", "3")
    assert (said.code, said.out, said.err) == (0, "film.gif\n", "")
    with Image.open("film.gif") as film:
        assert film.n_frames == 3  # type: ignore[attr-defined]
    said = here("epochs", "m", "--every", "2", "--mesh", "10", "--json", "-o", "all.json")
    told, whole = json.loads(said.out), json.loads(Path("all.json").read_text())
    assert told["epochs"] == whole["epochs"] == [0, 2, 3]
    assert told["accuracy"] == [one["accuracy"] for one in whole["boundaries"]]
    assert "boundaries" not in told
    assert here("epochs", "m", "--frames", "2", "--mesh", "10", "-o", "stills.png").code == 0
    with Image.open("stills.png") as stills:
        assert not getattr(stills, "is_animated", False)


def test_a_run_without_is_trained_again_and_says_so(here: Command) -> None:
    here("train", "moons", "--name", "m", *_SMALL)
    said = here("epochs", "last", "--mesh", "10")
    assert said.code == 0
    assert "trained again with its recipe and seed, final weights equal to the run's to the bit" in said.out
    assert "epoch 3/3" in said.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-o", "film.mp4"), "'film.mp4' has the suffix '.mp4'; for a film let it end in"),
        (("--fps", "0"), "fps is 0; expected more than 0"),
        (("--part", "rest"), "part is 'rest'"),
        (("--what", "boundary", "--layer", "layers.0"), "so layer 'layers.0' has no part in it"),
        (("--layer", "layers.0", "--plane", "pca"), "leave --plane out"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_trained(
    here: Command, runs: str, arguments: tuple[str, ...], message: str
) -> None:
    said = here("epochs", "m", "--runs", runs, *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert "epoch 1" not in said.err


@pytest.mark.parametrize("verb", ["epochs", "boundary", "landscape"])
def test_a_closed_test_part_is_not_looked_into(here: Command, runs: str, verb: str) -> None:
    said = here(verb, "closed", "--runs", runs, "--part", "test")
    assert (said.code, said.out) == (2, "")
    assert "left the test part closed (evaluation.test = false)" in said.err
    assert "--part training" in said.err


def test_a_wrong_number_of_epochs_to_keep_is_refused(here: Command) -> None:
    said = here("train", "moons", "--keep-weights", "-1", *_SMALL)
    assert said.code == 2
    assert "keep_weights is -1; expected a whole number" in said.err
