"""Layers become a graph: names, inputs, residual blocks, cycles."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from wattlab.errors import RecipeError
from wattlab.recipe import Recipe
from wattlab.recipe.graph import expand
from wattlab.recipe.layers import Conv2D, Dense, Layer
from wattlab.recipe.network import Network
from wattlab.recipe.shapes import infer


def layers(*tables: dict[str, Any]) -> tuple[Layer, ...]:
    return Network.model_validate({"layers": tables}).layers


def test_a_layer_is_fed_by_the_one_before_it() -> None:
    nodes = expand(layers({"units": 4}, {"kind": "dropout", "rate": 0.5}, {}))
    assert [(node.name, node.inputs) for node in nodes] == [
        ("layers.0", (-1,)),
        ("layers.1", (0,)),
        ("layers.2", (1,)),
    ]


def test_the_graph_of_slide_40_has_two_branches_from_the_input() -> None:
    network = Recipe.named("moons-graph").network
    nodes = {node.spec.name: node for node in network.nodes}
    assert nodes["z2"].inputs == nodes["z5"].inputs == (-1,)
    assert [network.nodes[index].spec.name for index in nodes["z6"].inputs] == ["z3", "z5"]
    assert network.output_activation == "softmax"
    assert network.dense_layers is None


def test_layers_may_name_later_ones_and_come_in_an_order_that_can_be_computed() -> None:
    nodes = expand(
        layers(
            {"name": "a", "units": 3, "inputs": ["b"]},
            {"name": "b", "units": 5, "inputs": ["input"]},
            {"inputs": ["a"]},
        )
    )
    assert [node.name for node in nodes] == ["layers.1", "layers.0", "layers.2"]
    assert [node.inputs for node in nodes] == [(-1,), (0,), (1,)]


def test_residual_blocks_are_unfolded_with_names_and_weights_of_their_own() -> None:
    branch = [{"kind": "conv2d", "filters": 4, "kernel": 3}, {"kind": "batch-norm"}]
    shortcut = [{"kind": "conv2d", "filters": 4, "kernel": 1}]
    block = {
        "kind": "residual",
        "repeat": 2,
        "activation": "relu",
        "layers": branch,
        "shortcut": shortcut,
    }
    nodes = expand(layers(block, {"kind": "flatten"}, {}))
    assert [node.name for node in nodes[:5]] == [
        "layers.0.0.layers.0",
        "layers.0.0.layers.1",
        "layers.0.0.shortcut.0",
        "layers.0.0.add",
        "layers.0.0.activation",
    ]
    assert [node.inputs for node in nodes[:5]] == [(-1,), (0,), (-1,), (1, 2), (3,)]
    assert nodes[5].inputs == (4,)
    assert nodes[7].inputs == (4,)
    assert len({node.name for node in nodes}) == len(nodes)


@pytest.mark.parametrize(
    ("layer", "shape", "suggested"),
    [
        (
            {"kind": "conv2d", "filters": 16, "kernel": 3, "stride": 2, "padding": "same"},
            (9, 12, 3),
            {"kind": "conv2d", "filters": 16, "kernel": 1, "stride": 2, "padding": "same"},
        ),
        ({"units": 4}, (3,), {"units": 4}),
    ],
)
def test_branches_that_differ_are_told_a_shortcut_that_fits(
    layer: dict[str, Any], shape: tuple[int, ...], suggested: dict[str, Any]
) -> None:
    block = {"kind": "residual", "layers": [layer]}
    rest = [{"kind": "flatten"}, {}]
    with pytest.raises(RecipeError, match="the same shape") as told:
        infer(expand(layers(block, *rest)), shape, 2)
    assert tomllib.loads(str(told.value).partition(", such as ")[2]) == {"shortcut": [suggested]}
    assert infer(expand(layers({**block, "shortcut": [suggested]}, *rest)), shape, 2)[-1] == (2,)


def test_without_a_shortcut_the_input_itself_is_added() -> None:
    block = {"kind": "residual", "layers": [{"units": 3}]}
    nodes = expand(layers(block, {}))
    assert nodes[1].spec.kind == "add"
    assert nodes[1].inputs == (0, -1)


@pytest.mark.parametrize(
    ("tables", "complaint"),
    [
        (
            [{"name": "a", "units": 3, "inputs": ["b"]}, {"name": "b", "units": 3, "inputs": ["a"]}, {}],
            "network: the layers feed one another in a circle (layers[0] -> layers[1] -> layers[0])",
        ),
        ([{"units": 3, "inputs": ["inptu"]}, {}], "did you mean 'input'?"),
        ([{"name": "a", "units": 3}, {"name": "a", "units": 3}, {}], "is the name of layers[0] already"),
        ([{"name": "input", "units": 3}, {}], "is the name of the network's own input already"),
        ([{"name": "a", "units": 3}, {"units": 2}, {"inputs": ["a"]}], "layers[1] feeds no other layer"),
        ([{"kind": "add"}, {}], "layers[0] is of kind 'add', which needs at least two inputs"),
        (
            [{"name": "a", "units": 3}, {"inputs": ["a", "input"]}],
            "layers[1] is of kind 'dense', which takes one input, but has 2",
        ),
        (
            [{"units": 3, "inputs": ["out"]}, {"name": "out", "inputs": ["input"], "units": 3}],
            "layers[1] is the last, which gives the output, but feeds another one",
        ),
        (
            [{"kind": "residual", "layers": [{"units": 3, "inputs": ["input"]}]}, {}],
            "layers[0].layers[0] stands in a residual block, whose branches are chains",
        ),
        ([{}, {}], "layers[0].units is missing; only the last of network.layers may leave it out"),
        ([{"kind": "conv3d"}, {}], "network.layers[0].kind is 'conv3d'; expected one of 'dense', 'conv2d'"),
        (
            [{"kind": "conv2d", "filters": 0, "kernel": 3}, {}],
            "network.layers[0].filters is 0; expected a whole number of at least 1",
        ),
        ([{"kind": "conv2d", "filters": 8, "kernel": 3, "strid": 2}, {}], "did you mean 'stride'?"),
        (
            [{"kind": "dropout", "rate": 1.0}, {}],
            "network.layers[0].rate is 1.0; expected a number of less than 1",
        ),
        ([{"name": "1.a"}], "expected letters, digits, '-' and '_', beginning with a letter"),
        ([3], "network.layers[0] is 3; expected a table with 'kind', such as kind ="),
        ([], "network.layers is []; expected a list of at least 1 entry"),
    ],
)
def test_what_is_wrong_is_named_with_what_would_be_right(
    tables: list[dict[str, Any]], complaint: str
) -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.named("moons").with_changes({"network.layers": tables})
    assert complaint in str(caught.value)


def test_a_wrong_layer_of_a_block_is_one_finding() -> None:
    block = {"kind": "residual", "layers": [{"kind": "conv2d", "filters": 4, "kernel": [1, 2, 3]}]}
    with pytest.raises(RecipeError) as caught:
        Recipe.named("moons").with_changes({"network.layers": [block, {}]})
    message = "recipe 'moons': network.layers[0].layers[0].kernel is [1, 2, 3]; expected a whole number or a list of "
    assert str(caught.value) == f"{message}at most 2 entries"


def test_a_circle_is_shown() -> None:
    tables = [
        {"name": "a", "units": 3, "inputs": ["c"]},
        {"name": "b", "units": 3, "inputs": ["a"]},
        {"name": "c", "units": 3, "inputs": ["b"]},
        {},
    ]
    with pytest.raises(RecipeError, match=r"in a circle \(.*layers\[2\] -> layers\[0\].*\)"):
        Recipe.named("moons").with_changes({"network.layers": tables})


def test_kinds_are_read_back_as_they_were_written() -> None:
    for name in ("cifar10-resnet56", "mnist-vae", "moons-graph", "imagenette-cnn"):
        recipe = Recipe.named(name)
        assert Recipe.from_toml(recipe.to_toml()) == recipe


def test_both_branches_of_a_block_are_written_with_comments() -> None:
    block = {
        "kind": "residual",
        "layers": [{"units": 2}],
        "shortcut": [{"units": 2, "initial_weights": {"kind": "uniform"}}],
    }
    recipe = Recipe.named("moons-graph").with_changes({"network.layers": [block, {"activation": "softmax"}]})
    assert Recipe.from_toml(recipe.to_toml()) == recipe
    assert recipe.to_toml().count("units = 2  # Number of nodes") == 2


def test_a_layer_without_kind_is_dense_and_a_field_can_be_set_by_its_path() -> None:
    recipe = Recipe.named("cifar10-cnn").with_changes({"network.layers[0].filters": 24})
    assert isinstance(recipe.network.layers[0], Conv2D)
    assert recipe.network.layers[0].filters == 24
    assert isinstance(recipe.network.layers[-1], Dense)
