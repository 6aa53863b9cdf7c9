"""What a training would compute, and how it is shown, without training."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from wattlab.errors import RecipeError
from wattlab.recipe import Recipe
from wattlab.records.summary import rows, to_json, totals
from wattlab.training.preview import preview
from wattlab.views.summary_text import print_summary

SMALL = {"data.dataset": "synthetic-images", "data.options": {"samples": 60}}


def test_a_residual_network_has_a_row_for_each_stage_or_each_layer() -> None:
    found = preview(Recipe.named("cifar10-resnet56").with_changes(SMALL))
    short, every = rows(found.step), rows(found.step, every=True)
    assert [row.kind for row in short[3:5]] == ["residual (1 block)", "residual (5 blocks)"]
    assert (len(short), len(every)) == (13, len(found.architecture.nodes))
    for table in (short, every):
        assert sum(row.parameters for row in table) == found.architecture.n_parameters
        assert sum(row.flop for row in table) * 128 == found.step.flop
        assert sum(row.share for row in table) == pytest.approx(1)
    assert "1,663,338 parameters (6.35 MiB in float32), and 10,400 moving" in totals(found.step)[0]


def test_what_is_not_here_is_stood_in_for_and_labelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATTLAB_DATA", raising=False)
    found = preview(Recipe.named("imagenette-cnn").with_changes({"data.options.size": 32}))
    assert found.architecture.input_shape == (32, 32, 3)
    assert found.source == (
        "'imagenette' is not on this machine; synthetic samples of its shapes stand in for it"
    )


def test_the_table_is_printed_with_names_and_totals() -> None:
    recipe = Recipe.named("mnist-vae").with_changes(
        {
            "data.dataset": "synthetic-images",
            "data.options": {"rows": 28, "columns": 28, "channels": 1, "samples": 60},
        }
    )
    console = Console(file=io.StringIO(), width=100)
    print_summary(preview(recipe), console=console)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "4 'latent'  sampling          2" in text
    assert "20,549 parameters" in text
    assert "synthetic" in text


def test_json_holds_every_layer() -> None:
    found = preview("moons-graph")
    whole = json.loads(to_json(found.step, found.source))
    assert whole["parameters"] == sum(layer["parameters"] for layer in whole["layers"]) == 88
    assert [layer["kind"] for layer in whole["layers"]] == ["dense", "dense", "dense", "add", "activation"]


def test_inputs_are_shown_where_they_are_not_the_layer_before() -> None:
    table = rows(preview("moons-graph").step)
    assert [row.cells()[0] for row in table] == ["0 'z2'", "1 'z3'", "2 'z5' ← input", "3 'z6' ← z3, z5", "4"]
    resnet = rows(preview(Recipe.named("cifar10-resnet56").with_changes(SMALL)).step, every=True)
    assert {row.inputs for row in resnet} == {()}


def test_what_does_not_fit_is_refused() -> None:
    recipe = Recipe.named("cifar10-cnn").with_changes(
        {"data.dataset": "digits", "data.options": {}, "preparation.after": "min-max"}
    )
    with pytest.raises(
        RecipeError,
        match=r"network.layers\[0\] \(conv2d\) has a window of 9 rows, but what feeds it has only 8",
    ):
        preview(recipe.with_changes({"network.layers[0].padding": "valid", "network.layers[0].kernel": 9}))
