"""What every engine that runs networks beyond dense chains must do: the same numbers, layer by layer.

Each case is a small recipe's network, and the same network by hand; see `tests.contracts.networks_by_hand`.
WATTLAB_TEST_ENGINE names the engines to test, such as ``keras:jax``; left out: torch, on a GPU too where there is one.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from tests.contracts.hand import RATE, Hand, shaped
from tests.contracts.networks_by_hand import CASES, FLAT, LAST, Case

from wattlab.data.batches import batch_bounds
from wattlab.data.preparation import Prepared, PreparedPart, Transform
from wattlab.data.scaling import NoScaling
from wattlab.engines.devices import limit_torch_threads
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.registry import get_engine
from wattlab.recipe import Recipe
from wattlab.recipe.engine import engine_changes
from wattlab.recipe.schedule import StepValues

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from wattlab.engines.base import Trainer, Weights

    Tensor = torch.Tensor

VARIABLE = "WATTLAB_TEST_ENGINE"
HERE = "torch,torch@cuda:0" if torch.cuda.is_available() else "torch"
SPECS = tuple(
    one
    for one in os.environ.get(VARIABLE, HERE).replace(" ", "").split(",")
    if one.partition(":")[0].partition("@")[0] in {"torch", "keras"}
)
CLOSE: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-11}
N_SAMPLES, BATCH = 20, 8
"""Two full batches and one of 4."""
BASE = """
name = "network"
[data]
dataset = "moons"
[network]
layers = [{ activation = "softmax" }]
[loss]
kind = "cross-entropy"
[optimizer]
kind = "sgd"
learning_rate = 0.05
[training]
batch_size = 8
[evaluation]
train = "none"
[engine]
precision = "float64"
"""


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Let torch compute with one thread: what is this small is slower with more."""
    with limit_torch_threads(1):
        yield


class Problem(NamedTuple):
    """A case with data and initial weights."""

    case: Case
    recipe: Recipe
    data: Prepared
    weights: Weights

    def begin(self) -> Trainer:
        engine = get_engine(self.recipe.engine.name)
        engine.check(self.recipe)
        return engine.start(self.recipe, self.data, self.weights)

    def epoch(self, trainer: Trainer, epoch: int = 0) -> NDArray[np.float64]:
        """Train an epoch in one call, and return the cost of each batch."""
        rows = np.random.default_rng(epoch).permutation(N_SAMPLES)
        n_batches = len(batch_bounds(N_SAMPLES, BATCH))
        return trainer.train(rows, StepValues(np.full(n_batches, RATE)), epoch=epoch).cost

    def epoch_by_hand(self, hand: Hand, epoch: int = 0) -> NDArray[np.float64]:
        rows = np.random.default_rng(epoch).permutation(N_SAMPLES)
        hand.training, costs = True, []
        for start, stop in batch_bounds(N_SAMPLES, BATCH):
            loss = self.losses(hand, self.data.train, rows[start:stop]).mean()
            hand.step(loss)
            costs.append(loss.item())
        return np.array(costs)

    def z(self, hand: Hand, part: PreparedPart, rows: Any = slice(None)) -> Tensor:
        return self.case.by_hand(hand, shaped(torch.tensor(part.features[rows]), *self.case.image))

    def losses(self, hand: Hand, part: PreparedPart, rows: Any = slice(None)) -> Tensor:
        """Return the loss of each sample, by formula."""
        z, x, y = self.z(hand, part, rows), torch.tensor(part.features[rows]), torch.tensor(part.labels[rows])
        if self.case.loss == "cross-entropy":
            return -torch.log_softmax(z, 1)[torch.arange(len(z)), y]
        if self.case.loss == "mse":
            return (0.5 * (x - z).square().sum(1)).add(hand.added)
        return F.binary_cross_entropy(z.sigmoid(), x, reduction="none").sum(1)

    def outputs(self, hand: Hand, part: PreparedPart) -> Tensor:
        z = self.z(hand, part)
        if self.case.loss == "cross-entropy":
            return z.softmax(1)
        return z.sigmoid() if self.case.loss == "log-loss" else z


def make(case: str, spec: str, **changes: Any) -> Problem:
    one, (engine, _, device) = CASES[case], spec.partition("@")
    recipe = Recipe.from_toml(BASE).with_changes(
        {
            "network.layers": one.layers,
            "loss.kind": one.loss,
            "data.task": "reconstruction" if one.reconstructs else "auto",
            **engine_changes(engine),
            "engine.device": device or "cpu",
            **changes,
        }
    )
    rng, n_features = np.random.default_rng(7), int(np.prod(one.image))
    n_outputs = n_features if one.reconstructs else 3

    def part(count: int) -> PreparedPart:
        features = (
            rng.uniform(size=(count, n_features))
            if one.reconstructs
            else rng.normal(size=(count, n_features))
        )
        return PreparedPart(features, rng.integers(0, 3, count))

    transform = Transform(NoScaling(), None, NoScaling(), n_features)
    classes = None if one.reconstructs else ("a", "b", "c")
    data = Prepared(
        part(N_SAMPLES), None, part(7), transform, None, n_outputs, classes, one.image, one.reconstructs
    )
    start = initial_weights(recipe.network, Inputs.of(data), n_outputs, 3)
    weights: Weights = {name: array + rng.uniform(0, 0.3, array.shape) for name, array in start.items()}
    return Problem(one, recipe, data, weights)


# ---- the same numbers


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("spec", SPECS)
def test_a_network_is_the_one_by_hand(spec: str, case: str) -> None:
    problem = make(case, spec)
    trainer, hand, test = problem.begin(), Hand(problem.weights), problem.data.test
    for epoch in range(2):
        hand.training = False
        outputs = problem.outputs(hand, test).detach().numpy()
        np.testing.assert_allclose(trainer.predict(test.features), outputs, **CLOSE)
        assert trainer.evaluate(test).loss == pytest.approx(
            problem.losses(hand, test).mean().item(), rel=1e-9
        )
        np.testing.assert_allclose(problem.epoch(trainer, epoch), problem.epoch_by_hand(hand, epoch), **CLOSE)
    found = trainer.weights()
    assert found.keys() == hand.values.keys()
    for name, array in hand.values.items():
        np.testing.assert_allclose(found[name], array.detach().numpy(), **CLOSE, err_msg=name)


@pytest.mark.parametrize("case", ["conv same, even kernel", "batch-norm of images", "autoencoder"])
@pytest.mark.parametrize("spec", SPECS)
def test_in_float32_it_is_nearly_the_one_by_hand(spec: str, case: str) -> None:
    exact = make(case, spec, **{"engine.precision": "float32"})
    train, test = (
        PreparedPart(part.features.astype(np.float32), part.labels)
        for part in (exact.data.train, exact.data.test)
    )
    trainer = exact._replace(data=replace(exact.data, train=train, test=test)).begin()
    hand = Hand(exact.weights)
    costs = exact.epoch(trainer), exact.epoch_by_hand(hand)
    np.testing.assert_allclose(*costs, rtol=1e-4)
    for name, array in trainer.weights().items():
        assert array.dtype == np.float32
        expected = hand.values[name].detach().numpy()
        np.testing.assert_allclose(array, expected, rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("spec", SPECS)
def test_the_score_of_a_reconstruction_is_that_of_all_outputs(spec: str) -> None:
    problem = make("autoencoder", spec)
    trainer, x = problem.begin(), problem.data.train.features
    whole = ((x - x.mean(0)) ** 2).sum()
    expected = 1 - ((x - trainer.predict(x)) ** 2).sum() / whole
    assert trainer.evaluate(problem.data.train).score == pytest.approx(expected, rel=1e-9)


# ---- weights and state


STATEFUL = (
    "batch-norm of images",
    "residual, two blocks, and one with a shortcut",
    "variational autoencoder",
)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("spec", SPECS)
def test_weights_go_in_and_come_out(spec: str, case: str) -> None:
    problem = make(case, spec)
    trainer = problem.begin()
    other = {name: array + 0.1 for name, array in problem.weights.items()}
    for weights in (problem.weights, other):
        trainer.load(weights)
        found = trainer.weights()
        assert list(found) == list(weights)
        for name, array in weights.items():
            np.testing.assert_array_equal(found[name], array, err_msg=name)


@pytest.mark.parametrize("kind", ["sgd", "adam"])
@pytest.mark.parametrize("case", STATEFUL)
@pytest.mark.parametrize("spec", SPECS)
def test_a_restored_training_goes_on_bit_for_bit(spec: str, case: str, kind: str) -> None:
    problem = make(case, spec, **{"optimizer.kind": kind})
    straight, resumed = problem.begin(), problem.begin()
    problem.epoch(straight)
    resumed.restore(straight.state())
    np.testing.assert_array_equal(problem.epoch(straight, 1), problem.epoch(resumed, 1))
    for name, array in straight.weights().items():
        np.testing.assert_array_equal(array, resumed.weights()[name], err_msg=name)


@pytest.mark.parametrize("spec", SPECS)
def test_an_evaluation_changes_no_statistics(spec: str) -> None:
    problem = make("batch-norm of images", spec)
    trainer = problem.begin()
    before = trainer.state()
    trainer.evaluate(problem.data.train)
    trainer.predict(problem.data.test.features)
    for name, array in trainer.state().items():
        np.testing.assert_array_equal(before[name], array, err_msg=name)


# ---- noise


NOISY = [FLAT, {"units": 40, "activation": "tanh"}, {"kind": "dropout", "rate": 0.5}, LAST]
SAMPLING = [FLAT, {"units": 8}, {"kind": "sampling"}, {"activation": "identity"}]


@pytest.mark.parametrize(
    ("case", "layers"), [("dropout of nothing", NOISY), ("variational autoencoder", SAMPLING)]
)
@pytest.mark.parametrize("spec", SPECS)
def test_noise_belongs_to_seed_and_epoch_and_to_training_alone(
    spec: str, case: str, layers: list[dict[str, Any]]
) -> None:
    problem = make(case, spec, **{"network.layers": layers})
    first, second = problem.begin(), problem.begin()
    still = StepValues(np.zeros(1))

    def cost(trainer: Trainer, epoch: int) -> float:
        return float(trainer.train(np.arange(BATCH), still, epoch=epoch).cost[0])

    ours = [cost(first, epoch) for epoch in (0, 1)]
    assert ours[0] != ours[1]
    assert [cost(second, epoch) for epoch in (1, 0)] == ours[::-1]
    other = make(case, spec, **{"network.layers": layers, "seed": 5})
    assert cost(other._replace(weights=problem.weights).begin(), 0) != ours[0]
    assert first.evaluate(problem.data.test) == first.evaluate(problem.data.test)


@pytest.mark.parametrize("spec", SPECS)
def test_dropout_leaves_out_the_share_it_names_and_makes_up_for_it(spec: str) -> None:
    """Costs of a linear output average to that without dropout, plus the variance that it brings."""
    layers = [FLAT, {"kind": "dropout", "rate": 0.25}, {"activation": "identity"}]
    problem = make(
        "variational autoencoder", spec, **{"network.layers": layers, "training.batch_size": "all"}
    )
    trainer, x = problem.begin(), problem.data.train.features
    still, rows = StepValues(np.zeros(1)), np.arange(N_SAMPLES)
    found = np.mean([trainer.train(rows, still, epoch=epoch).cost[0] for epoch in range(60)])
    w = problem.weights["layers.2.weights"]
    plain = 0.5 * ((x @ w + problem.weights["layers.2.biases"] - x) ** 2).sum(1).mean()
    brought = 0.5 * ((x**2) @ (w**2)).sum(1).mean() * 0.25 / 0.75
    assert found == pytest.approx(plain + brought, rel=0.05)
    assert abs(found - plain) > 0.2 * brought
