"""``wattlab boundary`` from its arguments to text, figure and JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

import wattlab

if TYPE_CHECKING:
    from tests.cli.conftest import Command

    from wattlab.recipe import Recipe

QUICK = ("--samples", "60", "--mesh", "20", "--rounds", "1")


def test_a_model_learns_imbalanced_moons_and_is_drawn(here: Command) -> None:
    said = here("boundary", "moons", "--model", "svc-rbf", "--share", "0.2", *QUICK, "--json", "-o", "it.png")
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert (found["n_train"], found["n_test"]) == (48, 12)
    labels = found["contenders"][0]["boundary"]["samples"]["labels"]
    assert 1 <= sum(labels) <= 3
    with Image.open("it.png") as picture:
        assert picture.width > 600


def test_all_models_are_compared_in_text(here: Command) -> None:
    said = here("boundary", "moons", "--compare", *QUICK)
    assert said.code == 0, said.err
    names = [line.split()[0] for line in said.out.splitlines()[1:7]]
    assert names == ["linear-svc", "poly2-linear-svc", "poly3-linear-svc", "svc-poly", "svc-rbf", "native"]
    assert "48 training and 12 test samples, 2 classes (0, 1)" in said.out


def test_a_run_is_drawn_as_a_surface_on_a_page(here: Command, tiny_recipe: Recipe) -> None:
    wattlab.train(tiny_recipe, name="mine")
    said = here("boundary", "last", "--3d", "--mesh", "15", "-o", "it.html")
    assert (said.code, said.out) == (0, "it.html\n")
    assert '"surface"' in Path("it.html").read_text(encoding="utf-8")
    assert "mine" in here("boundary", "mine", "--mesh", "15").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("moon",), "'moon' is no data set either; did you mean 'moons'"),
        (("moons", "--seed", "-1"), "seed is -1; expected a whole number from 0 to 4294967295"),
        (
            ("moons", "--seed", "1", "--model", "svc-rbf"),
            "seed is a setting of native and of those with LinearSVC",
        ),
        (("moons", "--3d"), "--3d draws a surface, so it needs a file"),
        (("moons", "--plane", "x"), "plane is 'x'; expected two features"),
        (("moons", "--through", "-1"), "through is '-1'; expected mean, median or the place of a sample"),
        (("moons", "-o", "it.gif"), "has the suffix '.gif'"),
        (("digits",), "--plane pca"),
    ],
)
def test_what_cannot_be_is_said(here: Command, arguments: tuple[str, ...], message: str) -> None:
    said = here("boundary", *arguments)
    assert said.code == 2
    assert message in said.err
