"""Shapes, arrays, operations and bytes of a network, against torch's own."""

from __future__ import annotations

from math import prod
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from wattlab.errors import RecipeError
from wattlab.recipe import Recipe
from wattlab.recipe.architecture import Architecture
from wattlab.recipe.counting import count_layers, count_step
from wattlab.recipe.network import Network

IMAGE = (12, 10, 3)


def architecture(
    *tables: dict[str, Any], image: tuple[int, int, int] = IMAGE, outputs: int = 5
) -> Architecture:
    network = Network.model_validate({"layers": tables})
    return Architecture.of(network, prod(image), image, outputs)


@settings(deadline=None, max_examples=60)
@given(
    length=st.integers(1, 20),
    kernel=st.integers(1, 7),
    stride=st.integers(1, 4),
    kind=st.sampled_from(["conv2d", "conv2d-transpose", "max-pool"]),
)
def test_shapes_of_whole_windows_are_those_of_torch(length: int, kernel: int, stride: int, kind: str) -> None:
    spec: dict[str, Any] = {"kind": kind, "stride": stride}
    spec |= {"size": kernel} if kind == "max-pool" else {"filters": 3, "kernel": kernel}
    last = {"kind": "flatten"}
    modules = {
        "conv2d": nn.Conv2d(3, 3, kernel, stride, device="meta"),
        "conv2d-transpose": nn.ConvTranspose2d(3, 3, kernel, stride, device="meta"),
        "max-pool": nn.MaxPool2d(kernel, stride),
    }
    if kind != "conv2d-transpose" and kernel > length:
        with pytest.raises(RecipeError, match=f"network.layers\\[0\\] .* has a window of {kernel} rows"):
            architecture(spec, last, image=(length, length, 3), outputs=1)
        return
    _, channels, rows, columns = modules[kind](torch.zeros(1, 3, length, length, device="meta")).shape
    if (
        kind == "conv2d-transpose"
    ):  # Keras, and so this, lets the stride decide where the kernel is the smaller one
        rows = columns = length * stride + max(kernel - stride, 0)
    size = rows * columns * channels
    found = architecture(spec, last, image=(length, length, 3), outputs=size)
    assert found.shapes[0] == (rows, columns, channels)


@pytest.mark.parametrize(("length", "stride", "expected"), [(8, 1, 8), (8, 2, 4), (9, 2, 5), (3, 4, 1)])
def test_same_padding_leaves_the_stride_to_decide(length: int, stride: int, expected: int) -> None:
    spec = {"kind": "conv2d", "filters": 2, "kernel": 11, "stride": stride, "padding": "same"}
    found = architecture(spec, {"kind": "flatten"}, image=(length, length, 3), outputs=2 * expected**2)
    assert found.shapes[0] == (expected, expected, 2)


def test_the_number_of_parameters_is_torchs() -> None:
    found = architecture(
        {"kind": "conv2d", "filters": 8, "kernel": [3, 5]},
        {"kind": "batch-norm"},
        {"kind": "conv2d-transpose", "filters": 4, "kernel": 2, "stride": 2, "bias": False},
        {"kind": "global-max-pool"},
        {"units": 7},
        {},
    )
    torchs = nn.Sequential(
        nn.Conv2d(3, 8, (3, 5)),
        nn.BatchNorm2d(8),
        nn.ConvTranspose2d(8, 4, 2, 2, bias=False),
        nn.Linear(4, 7),
        nn.Linear(7, 5),
    )
    assert found.n_parameters == sum(one.numel() for one in torchs.parameters())
    assert found.statistics == {"layers.1.mean", "layers.1.variance"}
    assert found.arrays["layers.0.weights"] == (3, 5, 3, 8)
    assert found.arrays["layers.2.weights"] == (2, 2, 4, 8)


def test_resnet56v2_has_the_parameters_that_are_told_of_it() -> None:
    found = Architecture.of(Recipe.named("cifar10-resnet56").network, 3072, (32, 32, 3), 10)
    statistics = sum(prod(found.arrays[name]) for name in found.statistics)
    assert found.n_parameters + statistics == 1_673_738


def test_a_dense_network_takes_images_flat_and_a_convolution_takes_them_whole() -> None:
    assert architecture({"units": 4}, {}).input_shape == (360,)
    assert architecture({"kind": "batch-norm"}, {"kind": "flatten"}, {}).input_shape == IMAGE
    reshaped = architecture({"units": 12}, {"kind": "reshape", "shape": [2, 2, 3]}, {"kind": "flatten"}, {})
    assert reshaped.input_shape == (360,)


@pytest.mark.parametrize(
    ("tables", "complaint"),
    [
        ([{"kind": "conv2d", "filters": 4, "kernel": 3}, {}], r"layers\[1\] \(dense\) needs flat inputs.*10 × 8 × 4"),
        ([{"units": 4}, {"kind": "max-pool"}, {"kind": "flatten"}, {}], r"\(max-pool\) needs images.*\(4\)"),
        ([{"units": 10}, {"kind": "reshape", "shape": [2, 2, 3]}, {"kind": "flatten"}, {}], r"3 .12 numbers. of 10 n"),
        (
            [
                {"name": "a", "kind": "conv2d", "filters": 4, "kernel": 3},
                {"name": "b", "kind": "conv2d", "filters": 4, "kernel": 5, "inputs": ["input"]},
                {"kind": "add", "inputs": ["a", "b"], "name": "sum"},
                {"kind": "flatten"},
                {},
            ],
            r"layers\[2\] \(add 'sum'\) is fed 10 × 8 × 4 and 8 × 6 × 4",
        ),
        (
            [{"kind": "residual", "layers": [{"kind": "conv2d", "filters": 4, "kernel": 3}]}, {"kind": "flatten"}, {}],
            r"layers\[0\] \(residual: add\) is fed 10 × 8 × 4 and 12 × 10 × \d",
        ),
        ([{"kind": "flatten"}, {"units": 7}, {"kind": "dropout", "rate": 0.5}], r"7 numbers.*has 5 classes"),
        ([{"units": 3}, {"kind": "sampling"}, {}], r"layers\[1\] \(sampling\).*has 3 numbers"),
        ([{"kind": "conv2d", "filters": 1, "kernel": 1, "activation": "softmax"}], r"softmax.*images of 12 × 10 × 1"),
        ([{"units": 4}], r"network.layers\[0\].units is 4, but the data has 5"),
        ([{"kind": "conv2d", "filters": 2, "kernel": 13}, {"kind": "flatten"}, {}], r"window of 13 rows.*only 12"),
    ],
)  # fmt: skip
def test_what_does_not_fit_names_the_layer_and_both_shapes(
    tables: list[dict[str, Any]], complaint: str
) -> None:
    with pytest.raises(RecipeError, match=complaint):
        architecture(*tables)


def test_a_network_for_images_says_so_where_there_are_none() -> None:
    network = Recipe.named("cifar10-cnn").network
    with pytest.raises(RecipeError, match="begins a network for images, but the data has 64 features"):
        Architecture.of(network, 64, None, 10)


def test_operations_of_products_and_convolutions_are_those_that_torch_counts() -> None:
    """torch's counter knows products and convolutions alone, without biases and activations."""
    found = architecture(
        {"kind": "conv2d", "filters": 8, "kernel": 3, "bias": False},
        {"kind": "conv2d-transpose", "filters": 4, "kernel": 2, "stride": 2, "bias": False},
        {"kind": "flatten"},
        {"units": 7},
        {},
    )
    network = nn.Sequential(
        nn.Conv2d(3, 8, 3, bias=False),
        nn.ConvTranspose2d(8, 4, 2, 2, bias=False),
        nn.Flatten(),
        nn.Linear(20 * 16 * 4, 7),
        nn.Linear(7, 5),
    )
    batch = torch.randn(2, 3, 12, 10)
    with FlopCounterMode(display=False) as counter:
        forward = network(batch)
        n_forward = counter.get_total_flops()
        forward.sum().backward()
    layers = [layer for layer in count_layers(found) if layer.is_affine]
    biases = 7 + 5
    assert 2 * (sum(layer.forward_flop for layer in layers) - biases) == n_forward
    assert 2 * (sum(layer.flop for layer in layers) - 2 * biases) == counter.get_total_flops()


def test_half_formats_halve_the_bytes_of_the_layers_and_not_those_of_the_update() -> None:
    recipe = Recipe.named("cifar10-cnn")
    found = Architecture.of(recipe.network, 3072, (32, 32, 3), 10)
    full, half = (
        count_step(found, 128, precision, recipe.optimizer) for precision in ("float32", "bfloat16")
    )
    assert full.layer_bytes == 2 * half.layer_bytes
    assert full.optimizer_bytes == half.optimizer_bytes == 4 * 5 * found.n_parameters
    assert full.flop == half.flop == 128 * sum(layer.flop for layer in full.layers)
