"""The native engine's gradients against finite differences and against torch's autograd, in float64."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wattlab.engines.native.activations import LEAK
from wattlab.engines.native.arrays import NUMPY
from wattlab.engines.native.buffers import Buffers
from wattlab.engines.native.choice import Formats
from wattlab.engines.native.feeding import one_hot
from wattlab.engines.native.network import DenseNetwork
from wattlab.engines.native.parameters import Parameters
from wattlab.engines.native.penalty import penalise, penalty, stretches
from wattlab.recipe.objective import Regularisation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FORMATS = Formats("float64", "float64")
HIDDEN = ["identity", "sigmoid", "tanh", "relu", "leaky-relu", "softmax"]
ENDINGS = [
    ("log-loss", "sigmoid"),
    ("log-loss", "softmax"),
    ("normalised-cross-entropy", "sigmoid"),
    ("normalised-cross-entropy", "softmax"),
    ("cross-entropy", "softmax"),
    *(("mse", activation) for activation in HIDDEN),
]
TERMS = [Regularisation(), Regularisation(l2=0.3), Regularisation(l1=0.2), Regularisation(l1=0.1, l2=0.2)]


class Problem:
    """A network, some samples, and the cost as a function of all parameters."""

    def __init__(
        self,
        sizes: list[int],
        activations: list[str],
        loss: str,
        terms: Regularisation,
        n_rows: int,
        seed: int,
        *,
        counted: Sequence[bool] = (),
        weighted: bool = False,
    ) -> None:
        rng = np.random.default_rng(seed)
        self.parameters, self.gradients = (Parameters(NUMPY, sizes, "float64", counted) for _ in range(2))
        self.parameters.flat[:] = rng.normal(0, 0.35, self.parameters.flat.size)  # far from saturation
        self.network = DenseNetwork(self.parameters, FORMATS, activations, loss)
        self.buffers = Buffers.allocate(NUMPY, n_rows, sizes, FORMATS, weighted=weighted)
        self.buffers.activations[0][:] = rng.normal(size=(n_rows, sizes[0]))
        self.buffers.targets[:] = one_hot(rng.integers(0, sizes[-1], n_rows), sizes[-1], "float64", 0.0)
        if self.buffers.weights is not None:
            self.buffers.weights[:] = rng.uniform(0.2, 3, (n_rows, 1))
        self.stretches = stretches(self.parameters, self.gradients, np.empty_like(self.parameters.flat))
        self.terms = terms

    def cost(self) -> float:
        self.network.forward(self.buffers)
        term = penalise(NUMPY, self.stretches, self.terms)
        return float(self.network.cost(self.buffers)[0] + term)

    def gradient(self) -> NDArray[np.floating]:
        self.network.forward(self.buffers)
        self.network.backward(self.buffers, self.gradients, 1.0)
        penalise(NUMPY, self.stretches, self.terms)
        gradient: NDArray[np.floating] = self.gradients.flat.copy()
        return gradient

    def numeric(self, step: float = 1e-6) -> NDArray[np.floating]:
        numeric: NDArray[np.floating] = np.empty_like(self.parameters.flat)
        for index, value in enumerate(self.parameters.flat.copy()):
            self.parameters.flat[index] = value + step
            above = self.cost()
            self.parameters.flat[index] = value - step
            below = self.cost()
            self.parameters.flat[index] = value
            numeric[index] = (above - below) / (2 * step)
        return numeric


@pytest.mark.parametrize("terms", TERMS, ids=str)
@pytest.mark.parametrize(("loss", "output"), ENDINGS)
@pytest.mark.parametrize("hidden", HIDDEN)
@given(
    widths=st.lists(st.integers(1, 5), min_size=2, max_size=4),
    outputs=st.integers(2, 4),
    n_rows=st.integers(1, 5),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=4, deadline=None)
def test_gradient_is_that_of_finite_differences(
    hidden: str,
    loss: str,
    output: str,
    terms: Regularisation,
    widths: list[int],
    outputs: int,
    n_rows: int,
    seed: int,
) -> None:
    problem = Problem([*widths, outputs], [hidden] * (len(widths) - 1) + [output], loss, terms, n_rows, seed)
    gradient, numeric = problem.gradient(), problem.numeric()
    kink = np.zeros(len(gradient), bool)
    if {hidden, output} & {
        "relu",
        "leaky-relu",
    }:  # where two steps do not agree, there is no derivative to compare
        kink = np.abs(numeric - problem.numeric(1e-7)) > 1e-4 * (1 + np.abs(numeric))
    if terms.l1:
        kink |= np.abs(problem.parameters.flat) < 1e-5
    np.testing.assert_allclose(gradient[~kink], numeric[~kink], rtol=2e-4, atol=2e-5)


TORCH_ACTIVATIONS: dict[str, Any] = {
    "identity": lambda z: z,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky-relu": lambda z: torch.nn.functional.leaky_relu(z, LEAK),
    "softmax": lambda z: torch.softmax(z, dim=1),
}
TORCH_LOSSES: dict[str, Any] = {
    "log-loss": lambda a, y: torch.nn.functional.binary_cross_entropy(a, y, reduction="sum"),
    "cross-entropy": lambda a, y: -(y * torch.log(a)).sum(),
    "normalised-cross-entropy": lambda a, y: -(y * torch.log(a / a.sum(dim=1, keepdim=True))).sum(),
    "mse": lambda a, y: 0.5 * torch.nn.functional.mse_loss(a, y, reduction="sum"),
}


@pytest.mark.parametrize(("loss", "output"), ENDINGS)
@pytest.mark.parametrize("hidden", HIDDEN)
def test_cost_and_gradient_are_those_of_torch(hidden: str, loss: str, output: str) -> None:
    problem = Problem([6, 5, 4, 3], [hidden, hidden, output], loss, Regularisation(l2=0.3), 7, seed=1)
    flat = torch.tensor(problem.parameters.flat, requires_grad=True)
    a: Any = torch.tensor(problem.buffers.activations[0])
    start, bias = 0, problem.parameters.n_weights
    for n_in, n_out, name in zip([6, 5, 4], [5, 4, 3], [hidden, hidden, output], strict=True):
        weights = flat[start : start + n_in * n_out].reshape(n_in, n_out)
        a = TORCH_ACTIVATIONS[name](a @ weights + flat[bias : bias + n_out])
        start, bias = start + n_in * n_out, bias + n_out
    cost = TORCH_LOSSES[loss](a, torch.tensor(problem.buffers.targets))
    cost = cost + 0.5 * 0.3 * (flat[: problem.parameters.n_weights] ** 2).sum()
    cost.backward()
    assert problem.cost() == pytest.approx(cost.item(), rel=1e-12)
    assert flat.grad is not None
    np.testing.assert_allclose(problem.gradient(), flat.grad.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "counted", [(True, True, True), (True, False, True), (False, True, True), (False,) * 3]
)
@pytest.mark.parametrize("terms", [Regularisation(l2=0.3), Regularisation(l1=0.1, l2=0.2)], ids=str)
def test_only_the_regularised_layers_count(terms: Regularisation, counted: tuple[bool, ...]) -> None:
    problem = Problem([4, 5, 3, 2], ["tanh"] * 3, "mse", terms, 6, seed=3, counted=counted)
    bare = Problem([4, 5, 3, 2], ["tanh"] * 3, "mse", Regularisation(), 6, seed=3)
    pairs = list(zip(counted, problem.parameters.weights, strict=True))
    expected = sum(
        terms.l1 * np.abs(one).sum() + 0.5 * terms.l2 * (one**2).sum() for counts, one in pairs if counts
    )
    assert problem.cost() - bare.cost() == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert penalty(NUMPY, problem.parameters, terms) == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(problem.gradient(), problem.numeric(), rtol=1e-5, atol=1e-7)
    for counts, ours, plain in zip(counted, problem.gradients.weights, bare.gradients.weights, strict=True):
        bare.gradient()
        assert (np.abs(ours - plain).max() > 1e-6) == counts


def test_neighbouring_layers_are_one_stretch() -> None:
    def found(*counted: bool) -> list[tuple[int, int]]:
        parameters = Parameters(NUMPY, [4, 5, 3, 2], "float64", counted)
        return [(one.start, one.stop) for one in parameters.regularised]

    assert found() == found(True, True, True) == [(0, 41)]
    assert found(True, False, True) == [(0, 20), (35, 41)]
    assert found(False, True, True) == [(20, 41)]
    assert found(False, False, False) == []


@pytest.mark.parametrize(("loss", "output"), ENDINGS)
def test_sample_weights_multiply_cost_and_gradient(loss: str, output: str) -> None:
    problem = Problem([4, 5, 3], ["tanh", output], loss, Regularisation(l2=0.1), 6, seed=4, weighted=True)
    np.testing.assert_allclose(problem.gradient(), problem.numeric(), rtol=1e-4, atol=1e-6)
    weights = problem.buffers.weights
    assert weights is not None
    total, error = problem.network.cost(problem.buffers)
    alone = 0.0
    for row, weight in enumerate(weights[:, 0]):
        one = problem.buffers.head(row + 1)
        own, before = (
            problem.network.cost(one.head(count)._replace(weights=None)) for count in (row + 1, row)
        )
        alone += weight * (own[0] - before[0])
    assert total == pytest.approx(alone, rel=1e-9)
    assert error == pytest.approx(problem.network.cost(problem.buffers._replace(weights=None))[1], rel=1e-12)


@pytest.mark.parametrize("loss", ["log-loss", "mse"])
def test_skipping_the_input_delta_leaves_gradients_identical(loss: str) -> None:
    problem = Problem([8, 6, 3], ["sigmoid", "sigmoid"], loss, Regularisation(), 9, seed=2)
    lean = problem.gradient()
    full = DenseNetwork(problem.parameters, FORMATS, ["sigmoid", "sigmoid"], loss, input_delta=True)
    buffers = Buffers.allocate(NUMPY, 9, [8, 6, 3], FORMATS, input_delta=True)
    buffers.activations[0][:] = problem.buffers.activations[0]
    buffers.targets[:] = problem.buffers.targets
    full.forward(buffers)
    full.backward(buffers, problem.gradients, 1.0)
    np.testing.assert_array_equal(problem.gradients.flat, lean)
    assert buffers.deltas[0].shape == (9, 8)
    assert np.abs(buffers.deltas[0]).max() > 0


def test_a_smoothed_target_is_a_mixture_with_the_uniform_one() -> None:
    expected = [[0.05, 0.85, 0.05, 0.05], [0.85, 0.05, 0.05, 0.05]]
    np.testing.assert_allclose(one_hot(np.array([1, 0]), 4, "float64", 0.2), expected)
    logits = torch.tensor([[0.0, 1.0, 2.0, 3.0]], dtype=torch.float64)
    smoothed = torch.nn.functional.cross_entropy(logits, torch.tensor([2]), label_smoothing=0.2)
    outputs = torch.softmax(logits, dim=1)
    ours = -(torch.tensor(one_hot(np.array([2]), 4, "float64", 0.2)) * torch.log(outputs)).sum()
    assert float(ours) == pytest.approx(float(smoothed), rel=1e-12)
