"""``wattlab epochs``, and ``wattlab train --keep-weights``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from wattlab.records.store import RunStore

if TYPE_CHECKING:
    from tests.cli.conftest import Command

_SMALL = ("--set", "training.epochs=3", "--set", "data.options.samples=100", "--quiet")


def test_a_run_with_kept_weights_becomes_a_film(here: Command) -> None:
    assert here("train", "moons", "--name", "m", "--keep-weights", "1", *_SMALL).code == 0
    assert list(RunStore().find("m").weights_by_epoch) == [0, 1, 2, 3]
    said = here("epochs", "m", "-o", "film.gif", "--mesh", "30")
    assert (said.code, said.out, said.err) == (0, "film.gif\n", "")
    with Image.open("film.gif") as film:
        assert film.n_frames == 4  # type: ignore[attr-defined]
    said = here("epochs", "m", "--every", "2", "--mesh", "20", "--json", "-o", "stills.svg")
    assert json.loads(said.out)["epochs"] == [0, 2, 3]
    assert Path("stills.svg").read_text().startswith("<?xml")


def test_a_run_without_is_trained_again_and_says_so(here: Command) -> None:
    here("train", "moons", "--name", "m", *_SMALL)
    said = here("epochs", "last", "--mesh", "20")
    assert said.code == 0
    assert "trained again with its recipe and seed, final weights equal to the run's to the bit" in said.out
    assert "epoch 3/3" in said.err
    assert here("epochs", "m", "--mesh", "20", "--quiet").out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-o", "film.mp4"), "'film.mp4' has the suffix '.mp4'; for a film let it end in"),
        (("--fps", "0"), "fps is 0; expected more than 0"),
        (("--frames", "1"), "frames is 1; expected a whole number of at least 2"),
        (("--mesh", "1"), "mesh is 1; expected 2 to 2000"),
        (("--layer", "last"), "has no layer 'last'"),
        (("--plane", "x"), "plane is 'x'; expected two features"),
        (("--part", "rest"), "part is 'rest'"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_trained(
    here: Command, arguments: tuple[str, ...], message: str
) -> None:
    here("train", "moons", "--name", "m", *_SMALL)
    said = here("epochs", "m", *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert "epoch 1" not in said.err


def test_a_wrong_number_of_epochs_to_keep_is_refused(here: Command) -> None:
    said = here("train", "moons", "--keep-weights", "-1", *_SMALL)
    assert said.code == 2
    assert "keep_weights is -1; expected a whole number" in said.err
