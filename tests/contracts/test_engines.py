"""What every engine must do, whichever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from wattlab.data import load
from wattlab.data.batches import batch_bounds, order
from wattlab.data.preparation import prepare
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.registry import engine_names, get_engine
from wattlab.errors import UnsupportedError, WeightsError
from wattlab.recipe import Recipe
from wattlab.recipe.schedule import Steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.data.preparation import Prepared
    from wattlab.engines.base import Trainer, Weights

RECIPE = Recipe.named("digits").with_changes({"regularisation.l2": 0.01, "engine.precision": "float64"})


@pytest.fixture(params=engine_names())
def name(request: pytest.FixtureRequest) -> str:
    """Return the name of an engine."""
    return str(request.param)


@pytest.fixture(scope="module")
def digits() -> Prepared:
    """Return the digits as the recipe prepares them."""
    return prepare(load(RECIPE.data), RECIPE.preparation, np.float64)


def begin(name: str, data: Prepared, recipe: Recipe = RECIPE) -> tuple[Trainer, Weights]:
    """Return a trainer and the weights it begins with."""
    weights = initial_weights(
        recipe.network, Inputs(data.train.features.shape[1]), data.n_outputs, recipe.seed
    )
    return get_engine(name).start(recipe, data, weights), weights


def train(trainer: Trainer, data: Prepared, epoch: int = 0) -> NDArray[np.float64]:
    """Train one epoch and return the cost of each batch."""
    n_samples = len(data.train.labels)
    n_batches = len(batch_bounds(n_samples, RECIPE.training.batch_size))
    steps = Steps.of_epoch(epoch, n_batches, RECIPE.training.epochs)
    values = RECIPE.schedule.values(RECIPE.optimizer.learning_rate, steps)
    return trainer.train(order(RECIPE.seed, epoch, n_samples), values).cost


def by_torch(data: Prepared, weights: Weights) -> tuple[list[float], list[NDArray[Any]]]:
    """Do an epoch's steps with autograd; return costs and final parameters."""
    parameters = [
        torch.tensor(weights[f"layers.{i}.{kind}"]) for i in (0, 1) for kind in ("weights", "biases")
    ]
    for one in parameters:
        one.requires_grad_()
    n_samples = len(data.train.labels)
    bounds = batch_bounds(n_samples, RECIPE.training.batch_size)
    steps = Steps.of_epoch(0, len(bounds), RECIPE.training.epochs)
    rates = RECIPE.schedule.values(RECIPE.optimizer.learning_rate, steps).learning_rate
    rows, costs = order(RECIPE.seed, 0, n_samples), []
    velocity = [torch.zeros_like(one) for one in parameters]
    for (start, stop), rate in zip(bounds, rates.tolist(), strict=True):
        x, y = (torch.tensor(array[rows[start:stop]]) for array in (data.train.features, data.train.labels))
        w0, b0, w1, b1 = parameters
        loss: Any = torch.nn.functional.cross_entropy(torch.relu(x @ w0 + b0) @ w1 + b1, y)
        loss = loss + 0.5 * RECIPE.regularisation.l2 * ((w0**2).sum() + (w1**2).sum())
        for one in parameters:
            one.grad = None
        loss.backward()
        costs.append(loss.item())
        with torch.no_grad():  # classical momentum: torch's own differs where the rate changes
            for one, v in zip(parameters, velocity, strict=True):
                assert one.grad is not None
                v.mul_(0.9).add_(rate * one.grad)
                one.sub_(0.9 * v + rate * one.grad)
    return costs, [one.detach().numpy() for one in parameters]


def test_an_epoch_is_that_of_autograd(name: str, digits: Prepared) -> None:
    trainer, weights = begin(name, digits)
    costs, parameters = by_torch(digits, weights)
    ours = train(trainer, digits)
    np.testing.assert_allclose(ours, costs, rtol=1e-9)
    found = trainer.weights()
    for name_of_array, expected in zip(found, parameters, strict=True):
        np.testing.assert_allclose(found[name_of_array], expected, rtol=1e-9, atol=1e-12)


def test_it_begins_from_the_weights_it_was_given(name: str, digits: Prepared) -> None:
    trainer, weights = begin(name, digits)
    found = trainer.weights()
    assert found.keys() == weights.keys()
    for key, array in weights.items():
        np.testing.assert_allclose(found[key], array, rtol=1e-12)


def test_it_learns(name: str, digits: Prepared) -> None:
    trainer, _ = begin(name, digits)
    before = trainer.evaluate(digits.test)
    for epoch in range(5):
        train(trainer, digits, epoch)
    after = trainer.evaluate(digits.test)
    assert before.score < 0.3
    assert after.score > 0.9
    assert after.loss < before.loss


def test_the_same_work_gives_the_same_bits(name: str, digits: Prepared) -> None:
    one, other = begin(name, digits)[0], begin(name, digits)[0]
    np.testing.assert_array_equal(train(one, digits), train(other, digits))
    for key, array in one.weights().items():
        np.testing.assert_array_equal(array, other.weights()[key])


def test_a_saved_state_is_resumed_bit_for_bit(name: str, digits: Prepared) -> None:
    straight, resumed = begin(name, digits)[0], begin(name, digits)[0]
    train(straight, digits, 0)
    state = straight.state()
    expected = train(straight, digits, 1)
    resumed.restore(state)
    np.testing.assert_array_equal(train(resumed, digits, 1), expected)


def test_a_state_is_a_copy(name: str, digits: Prepared) -> None:
    trainer, _ = begin(name, digits)
    state = {key: array.copy() for key, array in trainer.state().items()}
    kept = trainer.state()
    train(trainer, digits)
    for key, array in kept.items():
        np.testing.assert_array_equal(array, state[key])


def test_predictions_are_one_row_a_sample(name: str, digits: Prepared) -> None:
    trainer, _ = begin(name, digits)
    outputs = trainer.predict(digits.test.features)
    assert outputs.shape == (len(digits.test.labels), 10)
    accuracy = (outputs.argmax(axis=1) == digits.test.labels).mean()
    assert trainer.evaluate(digits.test).score == pytest.approx(accuracy)


def test_weights_out_and_in(name: str, digits: Prepared) -> None:
    taught, fresh = begin(name, digits)[0], begin(name, digits)[0]
    train(taught, digits)
    fresh.load(taught.weights())
    np.testing.assert_array_equal(fresh.predict(digits.test.features), taught.predict(digits.test.features))
    with pytest.raises(WeightsError, match="shape"):
        fresh.load({**taught.weights(), "layers.0.biases": np.zeros(3)})


def test_the_tick_counts_all_batches(name: str, digits: Prepared) -> None:
    trainer, _ = begin(name, digits)
    seen: list[int] = []
    n_samples = len(digits.train.labels)
    n_batches = len(batch_bounds(n_samples, 32))
    values = RECIPE.schedule.values(0.01, Steps.of_epoch(0, n_batches, 1))
    trainer.train(order(0, 0, n_samples), values, seen.append)
    trainer.synchronize()
    assert seen
    assert seen == sorted(seen)
    assert seen[-1] == n_batches


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="no engine 'abacus'; engines: native"):
        get_engine("abacus")
